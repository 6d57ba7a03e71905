//! `layerChanges`: what a container changed in its image, read from the directories of the overlay. Nothing is
//! followed: every step down is an openat of one name without symlinks.

use super::files::{entry_names, open};
use crate::failure::{At, Failure, Result};
use rundlet_plan::{Change, Changes, LayerChanges};
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{AtFlags, FileType, Mode, OFlags, Stat, statat};
use rustix::io::Errno;
use std::ffi::{CStr, CString};

/// Deeper trees cannot be told of: their path would be longer than PATH_MAX long before.
const MAX_DEPTH: usize = 2048;

const DIRECTORY: OFlags =
    OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

pub fn layer_changes(args: LayerChanges) -> Result<Changes> {
    let upper = open(&args.upper, DIRECTORY, 0)?;
    let lower =
        args.lower.iter().map(|path| open(path, DIRECTORY, 0)).collect::<Result<Vec<_>>>()?;
    let mut changes = Vec::new();
    compare(upper, &lower, &mut String::new(), &mut changes, 0)?;
    changes.sort_by(|one: &Change, other: &Change| one.path.cmp(&other.path));
    Ok(Changes { changes })
}

/// Returns whether anything below is another, for which the directory itself counts as changed: so does moby
/// where it compares whole trees.
fn compare(
    upper: OwnedFd,
    lower: &[OwnedFd],
    path: &mut String,
    changes: &mut Vec<Change>,
    depth: usize,
) -> Result<bool> {
    if depth > MAX_DEPTH {
        return Err(Failure::kernel("openat", Errno::NAMETOOLONG, path.as_str()));
    }
    let mut touched = false;
    let mut seen = Vec::new();
    for name in entry_names(&upper, path)? {
        let stat = stat_of(upper.as_fd(), &name).at("fstatat", path)?;
        let old = find(lower, &name);
        let length = path.len();
        path.push('/');
        path.push_str(&name.to_string_lossy());
        if is_whiteout(&stat) {
            if old.is_some() {
                push(changes, path, "deleted");
                touched = true;
            }
        } else if file_type(&stat) == FileType::Directory {
            let below =
                rustix::fs::openat(&upper, &name, DIRECTORY, Mode::empty()).at("openat", path)?;
            let old_directory =
                old.as_ref().is_some_and(|old| file_type(old) == FileType::Directory);
            let opaque = is_opaque(&below);
            let lowers = if old_directory { open_lowers(lower, &name) } else { Vec::new() };
            let place = changes.len();
            if opaque {
                // All of the image below is hidden; what is not there again was deleted.
                hidden(&below, &lowers, path, changes)?;
            }
            let inner = compare(below, &lowers, path, changes, depth + 1)?;
            let changed = inner
                || changes.len() > place && opaque
                || old.as_ref().is_some_and(|old| !same_directory(old, &stat));
            if !old_directory {
                push(changes, path, if old.is_some() { "modified" } else { "added" });
                touched = true;
            } else if changed {
                push(changes, path, "modified");
                touched = true;
            }
        } else {
            push(changes, path, if old.is_some() { "modified" } else { "added" });
            touched = true;
        }
        path.truncate(length);
        seen.push(name);
    }
    Ok(touched)
}

fn hidden(upper: &OwnedFd, lower: &[OwnedFd], path: &str, changes: &mut Vec<Change>) -> Result<()> {
    let here = entry_names(upper, path)?;
    let mut gone: Vec<CString> = Vec::new();
    for (place, layer) in lower.iter().enumerate() {
        for name in entry_names(layer, path)? {
            // A higher layer may have deleted it already.
            let alive = find(&lower[..=place], &name).is_some();
            if alive && !here.contains(&name) && !gone.contains(&name) {
                gone.push(name);
            }
        }
    }
    for name in gone {
        push(changes, &format!("{path}/{}", name.to_string_lossy()), "deleted");
    }
    Ok(())
}

