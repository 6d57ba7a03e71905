//! The rootfs as a mount of its own, and the propagation around it.

use crate::attach::{self, MS_REC};
use crate::container::Container;
use crate::error::{Context, Error, Result};
use crate::root::{PATH, Root};
use rundlet_plan::Act;
use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::{CWD, Mode, OFlags, openat};
use rustix::io::Errno;
use rustix::mount::{MountPropagationFlags, mount_change};

const MS_PRIVATE: u32 = 1 << 18;
const MS_SLAVE: u32 = 1 << 19;
const MS_SHARED: u32 = 1 << 20;

/// Before any mount, so that none of ours shows on the host.
pub fn propagation(container: &mut Container, flags: u32) -> Result<()> {
    container.shared = flags & MS_SHARED != 0 || flags & MS_REC == 0;
    mount_change("/", MountPropagationFlags::from_bits_retain(flags)).on("mount", "/")
}

/// The path becomes a mount, which pivot_root needs, and the root of all targets.
pub fn enter(container: &mut Container, path: &str, parent: u32, rest: &[Act]) -> Result<()> {
    let at = openat(CWD, path, PATH | OFlags::DIRECTORY, Mode::empty()).on("open", path)?;
    if container.shared && parent != 0 {
        cut_parent(&at, path, parent)?;
    }
    let tree = match attach::copy(at.as_fd(), true) {
        Err(Errno::NOSYS) => {
            crate::legacy::bind_at(at.as_fd(), path, true).on("mount", path)?;
            openat(CWD, path, PATH | OFlags::DIRECTORY, Mode::empty()).on("open", path)?
        }
        tree => {
            let tree = tree.on("open_tree", path)?;
            attach::attach(tree.as_fd(), at.as_fd()).on("move_mount", path)?;
            // What the host mounts below the rootfs stays with the host.
            if parent != MS_SLAVE {
                attach::set_propagation(tree.as_fd(), MS_PRIVATE).on("mount_setattr", path)?;
            }
            tree
        }
    };
    container.set_root(Root::new(tree, path));
    if rest.iter().any(|act| matches!(act, Act::Mask { .. })) {
        container.null = Some(super::mask::own_null()?);
    }
    Ok(())
}

/// A shared parent would show the rootfs mount on the host, and pivot_root refuses one. Only the root of
/// a mount can be changed: go up until the kernel takes it.
fn cut_parent(at: &OwnedFd, path: &str, word: u32) -> Result<()> {
    let mut fd = crate::root::dup_cloexec(at).on("dup", path)?;
    for _ in 0..4096 {
        match attach::set_propagation(fd.as_fd(), word) {
            Err(Errno::INVAL) => {}
            done => return done.on("mount_setattr", path),
        }
        fd = openat(&fd, c"..", PATH | OFlags::DIRECTORY, Mode::empty()).on("open", path)?;
    }
    Err(Error::kernel("mount_setattr", Errno::INVAL, path))
}

/// `linux.rootfsPropagation`, once `/` is the container's own.
pub fn final_propagation(flags: u32) -> Result<()> {
    mount_change("/", MountPropagationFlags::from_bits_retain(flags)).on("mount", "/")
}

pub fn readonly(container: &mut Container) -> Result<()> {
    const RDONLY: u32 = linux_raw_sys::general::MOUNT_ATTR_RDONLY;
    let root = container.root()?;
    attach::set_attr(root.as_fd(), false, RDONLY, 0).on("mount_setattr", "/")
}
