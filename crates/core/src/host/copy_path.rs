//! What a path of `cp` means, on either side: docker's rules (moby pkg/archive/copy.go), which are those of
//! cp -a: `dir/.` is what is in it, an existing directory is copied into, another name renames.

use super::in_root::open_in_root;
use crate::failure::{At, Failure, Result};
use rustix::fd::OwnedFd;
use rustix::fs::{AtFlags, FileType, OFlags, readlinkat, statat};
use rustix::io::Errno;

/// A source: opened by one name in its parent, so that links on the way count once.
#[derive(Debug)]
pub struct Found {
    pub parent: OwnedFd,
    pub name: Vec<u8>,
    pub is_directory: bool,
    /// Its name in the archive; `.` for what is in the directory.
    pub base: Vec<u8>,
}

/// Where it goes, and under which name.
#[derive(Debug)]
pub struct Target {
    /// Inside the root of that side.
    pub directory: Vec<u8>,
    pub name: Vec<u8>,
}

const MAX_LINKS: usize = 40;

/// Whether the path says that it is a directory.
fn asserts_directory(path: &str) -> bool {
    path.ends_with('/') || path.ends_with("/.") || path == "."
}

/// As by text alone, `..` does not lead above the root.
fn clean(path: &[u8]) -> Vec<u8> {
    let mut parts: Vec<&[u8]> = Vec::new();
    for part in path.split(|byte| *byte == b'/') {
        match part {
            b"" | b"." => {}
            b".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join(&b'/')
}

struct Place {
    path: Vec<u8>,
    parent: OwnedFd,
    name: Vec<u8>,
    /// None: nothing stands there.
    kind: Option<FileType>,
}

/// What stands at a clean path; the parent must exist.
fn look(root: &OwnedFd, path: Vec<u8>) -> Result<Place> {
    let text = format!("/{}", String::from_utf8_lossy(&path));
    let slash = path.iter().rposition(|byte| *byte == b'/');
    let (parent, name) = match slash {
        Some(slash) => (&path[..slash], &path[slash + 1..]),
        None => (&b""[..], &path[..]),
    };
    let parent = String::from_utf8_lossy(if parent.is_empty() { b"." } else { parent });
    let parent = open_in_root(root, &parent, OFlags::PATH | OFlags::DIRECTORY).at("stat", &text)?;
    let name = if name.is_empty() { b"." } else { name }.to_vec();
    let kind = match statat(&parent, &*name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(stat) => Some(FileType::from_raw_mode(stat.st_mode)),
        Err(Errno::NOENT) => None,
        Err(errno) => return Err(Failure::kernel("stat", errno, text)),
    };
    Ok(Place { path, parent, name, kind })
}

/// The same at the end of the links.
fn look_through(root: &OwnedFd, path: Vec<u8>) -> Result<Place> {
    let mut place = look(root, path)?;
    for _ in 0..MAX_LINKS {
        if place.kind != Some(FileType::Symlink) {
            return Ok(place);
        }
        let text = String::from_utf8_lossy(&place.path).into_owned();
        let link = readlinkat(&place.parent, &*place.name, Vec::new()).at("readlinkat", &text)?;
        let link = link.into_bytes();
        let parent_length = place.path.len() - place.name.len();
        let next = if link.starts_with(b"/") {
            link
        } else {
            [&place.path[..parent_length], &link].concat()
        };
        place = look(root, clean(&next))?;
    }
    Err(Failure::kernel("stat", Errno::LOOP, String::from_utf8_lossy(&place.path)))
}

pub fn find(root: &OwnedFd, path: &str, follow: bool) -> Result<Found> {
    let cleaned = clean(path.as_bytes());
    let follow = follow || asserts_directory(path);
    let place =
        if follow { look_through(root, cleaned.clone()) } else { look(root, cleaned.clone()) }?;
    let Some(kind) = place.kind else {
        return Err(Failure::kernel("lstat", Errno::NOENT, path));
    };
    if asserts_directory(path) && !kind.is_dir() {
        return Err(Failure::kernel("lstat", Errno::NOTDIR, path));
    }
    let contents = cleaned.is_empty() || path.ends_with("/.") || path == ".";
    let last = cleaned.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
    let base = if contents { b"." } else { last }.to_vec();
    let Place { parent, name, .. } = place;
    Ok(Found { parent, name, is_directory: kind.is_dir(), base })
}

pub fn target(root: &OwnedFd, path: &str, source: &Found) -> Result<Target> {
    let place = look_through(root, clean(path.as_bytes()))?;
    match place.kind {
        Some(kind) if kind.is_dir() => {
            Ok(Target { directory: place.path, name: source.base.clone() })
        }
        Some(_) if asserts_directory(path) => Err(Failure::kernel("stat", Errno::NOTDIR, path)),
        Some(_) if source.is_directory => Err(Failure::text("", "cannot copy directory")),
        None if !source.is_directory && asserts_directory(path) => {
            Err(Failure::text("", "no such directory"))
        }
        _ => {
            let length = place.path.len() - place.name.len();
            let directory = place.path[..length].to_vec();
            Ok(Target { directory, name: place.name })
        }
    }
}
