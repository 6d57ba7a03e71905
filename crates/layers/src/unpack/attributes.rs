//! Owner, mode, extended attributes and times of what an entry made.

use super::sys;
use crate::error::{At, Error, Result};
use crate::tar::{Entry, Kind, Time};
use rustix::fd::BorrowedFd;
use rustix::fs::{
    AtFlags, Gid, Mode, Timespec, Timestamps, Uid, XattrFlags, chmodat, chownat, fchmod, fchown,
    fsetxattr, futimens, utimensat,
};
use rustix::io::Errno;

/// Whom new files belong to without being given away, and whether modes are made as asked.
#[derive(Debug, Clone, Copy)]
pub struct Maker {
    uid: u32,
    gid: u32,
    no_umask: bool,
}

const SET_ID: u32 = 0o6000;

impl Maker {
    /// For the calling thread, whose umask is set to nothing, for it alone, if the kernel lets it.
    pub fn of_thread() -> Self {
        Self {
            uid: rustix::process::geteuid().as_raw(),
            gid: rustix::process::getegid().as_raw(),
            no_umask: sys::own_umask_of_nothing(),
        }
    }

    fn owns(&self, entry: &Entry) -> bool {
        (entry.uid, entry.gid) == (self.uid, self.gid)
    }

    /// chown and write clear set-id bits, and the umask may have had its say.
    fn lacks_mode(&self, entry: &Entry) -> bool {
        !self.no_umask || entry.mode & SET_ID != 0
    }

    /// All of an open file.
    pub fn finish_file(&self, fd: BorrowedFd<'_>, entry: &Entry) -> Result<()> {
        if !self.owns(entry) {
            let (uid, gid) = owner(entry);
            fchown(fd, Some(uid), Some(gid)).at("fchown", &entry.path)?;
        }
        if self.lacks_mode(entry) {
            fchmod(fd, Mode::from_raw_mode(entry.mode)).at("fchmod", &entry.path)?;
        }
        set_xattrs(fd, entry)?;
        futimens(fd, &times(entry)).at("utimensat", &entry.path)
    }

    /// Of a node or symlink, made just now as `name` in `at`.
    pub fn finish_name(&self, at: BorrowedFd<'_>, name: &[u8], entry: &Entry) -> Result<()> {
        self.give(at, name, entry)?;
        if entry.kind != Kind::Symlink && self.lacks_mode(entry) {
            let mode = Mode::from_raw_mode(entry.mode);
            chmodat(at, name, mode, AtFlags::empty()).at("fchmodat", &entry.path)?;
        }
        for (attribute, value) in kept_xattrs(entry) {
            check_set(sys::set_xattr_at(at, name, attribute, value), attribute, entry)?;
        }
        utimensat(at, name, &times(entry), AtFlags::SYMLINK_NOFOLLOW).at("utimensat", &entry.path)
    }

    /// Gives `name` its owner.
    pub fn give(&self, at: BorrowedFd<'_>, name: &[u8], entry: &Entry) -> Result<()> {
        if self.owns(entry) {
            return Ok(());
        }
        let (uid, gid) = owner(entry);
        chownat(at, name, Some(uid), Some(gid), AtFlags::SYMLINK_NOFOLLOW)
            .at("fchownat", &entry.path)
    }

    /// All of an open directory.
    pub fn finish_directory(&self, fd: BorrowedFd<'_>, entry: &Entry) -> Result<()> {
        let (uid, gid) = owner(entry);
        fchown(fd, Some(uid), Some(gid)).at("fchown", &entry.path)?;
        fchmod(fd, Mode::from_raw_mode(entry.mode)).at("fchmod", &entry.path)?;
        set_xattrs(fd, entry)?;
        futimens(fd, &times(entry)).at("utimensat", &entry.path)
    }

    /// Whether mkdir with the entry's mode leaves only the times to be set.
    pub fn makes_directory(&self, entry: &Entry) -> bool {
        self.owns(entry) && !self.lacks_mode(entry) && entry.xattrs.is_empty()
    }
}

fn owner(entry: &Entry) -> (Uid, Gid) {
    (Uid::from_raw(entry.uid), Gid::from_raw(entry.gid))
}

fn set_xattrs(fd: BorrowedFd<'_>, entry: &Entry) -> Result<()> {
    for (name, value) in kept_xattrs(entry) {
        check_set(fsetxattr(fd, name, value, XattrFlags::empty()), name, entry)?;
    }
    Ok(())
}

/// Overlay's own attributes would change what its layers show (a redirect leads out of the layer); they
/// mean nothing as an image's.
fn kept_xattrs(entry: &Entry) -> impl Iterator<Item = (&[u8], &[u8])> {
    let overlay =
        |name: &[u8]| name.starts_with(b"trusted.overlay.") || name.starts_with(b"user.overlay.");
    entry
        .xattrs
        .iter()
        .map(|(name, value)| (&**name, &**value))
        .filter(move |(name, _)| !overlay(name))
}

/// As Docker: where the file system has no such attributes the file goes without.
fn check_set(result: rustix::io::Result<()>, name: &[u8], entry: &Entry) -> Result<()> {
    match result {
        Ok(()) | Err(Errno::OPNOTSUPP) => Ok(()),
        // `user.` attributes belong to files and directories only.
        Err(Errno::PERM) if name.starts_with(b"user.") => Ok(()),
        Err(errno) => {
            let subject = format!("{} of {}", String::from_utf8_lossy(name), entry.name());
            Err(Error::kernel("setxattr", errno, subject))
        }
    }
}

/// Access never before modification, as Docker sets it.
pub fn times(entry: &Entry) -> Timestamps {
    let access = match entry.atime {
        Some(atime) if atime > entry.mtime => atime,
        _ => entry.mtime,
    };
    Timestamps { last_access: timespec(access), last_modification: timespec(entry.mtime) }
}

fn timespec(time: Time) -> Timespec {
    Timespec { tv_sec: time.seconds, tv_nsec: time.nanoseconds.into() }
}
