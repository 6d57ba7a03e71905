//! A tar archive into a directory that has something already: docker cp's rules. Names are resolved by the
//! kernel inside a root, and what stands in the way is replaced, never written through.

use crate::error::{At, Error, Result};
use crate::tar::{Entry, Kind, TarStream};
use crate::unpack::{Directories, Maker, clean, split};
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{
    AtFlags, FileType, Mode, OFlags, StatxAttributes, StatxFlags, fstat, ftruncate, linkat,
    makedev, mkdirat, mknodat, openat, statat, statx, symlinkat, unlinkat,
};
use rustix::io::Errno;
use std::io::Read;

/// Where an archive's entries go: below `path`, which is resolved inside `root`.
pub struct Base {
    pub root: OwnedFd,
    pub path: Vec<u8>,
}

/// All entries of the archive. Owners are the archive's with `keep_owner`, else this process's.
pub fn place_archive(archive: impl Read, base: Base, keep_owner: bool) -> Result<()> {
    let mut place = Place {
        directories: Directories::new(base.root),
        base: clean(&base.path)?,
        maker: Maker::of_thread(),
        finished_last: Vec::new(),
    };
    let owner = (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
    let mut tar = TarStream::new(archive);
    while let Some(mut entry) = tar.next()? {
        if !keep_owner {
            (entry.uid, entry.gid) = owner;
        }
        let below = clean(&entry.path)?;
        let path = place.path(&below);
        place.entry(&path, below.is_empty(), &entry, &mut tar)?;
    }
    // A writer that still has something to say must not be stopped by our going.
    while tar.trailer()?.is_some() {}
    place.finish()
}

struct Place {
    directories: Directories,
    base: Vec<u8>,
    maker: Maker,
    /// Directories get mode and times when nothing more is made in them.
    finished_last: Vec<(Vec<u8>, Entry)>,
}

impl Place {
    fn path(&self, below: &[u8]) -> Vec<u8> {
        match (&*self.base, below) {
            (b"", below) => below.to_vec(),
            (base, b"") => base.to_vec(),
            (base, below) => [base, b"/", below].concat(),
        }
    }

    fn entry<R: Read>(
        &mut self,
        path: &[u8],
        is_base: bool,
        entry: &Entry,
        tar: &mut TarStream<R>,
    ) -> Result<()> {
        if is_base {
            if entry.kind == Kind::Directory {
                self.finished_last.push((path.to_vec(), entry.clone()));
                return Ok(());
            }
            return Err(Error::refused(entry.name(), "no name for a file"));
        }
        let (parent, name) = split(path);
        let at = self.directories.get_or_make(parent)?;
        let stands = standing(at, name, path)?;
        match (entry.kind, stands) {
            (Kind::Directory, Standing::Directory) => {
                self.finished_last.push((path.to_vec(), entry.clone()));
                return Ok(());
            }
            (Kind::Directory, Standing::Other | Standing::Mounted) => {
                let text = "cannot overwrite non-directory with directory";
                return Err(Error::refused(entry.name(), text));
            }
            (_, Standing::Directory) => {
                let text = "cannot overwrite directory with non-directory";
                return Err(Error::refused(entry.name(), text));
            }
            // What is mounted there (etc/hosts of a container) keeps its mount.
            (Kind::File, Standing::Mounted) => return self.overwrite(path, entry, tar),
            (_, Standing::Other | Standing::Mounted) => {
                unlinkat(at, name, AtFlags::empty()).at("unlinkat", path)?;
                self.directories.forget();
            }
            (_, Standing::Nothing) => {}
        }
        let at = self.directories.get_or_make(parent)?;
        match entry.kind {
            Kind::Directory => {
                mkdirat(at, name, Mode::RWXU).at("mkdirat", path)?;
                self.finished_last.push((path.to_vec(), entry.clone()));
                Ok(())
            }
            Kind::File => {
                let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW;
                let file = openat(at, name, flags | OFlags::CLOEXEC, Mode::RUSR | Mode::WUSR)
                    .at("openat", path)?;
                self.fill(&file, path, entry, tar)
            }
            Kind::HardLink => self.hard_link(parent, name, path, entry),
            Kind::Symlink => {
                symlinkat(&entry.link, at, name).at("symlinkat", path)?;
                self.maker.finish_name(at, name, entry)
            }
            Kind::Fifo | Kind::CharDevice | Kind::BlockDevice => {
                let kind = match entry.kind {
                    Kind::Fifo => FileType::Fifo,
                    Kind::CharDevice => FileType::CharacterDevice,
                    _ => FileType::BlockDevice,
                };
                let device = makedev(entry.major, entry.minor);
                mknodat(at, name, kind, Mode::from_raw_mode(entry.mode), device)
                    .at("mknodat", path)?;
                self.maker.finish_name(at, name, entry)
            }
        }
    }

    fn hard_link(&mut self, parent: &[u8], name: &[u8], path: &[u8], entry: &Entry) -> Result<()> {
        let target = self.path(&clean(&entry.link)?);
        let (target_parent, target_name) = split(&target);
        let parent_path = if target_parent.is_empty() { b"." } else { target_parent };
        let from = self
            .directories
            .open(parent_path, OFlags::PATH | OFlags::DIRECTORY)
            .at("openat2", &target)?;
        let at = self.directories.get_or_make(parent)?;
        linkat(&from, target_name, at, name, AtFlags::empty()).at("linkat", path)
    }

    fn overwrite<R: Read>(
        &mut self,
        path: &[u8],
        entry: &Entry,
        tar: &mut TarStream<R>,
    ) -> Result<()> {
        let (parent, name) = split(path);
        let at = self.directories.get_or_make(parent)?;
        let flags = OFlags::WRONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = openat(at, name, flags, Mode::empty()).at("openat", path)?;
        ftruncate(&file, 0).at("ftruncate", path)?;
        self.fill(&file, path, entry, tar)
    }

    fn fill<R: Read>(
        &self,
        file: &OwnedFd,
        path: &[u8],
        entry: &Entry,
        tar: &mut TarStream<R>,
    ) -> Result<()> {
        while let Some(mut piece) = tar.content()? {
            while !piece.is_empty() {
                match rustix::io::write(file, piece) {
                    Err(Errno::INTR) => {}
                    other => piece = &piece[other.at("write", path)?..],
                }
            }
        }
        // The mode is never left to the umask: what stood there may have had another.
        let mode = Mode::from_raw_mode(entry.mode);
        self.maker.finish_file(file.as_fd(), entry)?;
        rustix::fs::fchmod(file, mode).at("fchmod", path)?;
        Ok(())
    }

    fn finish(&mut self) -> Result<()> {
        for (path, entry) in std::mem::take(&mut self.finished_last).iter().rev() {
            let (parent, name) = split(path);
            let name = if name.is_empty() { b"." } else { name };
            let at = self.directories.get(parent)?;
            // The base may be reached by a link, others were seen as directories.
            let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC | OFlags::NOFOLLOW;
            let fd = if *path == self.base {
                let path = if path.is_empty() { b"." } else { &path[..] };
                self.directories.open(path, OFlags::RDONLY | OFlags::DIRECTORY).at("openat2", path)
            } else {
                openat(at, name, flags, Mode::empty()).at("openat", path)
            }?;
            if fstat(&fd).at("fstat", path)?.st_nlink > 0 {
                self.maker.finish_directory(fd.as_fd(), entry)?;
            }
        }
        Ok(())
    }
}

enum Standing {
    Nothing,
    Directory,
    /// No directory, and mounted there.
    Mounted,
    Other,
}

fn standing(at: BorrowedFd<'_>, name: &[u8], path: &[u8]) -> Result<Standing> {
    let stat = match statat(at, name, AtFlags::SYMLINK_NOFOLLOW) {
        Err(Errno::NOENT) => return Ok(Standing::Nothing),
        other => other.at("fstatat", path)?,
    };
    if FileType::from_raw_mode(stat.st_mode).is_dir() {
        return Ok(Standing::Directory);
    }
    let more = statx(at, name, AtFlags::SYMLINK_NOFOLLOW, StatxFlags::TYPE).at("statx", path)?;
    let mounted = more.stx_attributes.contains(StatxAttributes::MOUNT_ROOT);
    Ok(if mounted { Standing::Mounted } else { Standing::Other })
}
