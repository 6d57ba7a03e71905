//! `removeTree`: by descriptors, so that a directory swapped for a symlink leads nowhere.

use super::files::open;
use crate::failure::{At, Failure, Result};
use rundlet_plan::RemoveTree;
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{AtFlags, Dir, Mode, OFlags};
use rustix::io::Errno;
use std::ffi::CStr;

/// So many directories are open at once at most. What lies deeper, in a layer that was made for it, is
/// moved up first.
const MAX_DEPTH: u32 = 256;

/// What cannot be removed is in the way of the next container of its name, and what hinders is mostly
/// soon over (memory, descriptors, an entry that was added meanwhile).
const TRIES: u32 = 3;

pub fn remove_tree(args: RemoveTree) -> Result<()> {
    let path = args.path.as_str();
    if !path.starts_with('/') || path.trim_matches('/').is_empty() {
        return Err(Failure::text(path, "refusing to remove this path"));
    }
    let mut tries = 1;
    loop {
        match remove(path) {
            Err(_) if tries < TRIES => tries += 1,
            result => return result,
        }
    }
}

fn remove(path: &str) -> Result<()> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW;
    match open(path, flags, 0) {
        Ok(fd) => remove_directory(&fd, path),
        Err(failure) if failure.is(Errno::NOENT) => Ok(()),
        // A file or a symlink: it goes, what it points to stays.
        Err(failure) if failure.is(Errno::NOTDIR) || failure.is(Errno::LOOP) => {
            gone(rustix::fs::unlink(path)).at("unlink", path)
        }
        Err(failure) => Err(failure),
    }
}

fn remove_directory(top: &OwnedFd, path: &str) -> Result<()> {
    let mut moved = 0;
    loop {
        let before = moved;
        let fd = rustix::io::fcntl_dupfd_cloexec(top, 3).at("fcntl", path)?;
        rustix::fs::seek(&fd, rustix::fs::SeekFrom::Start(0)).at("lseek", path)?;
        empty_directory(fd, path, 0, top.as_fd(), &mut moved)?;
        if moved == before {
            return gone(rustix::fs::rmdir(path)).at("rmdir", path);
        }
    }
}

fn empty_directory(
    fd: OwnedFd,
    path: &str,
    depth: u32,
    top: BorrowedFd<'_>,
    moved: &mut u64,
) -> Result<()> {
    let mut directory = Dir::new(fd).at("getdents64", path)?;
    let mut directories = Vec::new();
    while let Some(entry) = directory.read() {
        let entry = entry.at("getdents64", path)?;
        let name = entry.file_name();
        if name == c"." || name == c".." {
            continue;
        }
        let at = directory_fd(&directory, path)?;
        match gone(rustix::fs::unlinkat(at, name, AtFlags::empty())) {
            Ok(()) => {}
            Err(Errno::ISDIR) => directories.push(name.to_owned()),
            Err(errno) => return Err(Failure::kernel("unlinkat", errno, below(path, name))),
        }
    }
    for name in directories {
        let at = directory_fd(&directory, path)?;
        let child = below(path, &name);
        if depth == MAX_DEPTH {
            move_up(at, &name, top, moved).at("renameat", &child)?;
            continue;
        }
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        match rustix::fs::openat(at, &name, flags, Mode::empty()) {
            Ok(fd) => empty_directory(fd, &child, depth + 1, top, moved)?,
            Err(Errno::NOENT) => continue,
            Err(errno) => return Err(Failure::kernel("openat", errno, child)),
        }
        gone(rustix::fs::unlinkat(at, &name, AtFlags::REMOVEDIR)).at("unlinkat", &child)?;
    }
    Ok(())
}

/// To a new name in `top`, which will be looked through again.
fn move_up(
    at: BorrowedFd<'_>,
    name: &CStr,
    top: BorrowedFd<'_>,
    moved: &mut u64,
) -> rustix::io::Result<()> {
    loop {
        *moved += 1;
        let place = format!(".rundlet-removing-{moved}");
        match gone(rustix::fs::renameat(at, name, top, place)) {
            // Left by a removal that did not come to its end.
            Err(Errno::EXIST | Errno::NOTEMPTY | Errno::NOTDIR) => {}
            other => return other,
        }
    }
}

fn directory_fd<'a>(directory: &'a Dir, path: &str) -> Result<BorrowedFd<'a>> {
    directory.fd().at("dirfd", path)
}

/// Somebody else removed it first: that is what we wanted.
fn gone(result: rustix::io::Result<()>) -> rustix::io::Result<()> {
    match result {
        Err(Errno::NOENT) => Ok(()),
        other => other,
    }
}

fn below(path: &str, name: &CStr) -> String {
    format!("{path}/{}", name.to_string_lossy())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_nothing_and_is_content_with_nothing() {
        let base = std::env::temp_dir().join(format!("rundlet-remove-{}", std::process::id()));
        let (victim, tree) = (base.join("victim"), base.join("tree"));
        std::fs::create_dir_all(tree.join("a/b/c")).unwrap();
        std::fs::create_dir_all(&victim).unwrap();
        std::fs::write(victim.join("keep"), "x").unwrap();
        std::os::unix::fs::symlink(&victim, tree.join("a/link")).unwrap();
        std::fs::write(tree.join("a/b/file"), "x").unwrap();
        let tree = tree.to_str().unwrap().to_owned();
        remove_tree(RemoveTree { path: tree.clone() }).unwrap();
        assert!(!std::path::Path::new(&tree).exists());
        assert!(victim.join("keep").exists());
        remove_tree(RemoveTree { path: tree }).unwrap();
        remove_tree(RemoveTree { path: "//".into() }).unwrap_err();
        let deep = base.join("deep");
        let mut at = deep.clone();
        for _ in 0..1000 {
            at.push("d");
        }
        std::fs::create_dir_all(at).unwrap();
        remove_tree(RemoveTree { path: deep.to_str().unwrap().into() }).unwrap();
        assert!(!deep.exists());
        std::fs::remove_dir_all(base).unwrap();
    }
}
