//! `tmpcopyup`: what the image has at the target, into the new tmpfs, by descriptors on both sides.

use crate::error::{Context, Result};
use rustix::fd::OwnedFd;
use rustix::fs::{
    AtFlags, FileType, Gid, Mode, OFlags, RawDir, Stat, Uid, chownat, fchmod, fchown, fstat,
    mkdirat, mknodat, openat, readlinkat, sendfile, statat, symlinkat,
};

const DIRECTORY: OFlags =
    OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

pub fn copy(from: &OwnedFd, to: &OwnedFd, target: &str) -> Result<()> {
    let open = |fd: &OwnedFd| openat(fd, c".", DIRECTORY, Mode::empty());
    let from = open(from).on("open", target)?;
    let to = open(to).on("open", target)?;
    copy_directory(&from, &to).on("tmpcopyup", target)
}

fn copy_directory(from: &OwnedFd, to: &OwnedFd) -> rustix::io::Result<()> {
    let mut buffer = alloc::vec::Vec::with_capacity(8192);
    let mut entries = RawDir::new(from, buffer.spare_capacity_mut());
    while let Some(entry) = entries.next() {
        let entry = entry?;
        let name = entry.file_name();
        if name != c"." && name != c".." {
            copy_entry(from, to, name)?;
        }
    }
    Ok(())
}

fn copy_entry(from: &OwnedFd, to: &OwnedFd, name: &core::ffi::CStr) -> rustix::io::Result<()> {
    let stat = statat(from, name, AtFlags::SYMLINK_NOFOLLOW)?;
    let mode = Mode::from_raw_mode(stat.st_mode);
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::Directory => {
            mkdirat(to, name, mode)?;
            let (inner, outer) = (
                openat(from, name, DIRECTORY, Mode::empty())?,
                openat(to, name, DIRECTORY, Mode::empty())?,
            );
            copy_directory(&inner, &outer)?;
            set_owner(&outer, &stat)
        }
        FileType::RegularFile => copy_file(from, to, name),
        FileType::Symlink => {
            symlinkat(readlinkat(from, name, alloc::vec::Vec::new())?.as_c_str(), to, name)?;
            let (uid, gid) = owner(&stat);
            chownat(to, name, Some(uid), Some(gid), AtFlags::SYMLINK_NOFOLLOW)
        }
        kind => {
            mknodat(to, name, kind, mode, stat.st_rdev)?;
            let (uid, gid) = owner(&stat);
            chownat(to, name, Some(uid), Some(gid), AtFlags::SYMLINK_NOFOLLOW)
        }
    }
}

fn copy_file(from: &OwnedFd, to: &OwnedFd, name: &core::ffi::CStr) -> rustix::io::Result<()> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let source = openat(from, name, flags, Mode::empty())?;
    let stat = fstat(&source)?;
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let copy = openat(to, name, flags, Mode::from_raw_mode(0o600))?;
    while sendfile(&copy, &source, None, 1 << 20)? > 0 {}
    set_owner(&copy, &stat)
}

fn owner(stat: &Stat) -> (Uid, Gid) {
    (Uid::from_raw(stat.st_uid), Gid::from_raw(stat.st_gid))
}

/// The owner first: changing it clears set-user-id.
fn set_owner(fd: &OwnedFd, stat: &Stat) -> rustix::io::Result<()> {
    let (uid, gid) = owner(stat);
    fchown(fd, Some(uid), Some(gid))?;
    fchmod(fd, Mode::from_raw_mode(stat.st_mode))
}
