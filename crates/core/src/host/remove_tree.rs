//! `removeTree`: by descriptors, so that a directory swapped for a symlink leads nowhere.

use super::files::open;
use crate::failure::{At, Failure, Result};
use rundlet_plan::RemoveTree;
use rustix::fd::BorrowedFd;
use rustix::fs::{AtFlags, Dir, Mode, OFlags};
use rustix::io::Errno;
use std::ffi::CStr;

/// Records are two levels deep; anything like this many is an attack on our stack and descriptors.
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
        Ok(fd) => empty_directory(fd, path, 0)?,
        Err(failure) if failure.is(Errno::NOENT) => return Ok(()),
        // A file or a symlink: it goes, what it points to stays.
        Err(failure) if failure.is(Errno::NOTDIR) || failure.is(Errno::LOOP) => {
            return gone(rustix::fs::unlink(path)).at("unlink", path);
        }
        Err(failure) => return Err(failure),
    }
    gone(rustix::fs::rmdir(path)).at("rmdir", path)
}

fn empty_directory(fd: rustix::fd::OwnedFd, path: &str, depth: u32) -> Result<()> {
    if depth > MAX_DEPTH {
        return Err(Failure::text(path, "directories nested too deep"));
    }
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
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        match rustix::fs::openat(at, &name, flags, Mode::empty()) {
            Ok(fd) => empty_directory(fd, &child, depth + 1)?,
            Err(Errno::NOENT) => continue,
            Err(errno) => return Err(Failure::kernel("openat", errno, child)),
        }
        gone(rustix::fs::unlinkat(at, &name, AtFlags::REMOVEDIR)).at("unlinkat", &child)?;
    }
    Ok(())
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
        std::fs::remove_dir_all(base).unwrap();
    }
}
