//! Sources of bind mounts, taken in the caller's mount namespace.

use super::idmap;
use crate::attach;
use crate::container::Container;
use crate::error::{Context, Error, Result};
use crate::root::{PATH, kind_of};
use alloc::string::String;
use alloc::vec::Vec;
use rundlet_plan::OpenSource;
use rustix::fd::OwnedFd;
use rustix::fs::{CWD, Mode, OFlags, openat, readlinkat};
use rustix::io::Errno;

/// What a slot holds.
pub enum Slot {
    Mount(Source),
    /// `copy-symlink`: what the link says.
    Symlink(String),
}

pub struct Source {
    /// A detached copy; `None` where the caller has no right to make one (rootless), and on kernels
    /// before 5.2: then it is made of the path in the container's own mount namespace, which is still a
    /// copy of the caller's.
    pub tree: Option<OwnedFd>,
    pub path: String,
    pub recursive: bool,
    pub nofollow: bool,
    pub directory: bool,
}

pub fn open(container: &mut Container, wanted: &OpenSource) -> Result<()> {
    let (path, nofollow) = (wanted.path.as_str(), wanted.nofollow);
    if wanted.copy_symlink
        && let Ok(text) = readlinkat(CWD, path, Vec::new())
    {
        let text = text.into_string().map_err(|_| Error::kernel("readlink", Errno::ILSEQ, path))?;
        keep(container, wanted.slot, Slot::Symlink(text));
        return Ok(());
    }
    let (tree, directory) = match attach::copy_path(path, wanted.recursive, nofollow) {
        Ok(tree) => {
            let directory = kind_of(&tree).on("fstat", path)?.is_dir();
            if let Some(ids) = &wanted.idmap {
                idmap::map(container, &tree, ids, path)?;
            }
            (Some(tree), directory)
        }
        Err(Errno::PERM | Errno::NOSYS | Errno::INVAL) if wanted.idmap.is_none() => {
            let flags = PATH | if nofollow { OFlags::NOFOLLOW } else { OFlags::empty() };
            let fd = openat(CWD, path, flags, Mode::empty()).on("open", path)?;
            (None, kind_of(&fd).on("fstat", path)?.is_dir())
        }
        // runc's words: `open /nosuch: no such file or directory`.
        Err(errno) => return Err(Error::kernel("open", errno, path)),
    };
    let (path, recursive) = (wanted.path.clone(), wanted.recursive);
    let source = Source { tree, path, recursive, nofollow, directory };
    keep(container, wanted.slot, Slot::Mount(source));
    Ok(())
}

pub fn keep(container: &mut Container, slot: u16, source: Slot) {
    let slot = usize::from(slot);
    if container.slots.len() <= slot {
        container.slots.resize_with(slot + 1, || None);
    }
    container.slots[slot] = Some(source);
}

impl Source {
    /// The detached copy, made now if it could not be made before.
    pub fn into_tree(self) -> Result<(OwnedFd, bool)> {
        let tree = match self.tree {
            Some(tree) => tree,
            None => attach::copy_path(&self.path, self.recursive, self.nofollow)
                .on("open_tree", &self.path)?,
        };
        Ok((tree, self.directory))
    }
}

pub fn take(container: &mut Container, slot: u16, subject: &str) -> Result<Slot> {
    container
        .slots
        .get_mut(usize::from(slot))
        .and_then(Option::take)
        .ok_or_else(|| Error::refused("open_tree", subject, "the plan has no source in that slot"))
}

/// A slot that can only hold a mount.
pub fn take_mount(container: &mut Container, slot: u16, subject: &str) -> Result<Source> {
    match take(container, slot, subject)? {
        Slot::Mount(source) => Ok(source),
        Slot::Symlink(_) => Err(Error::refused("open_tree", subject, "it is a symbolic link")),
    }
}
