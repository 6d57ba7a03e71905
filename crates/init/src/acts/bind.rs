//! Bind mounts: detached trees, changed while nobody sees them, then attached.

use super::source;
use crate::attach;
use crate::container::Container;
use crate::error::{Context, Result};
use crate::guard::{self, Content};
use crate::root::{Links, Make, clean, place};
use rundlet_plan::Bind;
use rustix::fd::AsFd;

pub fn bind(container: &mut Container, wanted: &Bind) -> Result<()> {
    let target = wanted.target.as_str();
    let (tree, directory) = source::take(container, wanted.slot, &wanted.source)?.into_tree()?;
    let tree = tree.as_fd();
    let changed = |done: rustix::io::Result<()>| done.on("mount_setattr", target);
    changed(attach::set_propagation(tree, wanted.detach))?;
    changed(attach::set_attr(tree, false, wanted.set, wanted.clear))?;
    changed(attach::set_attr(tree, true, wanted.recursive_set, wanted.recursive_clear))?;

    let procfs = container.procfs_device;
    let root = container.root()?;
    let what = if directory { Make::Directory } else { Make::File };
    let links = if wanted.nofollow { Links::KeepLast } else { Links::Follow };
    let (at, _) = root.make(target, links, what).on("mkdirat", target)?;
    let content = guard::content_of(tree, &wanted.source)?;
    guard::check(root, target, at.as_fd(), content, procfs)?;
    attach::attach(tree, at.as_fd()).on("move_mount", target)?;
    attach::verify(root, target, links, tree)?;
    for word in &wanted.propagation {
        changed(attach::set_propagation(tree, *word))?;
    }
    if content == Content::Procfs && clean(target) == "/proc" {
        container.procfs_device = Some(place(tree).on("statx", target)?.device);
    }
    Ok(())
}
