//! A tree as a tar archive. Every step down is an openat of one name that follows nothing, so whoever
//! changes the tree meanwhile leads nowhere.

use super::write::headers;
use crate::error::{At, Error, Result};
use crate::tar::{BLOCK, Entry, Kind, Time};
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{
    AtFlags, Dir, FileType, Mode, OFlags, Stat, fgetxattr, fstat, major, minor, openat, readlinkat,
    statat,
};
use rustix::io::Errno;
use std::collections::HashMap;
use std::ffi::CString;
use std::io::Write;

/// One descriptor is open for each level.
const MAX_DEPTH: usize = 1000;
const CHUNK: usize = 128 << 10;
const CAPABILITY: &[u8] = b"security.capability";

pub struct Packer<W> {
    out: W,
    /// Files with several names, and the first in the archive.
    links: HashMap<(u64, u64), Vec<u8>>,
    /// Times to the nanosecond; archives for others have whole seconds, as Docker's.
    exact: bool,
    buffer: Vec<u8>,
}

impl<W: Write> Packer<W> {
    pub fn new(out: W, exact: bool) -> Self {
        Self { out, links: HashMap::new(), exact, buffer: vec![0; CHUNK] }
    }

    /// What `name` is in the directory `at`, with all below it, as `path`. An empty path: only what is below.
    pub fn add(&mut self, at: BorrowedFd<'_>, name: &[u8], path: &[u8]) -> Result<()> {
        self.entry(at, name, path, 0)
    }

    /// Ends the archive.
    pub fn finish(mut self) -> Result<W> {
        self.write(&[0; 2 * BLOCK])?;
        self.out.flush().map_err(written)?;
        Ok(self.out)
    }

