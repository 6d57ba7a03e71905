//! Makes the entries of one layer below a directory, as overlay2 wants them: whiteouts as devices 0:0,
//! opaque directories by their attribute.

use super::attributes::{Maker, times};
use super::directories::Directories;
use super::path::{clean, split};
use super::remove::remove_at;
use super::whiteout::{Mark, mark};
use crate::error::{At, Error, Result};
use crate::tar::{Entry, Kind};
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{
    AtFlags, FileType, Mode, OFlags, Stat, XattrFlags, fsetxattr, linkat, makedev, mkdirat,
    mknodat, openat, statat, symlinkat, unlinkat, utimensat,
};
use rustix::io::Errno;

pub struct Writer {
    directories: Directories,
    maker: Maker,
    late: Vec<LateDirectory>,
    /// Bytes of files and of the targets of symlinks.
    size: u64,
}

/// A directory gets its times when all is in it; set-group-id and default ACLs too, or what is made in it
/// would inherit them.
struct LateDirectory {
    path: Vec<u8>,
    entry: Entry,
    /// Only times are missing.
    complete: bool,
}

const OPEN_DIRECTORY: OFlags = OFlags::from_bits_retain(
    OFlags::RDONLY.bits()
        | OFlags::DIRECTORY.bits()
        | OFlags::NOFOLLOW.bits()
        | OFlags::CLOEXEC.bits(),
);

impl Writer {
    /// On the thread that will use it: its umask changes.
    pub fn new(root: OwnedFd) -> Self {
        let directories = Directories::new(root);
        Self { directories, maker: Maker::of_thread(), late: Vec::new(), size: 0 }
    }

    /// Makes the entry; a file is given back for its content and `finish_file`.
    pub fn make(&mut self, entry: &Entry) -> Result<Option<OwnedFd>> {
        let path = clean(&entry.path)?;
        let (parent, name) = split(&path);
        match mark(name)? {
            Mark::None => {}
            // The tar could not be made again without the content.
            _ if entry.size > 0 => {
                return Err(Error::refused(entry.name(), "whiteout with content"));
            }
            Mark::Ignored => return Ok(None),
            Mark::Opaque => return self.opaque(parent, entry).map(|()| None),
            Mark::Whiteout(hidden) => return self.whiteout(parent, hidden, entry).map(|()| None),
        }
        match entry.kind {
            // As Docker: the root keeps the mode it was made with.
            Kind::Directory if path.is_empty() => Ok(None),
            Kind::Directory => self.directory(path, entry).map(|()| None),
            _ if path.is_empty() => Err(Error::refused(entry.name(), "the root is a directory")),
            Kind::File => self.file(&path, entry).map(Some),
            Kind::HardLink => self.hard_link(&path, entry).map(|()| None),
            Kind::Symlink => self.symlink(&path, entry).map(|()| None),
            Kind::CharDevice | Kind::BlockDevice | Kind::Fifo => {
                self.node(&path, entry).map(|()| None)
            }
        }
    }

    pub fn write(&mut self, file: &OwnedFd, mut content: &[u8], entry: &Entry) -> Result<()> {
        self.size += content.len() as u64;
        while !content.is_empty() {
            match rustix::io::write(file, content) {
                Ok(count) => content = &content[count..],
                Err(Errno::INTR) => {}
                Err(errno) => return Err(Error::kernel("write", errno, entry.name())),
            }
        }
        Ok(())
    }

    pub fn finish_file(&self, file: &OwnedFd, entry: &Entry) -> Result<()> {
        self.maker.finish_file(file.as_fd(), entry)
    }

    /// What directories still lack; → bytes of content.
    pub fn finish(mut self) -> Result<u64> {
        for late in std::mem::take(&mut self.late) {
            match self.finish_directory(&late) {
                // Meanwhile a later entry, by another name, put something else there.
                Err(error)
                    if [Errno::NOENT, Errno::NOTDIR, Errno::LOOP]
                        .iter()
                        .any(|errno| error.is(*errno)) => {}
                other => other?,
            }
        }
        Ok(self.size)
    }

    fn finish_directory(
        &mut self,
        LateDirectory { path, entry, complete }: &LateDirectory,
    ) -> Result<()> {
        let (parent, name) = split(path);
        let at = self.directories.get(parent)?;
        if *complete {
            return utimensat(at, name, &times(entry), AtFlags::SYMLINK_NOFOLLOW)
                .at("utimensat", path);
        }
        let fd = openat(at, name, OPEN_DIRECTORY, Mode::empty()).at("openat", path)?;
        self.maker.finish_directory(fd.as_fd(), entry)
    }

    fn directory(&mut self, path: Vec<u8>, entry: &Entry) -> Result<()> {
        let mut complete = false;
        let mode = Mode::from_raw_mode(entry.mode & 0o1777);
        let (parent, name) = split(&path);
        let at = self.directories.get_or_make(parent)?;
        match mkdirat(at, name, mode) {
            Ok(()) => complete = self.maker.makes_directory(entry),
            Err(Errno::EXIST) => self.replace_by_directory(&path, mode)?,
            Err(errno) => return Err(Error::kernel("mkdirat", errno, entry.name())),
        }
        self.late.push(LateDirectory { path, entry: entry.clone(), complete });
        Ok(())
    }

