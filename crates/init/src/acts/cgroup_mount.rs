//! The container's view of its cgroups: always its own sub-tree, never the host's (CVE-2023-25809).

use crate::attach;
use crate::container::Container;
use crate::error::{Context, Error, Result};
use crate::guard::{self, Content};
use crate::root::{Links, Make};
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use linux_raw_sys::general::MOUNT_ATTR_RDONLY;
use rundlet_plan::{CgroupHierarchy, CgroupMount};
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{Mode, mkdirat, symlinkat};
use rustix::io::Errno;
use rustix::mount::{MoveMountFlags, move_mount};

pub fn mount(container: &mut Container, wanted: &CgroupMount) -> Result<()> {
    let target = wanted.target.as_str();
    let fd = if wanted.unified { unified(wanted)? } else { tmpfs(wanted)? };
    let procfs = container.procfs_device;
    let root = container.root()?;
    let (at, _) = root.make(target, Links::Follow, Make::Directory).on("mkdirat", target)?;
    guard::check(root, target, at.as_fd(), Content::Other, procfs)?;
    attach::attach(fd.as_fd(), at.as_fd()).on("move_mount", target)?;
    attach::verify(root, target, Links::Follow, fd.as_fd())?;
    if !wanted.unified {
        fill(wanted, fd.as_fd())?;
    }
    Ok(())
}

fn unified(wanted: &CgroupMount) -> Result<OwnedFd> {
    if wanted.namespaced {
        match attach::filesystem("cgroup2", "cgroup", 0, &[], wanted.attr) {
            Err(error) if is_refused(&error) => {}
            made => return made,
        }
    }
    match wanted.hierarchies.first() {
        Some(hierarchy) => bind(hierarchy, wanted.attr),
        None => Err(Error::kernel("fsmount", Errno::PERM, &wanted.target)),
    }
}

/// A user namespace without its own cgroup namespace may not mount.
fn is_refused(error: &Error) -> bool {
    [Errno::PERM, Errno::BUSY].iter().any(|errno| errno.raw_os_error() == error.errno())
}

fn tmpfs(wanted: &CgroupMount) -> Result<OwnedFd> {
    let data = [String::from("mode=755")];
    attach::filesystem("tmpfs", "tmpfs", 0, &data, wanted.attr & !MOUNT_ATTR_RDONLY)
}

/// v1: a directory and a mount for each hierarchy, then the links of combined controllers. The tmpfs is
/// ours and fresh, so names in it can be trusted.
fn fill(wanted: &CgroupMount, tmpfs: BorrowedFd<'_>) -> Result<()> {
    for hierarchy in &wanted.hierarchies {
        let name = hierarchy.name.as_str();
        mkdirat(tmpfs, name, Mode::from_raw_mode(0o755)).on("mkdirat", name)?;
        let fd = if wanted.namespaced {
            let data: Vec<String> = hierarchy.data.split(',').map(ToString::to_string).collect();
            match attach::filesystem("cgroup", "cgroup", 0, &data, wanted.attr) {
                Err(error) if is_refused(&error) => bind(hierarchy, wanted.attr)?,
                made => made?,
            }
        } else {
            bind(hierarchy, wanted.attr)?
        };
        move_mount(&fd, c"", tmpfs, name, MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH)
            .on("move_mount", name)?;
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

fn bind(hierarchy: &CgroupHierarchy, attr: u32) -> Result<OwnedFd> {
    let own = hierarchy.own.as_str();
    let fd = attach::copy_path(own, false, false).on("open_tree", own)?;
    attach::set_attr(fd.as_fd(), false, attr, 0).on("mount_setattr", own)?;
    Ok(fd)
}
