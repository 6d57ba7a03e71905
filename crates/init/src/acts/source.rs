//! Sources of bind mounts, taken in the caller's mount namespace.

use crate::attach;
use crate::container::Container;
use crate::error::{Context, Error, Result};
use crate::root::{PATH, kind_of};
use rundlet_plan::OpenSource;
use rustix::fd::OwnedFd;
use rustix::fs::{CWD, Mode, OFlags, openat};
use rustix::io::Errno;

pub struct Source {
    /// A detached copy; `None` where the caller has no right to make one (rootless), and on kernels
    /// before 5.2: then it is made of the path in the container's own mount namespace, which is still a
    /// copy of the caller's.
    pub tree: Option<OwnedFd>,
    pub path: alloc::string::String,
    pub recursive: bool,
    pub nofollow: bool,
    pub directory: bool,
}

pub fn open(container: &mut Container, wanted: &OpenSource) -> Result<()> {
    let (path, nofollow) = (wanted.path.as_str(), wanted.nofollow);
    let (tree, directory) = match attach::copy_path(path, wanted.recursive, nofollow) {
        Ok(tree) => {
            let directory = kind_of(&tree).on("fstat", path)?.is_dir();
            (Some(tree), directory)
        }
        Err(Errno::PERM | Errno::NOSYS | Errno::INVAL) => {
            let flags = PATH | if nofollow { OFlags::NOFOLLOW } else { OFlags::empty() };
            let fd = openat(CWD, path, flags, Mode::empty()).on("open", path)?;
            (None, kind_of(&fd).on("fstat", path)?.is_dir())
        }
        // runc's words: `open /nosuch: no such file or directory`.
        Err(errno) => return Err(Error::kernel("open", errno, path)),
    };
    let slot = usize::from(wanted.slot);
    if container.slots.len() <= slot {
        container.slots.resize_with(slot + 1, || None);
    }
    container.slots[slot] = Some(Source {
        tree,
        path: wanted.path.clone(),
        recursive: wanted.recursive,
        nofollow,
        directory,
    });
    Ok(())
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

pub fn take(container: &mut Container, slot: u16, subject: &str) -> Result<Source> {
    container
        .slots
        .get_mut(usize::from(slot))
        .and_then(Option::take)
        .ok_or_else(|| Error::refused("open_tree", subject, "the plan has no source in that slot"))
}
