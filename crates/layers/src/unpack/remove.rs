//! Removes what an entry replaces.

use crate::error::{At, Error, Result};
use rustix::fd::{AsFd, BorrowedFd};
use rustix::fs::{AtFlags, Dir, Mode, OFlags, openat, unlinkat};
use rustix::io::Errno;

const MAX_DEPTH: u32 = 256;

/// `name` in `at` with all below it, following nothing. `path` is for messages.
pub fn remove_at(at: BorrowedFd<'_>, name: &[u8], path: &[u8]) -> Result<()> {
    remove(at, name, path, 0)
}

fn remove(at: BorrowedFd<'_>, name: &[u8], path: &[u8], depth: u32) -> Result<()> {
    match unlinkat(at, name, AtFlags::empty()) {
        Err(Errno::ISDIR) => {}
        other => return other.at("unlinkat", path),
    }
    if depth == MAX_DEPTH {
        let path = String::from_utf8_lossy(path);
        return Err(Error::refused(path, "directories nested too deep"));
    }
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let fd = openat(at, name, flags, Mode::empty()).at("openat", path)?;
    let mut directory = Dir::read_from(&fd).at("getdents64", path)?;
    while let Some(entry) = directory.read() {
        let entry = entry.at("getdents64", path)?;
        let child = entry.file_name().to_bytes();
        if child != b"." && child != b".." {
            remove(fd.as_fd(), child, path, depth + 1)?;
        }
    }
    unlinkat(at, name, AtFlags::REMOVEDIR).at("unlinkat", path)
}
