//! `makeTree`: small files and directories of the engine's stores.

use super::files::{open, write_all};
use crate::failure::{At, Failure, Result};
use rundlet_plan::{MakeTree, TreeEntry};
use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;

pub fn make_tree(args: MakeTree) -> Result<()> {
    let base = open(&args.base, OFlags::PATH | OFlags::DIRECTORY, 0)?;
    args.entries.iter().try_for_each(|entry| {
        make_entry(&base, &entry.path, entry).map_err(|failure| Failure {
            subject: format!("{}/{}", args.base, entry.path),
            ..failure
        })
    })
}

/// Makes `entry` as `name` in the directory `at`.
pub fn make_entry(at: impl AsFd, name: &str, entry: &TreeEntry) -> Result<()> {
    let at = at.as_fd();
    match entry.kind.as_str() {
        "directory" => make_directory_at(at, name, entry.mode).map(drop),
        "symlink" => rustix::fs::symlinkat(&entry.text, at, name).at("symlinkat", name),
        "file" | "touch" => make_file(at, name, entry),
        other => Err(Failure::text(name, format!("no such kind of entry: {other}"))),
    }
}

/// The new directory, opened; the umask has no say.
pub fn make_directory_at(at: impl AsFd, name: &str, mode: u32) -> Result<OwnedFd> {
    let at = at.as_fd();
    rustix::fs::mkdirat(at, name, Mode::from_raw_mode(0o700)).at("mkdirat", name)?;
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let fd = rustix::fs::openat(at, name, flags, Mode::empty()).at("openat", name)?;
    rustix::fs::fchmod(&fd, Mode::from_raw_mode(mode)).at("fchmod", name)?;
    Ok(fd)
}

fn make_file(at: rustix::fd::BorrowedFd<'_>, name: &str, entry: &TreeEntry) -> Result<()> {
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let fd = match rustix::fs::openat(at, name, flags, Mode::from_raw_mode(0o600)) {
        Err(Errno::EXIST) if entry.kind == "touch" => return Ok(()),
        other => other.at("openat", name)?,
    };
    write_all(&fd, entry.text.as_bytes(), name)?;
    rustix::fs::fchmod(&fd, Mode::from_raw_mode(entry.mode)).at("fchmod", name)
}
