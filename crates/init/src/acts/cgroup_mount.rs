//! The container's view of its cgroups: always its own sub-tree, never the host's (CVE-2023-25809).

use crate::attach::{self, Changes};
use crate::container::Container;
use crate::error::{Context, Error, Result};
use crate::guard::{self, Content};
use crate::root::{Links, Make, PATH};
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use linux_raw_sys::general::MOUNT_ATTR_RDONLY;
use rundlet_plan::{CgroupHierarchy, CgroupMount};
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{Access, Mode, OFlags, access, mkdirat, openat, symlinkat};
use rustix::io::Errno;

pub fn mount(container: &mut Container, wanted: &CgroupMount) -> Result<()> {
    let target = wanted.target.as_str();
    let view = if wanted.unified { unified(wanted)? } else { tmpfs(wanted)? };
    let procfs = container.procfs_device;
    let root = container.root()?;
    let (at, _) = root.make(target, Links::Follow, Make::Directory).on("mkdirat", target)?;
    guard::check(root, target, at.as_fd(), Content::Other, procfs)?;
    view.attach(at.as_fd(), target)?;
    attach::verify(root, target, Links::Follow, view.fd.as_fd())?;
    if !wanted.unified {
        fill(wanted, view.fd.as_fd())?;
    }
    Ok(())
}

/// A detached mount; a bind gets its flags when it is attached, a fresh one has them.
struct View {
    fd: OwnedFd,
    set: u32,
}

impl View {
    fn fresh(fstype: &str, data: &[String], attr: u32) -> Result<View> {
        Ok(View { fd: attach::filesystem(fstype, fstype, 0, data, attr)?, set: 0 })
    }

    /// The container's own group, or read-only the caller's, in which it is then.
    fn bind(hierarchy: &CgroupHierarchy, attr: u32) -> Result<View> {
        let own = hierarchy.own.as_str();
        let bound = |path: &str, set| Ok(View { fd: attach::copy_path(path, false, false)?, set });
        match (bound(own, attr), &hierarchy.callers) {
            (Err(Errno::NOENT), Some(path)) => {
                bound(path, attr | MOUNT_ATTR_RDONLY).on("open_tree", path)
            }
            (made, _) => made.on("open_tree", own),
        }
    }

    /// A fresh one shows the group that the container is in.
    fn of_namespace(hierarchy: &CgroupHierarchy, fstype: &str, attr: u32) -> Result<View> {
        let data: Vec<String> = hierarchy.data.split(',').map(ToString::to_string).collect();
        let data = if hierarchy.data.is_empty() { &[][..] } else { &data };
        let attr = if is_callers(hierarchy) { attr | MOUNT_ATTR_RDONLY } else { attr };
        match View::fresh(fstype, data, attr) {
            Err(error) if is_refused(&error) => View::bind(hierarchy, attr),
            made => made,
        }
    }

    fn attach(&self, at: BorrowedFd<'_>, subject: &str) -> Result<()> {
        let changes = Changes { set: self.set, ..Changes::default() };
        attach::attach_changed(self.fd.as_fd(), at, &changes).on("move_mount", subject)
    }
}

fn unified(wanted: &CgroupMount) -> Result<View> {
    match wanted.hierarchies.first() {
        Some(hierarchy) if wanted.namespaced => {
            View::of_namespace(hierarchy, "cgroup2", wanted.attr)
        }
        Some(hierarchy) => View::bind(hierarchy, wanted.attr),
        None => Err(Error::kernel("fsmount", Errno::PERM, &wanted.target)),
    }
}

/// The container's own group could not be made.
fn is_callers(hierarchy: &CgroupHierarchy) -> bool {
    hierarchy.callers.is_some() && access(&hierarchy.own, Access::EXISTS) == Err(Errno::NOENT)
}

/// A user namespace without its own cgroup namespace may not mount.
fn is_refused(error: &Error) -> bool {
    [Errno::PERM, Errno::BUSY].iter().any(|errno| errno.raw_os_error() == error.errno())
}

fn tmpfs(wanted: &CgroupMount) -> Result<View> {
    let data = [String::from("mode=755")];
    View::fresh("tmpfs", &data, wanted.attr & !MOUNT_ATTR_RDONLY)
}

/// v1: a directory and a mount for each hierarchy, then the links of combined controllers. The tmpfs is
/// ours and fresh, so names in it can be trusted.
fn fill(wanted: &CgroupMount, tmpfs: BorrowedFd<'_>) -> Result<()> {
    for hierarchy in &wanted.hierarchies {
        let name = hierarchy.name.as_str();
        mkdirat(tmpfs, name, Mode::from_raw_mode(0o755)).on("mkdirat", name)?;
        let view = if wanted.namespaced {
            View::of_namespace(hierarchy, "cgroup", wanted.attr)?
        } else {
            View::bind(hierarchy, wanted.attr)?
        };
        let at = openat(tmpfs, name, PATH | OFlags::NOFOLLOW, Mode::empty()).on("open", name)?;
        view.attach(at.as_fd(), name)?;
    }
    for (link, to) in &wanted.links {
        match symlinkat(to.as_str(), tmpfs, link.as_str()) {
            Ok(()) | Err(Errno::EXIST) => {}
            Err(errno) => return Err(Error::kernel("symlinkat", errno, link)),
        }
    }
    attach::set_attr(tmpfs, false, wanted.attr & MOUNT_ATTR_RDONLY, 0)
        .on("mount_setattr", &wanted.target)
}