    fn entry(&mut self, at: BorrowedFd<'_>, name: &[u8], path: &[u8], depth: usize) -> Result<()> {
        if depth > MAX_DEPTH {
            return Err(Error::kernel("openat", Errno::NAMETOOLONG, lossy(path)));
        }
        let stat = match statat(at, name, AtFlags::SYMLINK_NOFOLLOW) {
            // It went away meanwhile.
            Err(Errno::NOENT) if depth > 0 => return Ok(()),
            other => other.at("fstatat", path)?,
        };
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::Directory => self.directory(at, name, path, depth),
            FileType::RegularFile => self.file(at, name, path),
            FileType::Symlink => {
                let link = readlinkat(at, name, Vec::new()).at("readlinkat", path)?.into_bytes();
                self.header(&Entry { link, ..self.describe(path, Kind::Symlink, &stat) })
            }
            FileType::Fifo => self.header(&self.describe(path, Kind::Fifo, &stat)),
            FileType::CharacterDevice => self.header(&self.describe(path, Kind::CharDevice, &stat)),
            FileType::BlockDevice => self.header(&self.describe(path, Kind::BlockDevice, &stat)),
            // A socket is nothing without its process.
            _ => Ok(()),
        }
    }

    fn directory(
        &mut self,
        at: BorrowedFd<'_>,
        name: &[u8],
        path: &[u8],
        depth: usize,
    ) -> Result<()> {
        let Some(fd) = open_kept(at, name, OFlags::DIRECTORY, path)? else { return Ok(()) };
        if !path.is_empty() {
            let stat = fstat(&fd).at("fstat", path)?;
            let named = [path, b"/"].concat();
            self.header(&self.describe(&named, Kind::Directory, &stat))?;
        }
        for name in names(&fd, path)? {
            let below = match path {
                b"" => name.as_bytes().to_vec(),
                _ => [path, b"/", name.as_bytes()].concat(),
            };
            self.entry(fd.as_fd(), name.as_bytes(), &below, depth + 1)?;
        }
        Ok(())
    }

    fn file(&mut self, at: BorrowedFd<'_>, name: &[u8], path: &[u8]) -> Result<()> {
        let Some(fd) = open_kept(at, name, OFlags::NONBLOCK, path)? else { return Ok(()) };
        let stat = fstat(&fd).at("fstat", path)?;
        if stat.st_nlink > 1 {
            let key = (stat.st_dev, stat.st_ino);
            if let Some(first) = self.links.get(&key) {
                let link = first.clone();
                return self.header(&Entry { link, ..self.describe(path, Kind::HardLink, &stat) });
            }
            self.links.insert(key, path.to_vec());
        }
        let mut entry = self.describe(path, Kind::File, &stat);
        let mut value = vec![0; 64];
        if let Ok(length) = fgetxattr(&fd, CAPABILITY, &mut value) {
            value.truncate(length);
            entry.xattrs.push((CAPABILITY.to_vec(), value));
        }
        self.header(&entry)?;
        self.content(&fd, entry.size, path)
    }

    /// As many bytes as the header promises: what was added meanwhile is left out, what was cut off is zeros.
    fn content(&mut self, fd: &OwnedFd, size: u64, path: &[u8]) -> Result<()> {
        let mut left = size;
        while left > 0 {
            let wanted = usize::try_from(left).unwrap_or(CHUNK).min(CHUNK);
            let length = match rustix::io::read(fd, &mut self.buffer[..wanted]) {
                Err(Errno::INTR) => continue,
                Ok(0) => {
                    self.buffer[..wanted].fill(0);
                    wanted
                }
                other => other.at("read", path)?,
            };
            self.out.write_all(&self.buffer[..length]).map_err(written)?;
            left -= length as u64;
        }
        let padding = size.wrapping_neg() % BLOCK as u64;
        self.write(&[0; BLOCK][..usize::try_from(padding).unwrap_or(0)])
    }

    fn describe(&self, path: &[u8], kind: Kind, stat: &Stat) -> Entry {
        let nanoseconds = if self.exact { stat.st_mtime_nsec as u32 } else { 0 };
        Entry {
            path: path.to_vec(),
            link: Vec::new(),
            kind,
            mode: stat.st_mode & 0o7777,
            uid: stat.st_uid,
            gid: stat.st_gid,
            size: if kind == Kind::File { stat.st_size as u64 } else { 0 },
            mtime: Time { seconds: stat.st_mtime, nanoseconds },
            atime: None,
            major: major(stat.st_rdev),
            minor: minor(stat.st_rdev),
            xattrs: Vec::new(),
        }
    }

    fn header(&mut self, entry: &Entry) -> Result<()> {
        self.write(&headers(entry))
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.out.write_all(bytes).map_err(written)
    }
}

/// `None` when something else stands there by now.
fn open_kept(
    at: BorrowedFd<'_>,
    name: &[u8],
    flags: OFlags,
    path: &[u8],
) -> Result<Option<OwnedFd>> {
    let flags = flags | OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NOCTTY;
    match openat(at, name, flags, Mode::empty()) {
        Ok(fd) => Ok(Some(fd)),
        Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP | Errno::NXIO) => Ok(None),
        Err(errno) => Err(Error::kernel("openat", errno, lossy(path))),
    }
}

/// Sorted: the same tree is the same archive.
fn names(fd: &OwnedFd, path: &[u8]) -> Result<Vec<CString>> {
    let mut names = Vec::new();
    for entry in Dir::read_from(fd).at("getdents64", path)? {
        let entry = entry.at("getdents64", path)?;
        if !matches!(entry.file_name().to_bytes(), b"." | b"..") {
            names.push(entry.file_name().to_owned());
        }
    }
    names.sort();
    Ok(names)
}

fn written(error: std::io::Error) -> Error {
    match Errno::from_io_error(&error) {
        Some(errno) => Error::kernel("write", errno, ""),
        None => error.into(),
    }
}

fn lossy(path: &[u8]) -> String {
    String::from_utf8_lossy(path).into_owned()
}
