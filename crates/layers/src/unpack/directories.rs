//! Directories below a layer's root, opened once and kept while entries of them come: resolved by the
//! kernel inside the root, so that no link leads out.

use crate::error::{At, Error, Result};
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{Mode, OFlags, ResolveFlags, mkdirat, openat2};
use rustix::io::Errno;

/// Entries come directory by directory: a few are enough.
const KEPT: usize = 32;
/// Of directories that no entry of the layer makes.
const IMPLIED_MODE: u32 = 0o755;

pub struct Directories {
    root: OwnedFd,
    /// Last used first.
    open: Vec<(Vec<u8>, OwnedFd)>,
}

impl Directories {
    pub fn new(root: OwnedFd) -> Self {
        Self { root, open: Vec::with_capacity(KEPT) }
    }

    /// The directory at `path` (clean), which is made with its parents where it is missing.
    pub fn get_or_make(&mut self, path: &[u8]) -> Result<BorrowedFd<'_>> {
        match self.find(path) {
            Err(Errno::NOENT) => {
                self.make(path)?;
                self.find(path).at("openat2", path)?;
            }
            other => other.at("openat2", path)?,
        }
        Ok(self.found(path))
    }

    /// The directory at `path` (clean), if it is one.
    pub fn get(&mut self, path: &[u8]) -> Result<BorrowedFd<'_>> {
        self.find(path).at("openat2", path)?;
        Ok(self.found(path))
    }

    /// Something was removed or replaced: a path may lead elsewhere now.
    pub fn forget(&mut self) {
        self.open.clear();
    }

    /// Opens what is at `path` below the root, following links inside of it.
    pub fn open(&self, path: &[u8], flags: OFlags) -> rustix::io::Result<OwnedFd> {
        open_in_root(self.root.as_fd(), path, flags)
    }

    /// Puts the directory in front of those that are open.
    fn find(&mut self, path: &[u8]) -> rustix::io::Result<()> {
        if path.is_empty() {
            return Ok(());
        }
        match self.open.iter().position(|(kept, _)| kept == path) {
            Some(place) => self.open[..=place].rotate_right(1),
            None => {
                let fd = self.open(path, OFlags::PATH | OFlags::DIRECTORY)?;
                self.open.truncate(KEPT - 1);
                self.open.insert(0, (path.to_vec(), fd));
            }
        }
        Ok(())
    }

    /// After `find`.
    fn found(&self, path: &[u8]) -> BorrowedFd<'_> {
        if path.is_empty() { self.root.as_fd() } else { self.open[0].1.as_fd() }
    }

    fn make(&self, path: &[u8]) -> Result<()> {
        let mut parent: Option<OwnedFd> = None;
        for (place, part) in ends(path) {
            let at = parent.as_ref().map_or(self.root.as_fd(), AsFd::as_fd);
            match mkdirat(at, part, Mode::from_raw_mode(IMPLIED_MODE)) {
                Ok(()) | Err(Errno::EXIST) => {}
                Err(errno) => return Err(Error::kernel("mkdirat", errno, lossy(path))),
            }
            let flags = OFlags::PATH | OFlags::DIRECTORY;
            parent = Some(self.open(&path[..place], flags).at("openat2", path)?);
        }
        Ok(())
    }
}

/// Each part of a path, with where it ends.
fn ends(path: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let mut start = 0;
    path.split(|byte| *byte == b'/').map(move |part| {
        let end = start + part.len();
        start = end + 1;
        (end, part)
    })
}

fn lossy(path: &[u8]) -> String {
    String::from_utf8_lossy(path).into_owned()
}

/// Opens what is at `path` inside `root`: links and `..` stay in it, magic links are refused.
pub fn open_in_root(
    root: BorrowedFd<'_>,
    path: &[u8],
    flags: OFlags,
) -> rustix::io::Result<OwnedFd> {
    let resolve = ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS;
    loop {
        match openat2(root, path, flags | OFlags::CLOEXEC, Mode::empty(), resolve) {
            // Something was renamed meanwhile (openat2(2)).
            Err(Errno::AGAIN | Errno::INTR) => {}
            other => return other,
        }
    }
}