fn push(changes: &mut Vec<Change>, path: &str, kind: &str) {
    changes.push(Change { path: path.to_owned(), kind: kind.to_owned() });
}

/// What the layers together have under this name: the topmost one that says anything decides.
fn find(lower: &[OwnedFd], name: &CStr) -> Option<Stat> {
    lower
        .iter()
        .find_map(|layer| stat_of(layer.as_fd(), name).ok())
        .filter(|stat| !is_whiteout(stat))
}

/// The directories that make up `name`, topmost first, down to an opaque one or to what is no directory.
fn open_lowers(lower: &[OwnedFd], name: &CStr) -> Vec<OwnedFd> {
    let mut opened = Vec::new();
    for layer in lower {
        match rustix::fs::openat(layer, name, DIRECTORY, Mode::empty()) {
            Ok(fd) => {
                let opaque = is_opaque(&fd);
                opened.push(fd);
                if opaque {
                    break;
                }
            }
            Err(Errno::NOENT) => {}
            Err(_) => break,
        }
    }
    opened
}

fn stat_of(at: BorrowedFd<'_>, name: &CStr) -> rustix::io::Result<Stat> {
    statat(at, name, AtFlags::SYMLINK_NOFOLLOW)
}

fn file_type(stat: &Stat) -> FileType {
    FileType::from_raw_mode(stat.st_mode)
}

/// Overlayfs's mark of a deleted file: a character device 0/0.
fn is_whiteout(stat: &Stat) -> bool {
    file_type(stat) == FileType::CharacterDevice && stat.st_rdev == 0
}

fn is_opaque(directory: &OwnedFd) -> bool {
    let mut value = [0_u8; 1];
    ["trusted.overlay.opaque", "user.overlay.opaque"]
        .into_iter()
        .any(|name| rustix::fs::fgetxattr(directory, name, &mut value) == Ok(1) && value == *b"y")
}

/// Their times are no change: a directory that was only copied up may have others.
fn same_directory(old: &Stat, new: &Stat) -> bool {
    old.st_mode == new.st_mode && old.st_uid == new.st_uid && old.st_gid == new.st_gid
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{create_dir_all, write};
    use std::path::Path;

    fn listed(base: &Path, lower: &[&str]) -> Vec<String> {
        let path = |name: &str| base.join(name).to_str().unwrap().to_owned();
        let lower = lower.iter().map(|name| path(name)).collect();
        layer_changes(LayerChanges { upper: path("upper"), lower })
            .unwrap()
            .changes
            .iter()
            .map(|change| format!("{} {}", &change.kind[..1], change.path))
            .collect()
    }

    #[test]
    fn added_modified_deleted() {
        let base = std::env::temp_dir().join(format!("rundlet-changes-{}", std::process::id()));
        for directory in ["upper/etc", "upper/new/deep", "one/etc", "two/bin", "two/etc"] {
            create_dir_all(base.join(directory)).unwrap();
        }
        write(base.join("one/etc/passwd"), "1").unwrap();
        write(base.join("two/etc/passwd"), "2").unwrap();
        write(base.join("two/bin/sh"), "").unwrap();
        write(base.join("upper/etc/passwd"), "3").unwrap();
        write(base.join("upper/etc/shadow"), "").unwrap();
        write(base.join("upper/new/deep/file"), "").unwrap();
        let whiteout = base.join("upper/bin");
        let made = rustix::fs::mknodat(
            rustix::fs::CWD,
            &whiteout,
            FileType::CharacterDevice,
            Mode::empty(),
            0,
        );
        let mut expected = vec![
            "m /etc",
            "m /etc/passwd",
            "a /etc/shadow",
            "a /new",
            "a /new/deep",
            "a /new/deep/file",
        ];
        if made.is_ok() {
            expected.insert(0, "d /bin");
        }
        assert_eq!(listed(&base, &["one", "two"]), expected);
        std::fs::remove_dir_all(base).unwrap();
    }
}
