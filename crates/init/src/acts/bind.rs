//! Bind mounts: detached trees, changed while nobody sees them, then attached.

use super::source::{self, Slot};
use crate::attach::{self, Changes};
use crate::container::Container;
use crate::error::{Context, Error, Result};
use crate::guard::{self, Content};
use crate::root::{Links, Make, clean, place};
use alloc::format;
use alloc::vec::Vec;
use rundlet_plan::Bind;
use rustix::fd::AsFd;
use rustix::fs::{readlinkat, symlinkat};
use rustix::io::Errno;

pub fn bind(container: &mut Container, wanted: &Bind) -> Result<()> {
    let target = wanted.target.as_str();
    let (tree, directory) = match source::take(container, wanted.slot, &wanted.source)? {
        Slot::Mount(source) => source.into_tree()?,
        Slot::Symlink(text) => return copy_symlink(container, target, &text),
    };
    let tree = tree.as_fd();
    let procfs = container.procfs_device;
    let root = container.root()?;
    let what = if directory { Make::Directory } else { Make::File };
    let links = if wanted.nofollow { Links::KeepLast } else { Links::Follow };
    let (at, _) = root.make(target, links, what).on("mkdirat", target)?;
    let content = guard::content_of(tree, &wanted.source)?;
    guard::check(root, target, at.as_fd(), content, procfs)?;
    let changes = Changes {
        propagation: wanted.detach,
        set: wanted.set,
        clear: wanted.clear,
        recursive_set: wanted.recursive_set,
        recursive_clear: wanted.recursive_clear,
    };
    attach::attach_changed(tree, at.as_fd(), &changes).on("move_mount", target)?;
    attach::verify(root, target, links, tree)?;
    for word in &wanted.propagation {
        attach::set_propagation(tree, *word).on("mount_setattr", target)?;
    }
    if content == Content::Procfs && clean(target) == "/proc" {
        container.procfs_device = Some(place(tree).on("statx", target)?.device);
    }
    Ok(())
}

/// The link itself; one that says the same may be there already.
fn copy_symlink(container: &mut Container, target: &str, text: &str) -> Result<()> {
    let (dir, name) = container.root()?.parent(target)?;
    match symlinkat(text, &dir, name.as_str()) {
        Err(Errno::EXIST) => {}
        done => return done.on("symlinkat", target),
    }
    match readlinkat(&dir, name.as_str(), Vec::new()) {
        Ok(there) if there.as_bytes() == text.as_bytes() => Ok(()),
        _ => {
            let words = format!("cannot copy the symlink to {text:?}: {target} exists already");
            Err(Error::kernel("symlinkat", Errno::EXIST, target).with_detail(words))
        }
    }
}