    /// A directory stays; anything else goes. Where a whiteout was, the new directory lets nothing of what
    /// lies below shine through.
    fn replace_by_directory(&mut self, path: &[u8], mode: Mode) -> Result<()> {
        let (parent, name) = split(path);
        let at = self.directories.get(parent)?;
        let stat = statat(at, name, AtFlags::SYMLINK_NOFOLLOW).at("fstatat", path)?;
        if FileType::from_raw_mode(stat.st_mode).is_dir() {
            return Ok(());
        }
        unlinkat(at, name, AtFlags::empty()).at("unlinkat", path)?;
        mkdirat(at, name, mode).at("mkdirat", path)?;
        if is_whiteout(&stat) {
            set_opaque(openat(at, name, OPEN_DIRECTORY, Mode::empty()), path)?;
        }
        self.directories.forget();
        Ok(())
    }

    fn file(&mut self, path: &[u8], entry: &Entry) -> Result<OwnedFd> {
        let flags =
            OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mode = Mode::from_raw_mode(entry.mode);
        self.create(path, "openat", |at, name| openat(at, name, flags, mode))
    }

    fn symlink(&mut self, path: &[u8], entry: &Entry) -> Result<()> {
        self.size += entry.link.len() as u64;
        self.create(path, "symlinkat", |at, name| symlinkat(&*entry.link, at, name))?;
        let (parent, name) = split(path);
        self.maker.finish_name(self.directories.get(parent)?, name, entry)
    }

    fn node(&mut self, path: &[u8], entry: &Entry) -> Result<()> {
        let (kind, device) = match entry.kind {
            Kind::CharDevice => (FileType::CharacterDevice, makedev(entry.major, entry.minor)),
            Kind::BlockDevice => (FileType::BlockDevice, makedev(entry.major, entry.minor)),
            _ => (FileType::Fifo, 0),
        };
        let mode = Mode::from_raw_mode(entry.mode);
        self.create(path, "mknodat", |at, name| mknodat(at, name, kind, mode, device))?;
        let (parent, name) = split(path);
        self.maker.finish_name(self.directories.get(parent)?, name, entry)
    }

    /// The target is a name in the same layer; a symlink is linked itself, not followed.
    fn hard_link(&mut self, path: &[u8], entry: &Entry) -> Result<()> {
        let target = clean(&entry.link)?;
        let (target_parent, target_name) = split(&target);
        if target == path || target.is_empty() {
            return Err(Error::refused(entry.name(), "hard link to itself or to the root"));
        }
        let directory = if target_parent.is_empty() { b"." } else { target_parent };
        let named = |error: Error| error.within(&format!("hard link {}", entry.name()));
        let from = self
            .directories
            .open(directory, OFlags::PATH | OFlags::DIRECTORY)
            .at("openat2", &target)
            .map_err(named)?;
        self.create(path, "linkat", |at, name| {
            linkat(&from, target_name, at, name, AtFlags::empty())
        })
        .map_err(|error| named(Error { subject: lossy(&target), ..error }))
    }

    /// `make` in the parent of `path`; what stands there already goes.
    fn create<T>(
        &mut self,
        path: &[u8],
        syscall: &'static str,
        make: impl Fn(BorrowedFd<'_>, &[u8]) -> rustix::io::Result<T>,
    ) -> Result<T> {
        let (parent, name) = split(path);
        let at = self.directories.get_or_make(parent)?;
        match make(at, name) {
            Err(Errno::EXIST) => {
                remove_at(at, name, path)?;
                let made = make(at, name).at(syscall, path);
                self.directories.forget();
                made
            }
            other => other.at(syscall, path),
        }
    }

    fn opaque(&mut self, directory: &[u8], entry: &Entry) -> Result<()> {
        self.directories.get_or_make(directory)?;
        let path = if directory.is_empty() { b"." } else { directory };
        set_opaque(self.directories.open(path, OFlags::RDONLY | OFlags::DIRECTORY), &entry.path)
    }

    fn whiteout(&mut self, parent: &[u8], hidden: &[u8], entry: &Entry) -> Result<()> {
        let at = self.directories.get_or_make(parent)?;
        match mknodat(at, hidden, FileType::CharacterDevice, Mode::empty(), 0) {
            Ok(()) => self.maker.give(at, hidden, entry),
            // What this layer itself has stays; of a directory below nothing shines through.
            Err(Errno::EXIST) => {
                let stat = statat(at, hidden, AtFlags::SYMLINK_NOFOLLOW).at("fstatat", hidden)?;
                if FileType::from_raw_mode(stat.st_mode).is_dir() {
                    set_opaque(openat(at, hidden, OPEN_DIRECTORY, Mode::empty()), hidden)?;
                }
                Ok(())
            }
            Err(errno) => Err(Error::kernel("mknodat", errno, entry.name())),
        }
    }
}

fn set_opaque(directory: rustix::io::Result<OwnedFd>, path: &[u8]) -> Result<()> {
    let fd = directory.at("openat", path)?;
    fsetxattr(&fd, "trusted.overlay.opaque", b"y", XattrFlags::empty()).at("setxattr", path)
}

fn is_whiteout(stat: &Stat) -> bool {
    FileType::from_raw_mode(stat.st_mode) == FileType::CharacterDevice && stat.st_rdev == 0
}

fn lossy(path: &[u8]) -> String {
    String::from_utf8_lossy(path).into_owned()
}
