//! Opening an archive; what cannot be read by position is first copied to a file without name.

use super::index::Index;
use crate::decompress::{Compression, Decoder};
use crate::error::{At, Error, Result};
use crate::slice::Slice;
use crate::unpack::{clean, open_in_root};
use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::{CWD, FileType, Mode, OFlags, SeekFrom, fstat, openat, seek};
use rustix::io::Errno;
use std::fs::File;
use std::io::Read;
use std::sync::Arc;

pub struct OpenOptions<'a> {
    /// Directory on the file system that has room for a copy.
    pub spool: &'a str,
    pub max_members: usize,
    /// Of a copy.
    pub max_bytes: u64,
    /// A file as it is: a tar without images.
    pub whole: bool,
}

pub enum Archive {
    Tar {
        file: Arc<OwnedFd>,
        index: Index,
    },
    Directory(OwnedFd),
    /// No members: all of it, by whatever name.
    Whole(Slice),
}

impl Archive {
    /// `path`, or with `None` standard input.
    pub fn open(path: Option<&str>, options: &OpenOptions<'_>) -> Result<Self> {
        let name = path.unwrap_or("stdin");
        let file = match path {
            Some(path) => openat(CWD, path, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())
                .at("open", path.as_bytes())?,
            None if rustix::termios::isatty(rustix::stdio::stdin()) => {
                return Err(Error::refused("", "requested load from stdin, but stdin is empty"));
            }
            None => rustix::io::fcntl_dupfd_cloexec(rustix::stdio::stdin(), 3)
                .at("open", name.as_bytes())?,
        };
        let stat = fstat(&file).at("fstat", name.as_bytes())?;
        if FileType::from_raw_mode(stat.st_mode).is_dir() {
            return Ok(Self::Directory(file));
        }
        Self::tar(file, FileType::from_raw_mode(stat.st_mode).is_file(), options)
            .map_err(|error| error.within(name))
    }

    /// The content of a member; `None` if there is no such file.
    pub fn find(&self, path: &str) -> Result<Option<Slice>> {
        let clean = clean(path.as_bytes())?;
        match self {
            Self::Tar { file, index } => {
                Ok(index.find(&clean).map(|(at, size)| Slice::new(file.clone(), at, size)))
            }
            Self::Directory(root) => find_file(root, &clean),
            Self::Whole(slice) => Ok(Some(slice.clone())),
        }
    }

    fn tar(file: OwnedFd, regular: bool, options: &OpenOptions<'_>) -> Result<Self> {
        let position = if regular { seek(&file, SeekFrom::Current(0)).ok() } else { None };
        let plain = match position {
            Some(position) => options.whole || is_plain(&file, position)?,
            None => false,
        };
        let (file, position) = match position {
            Some(position) if plain => (file, position),
            _ => (spool(file, options)?, 0),
        };
        let size = fstat(&file).at("fstat", b"")?.st_size.cast_unsigned();
        let file = Arc::new(file);
        let slice = Slice::new(file.clone(), position, size.saturating_sub(position));
        if options.whole {
            return Ok(Self::Whole(slice));
        }
        let index = Index::read(slice, position, options.max_members)?;
        Ok(Self::Tar { file, index })
    }
}

fn is_plain(file: &OwnedFd, position: u64) -> Result<bool> {
    let mut start = [0; 8];
    let count = loop {
        match rustix::io::pread(file, &mut start, position) {
            Err(Errno::INTR) => {}
            other => break other.at("read", b"")?,
        }
    };
    Ok(Compression::detect(&start[..count])? == Compression::None)
}

fn spool(from: OwnedFd, options: &OpenOptions<'_>) -> Result<OwnedFd> {
    let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
    let copy = openat(CWD, options.spool, flags, Mode::RUSR | Mode::WUSR)
        .at("open", options.spool.as_bytes())?;
    let mut from = Decoder::new(File::from(from))?.take(options.max_bytes + 1);
    let mut to = File::from(copy);
    if std::io::copy(&mut from, &mut to)? > options.max_bytes {
        let reason = format!("more bytes than the limit of {}", options.max_bytes);
        return Err(Error::refused("", reason));
    }
    Ok(to.into())
}

fn find_file(root: &OwnedFd, path: &[u8]) -> Result<Option<Slice>> {
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY;
    let file = match open_in_root(root.as_fd(), path, flags) {
        Ok(file) => file,
        Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => return Ok(None),
        Err(errno) => return Err(Error::kernel("open", errno, String::from_utf8_lossy(path))),
    };
    let stat = fstat(&file).at("fstat", path)?;
    if !FileType::from_raw_mode(stat.st_mode).is_file() {
        return Ok(None);
    }
    Ok(Some(Slice::new(Arc::new(file), 0, stat.st_size.cast_unsigned())))
}
