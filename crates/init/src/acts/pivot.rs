//! Into the rootfs, and the old root out of sight.

use crate::container::Container;
use crate::error::{Context, Result};
use crate::root::PATH;
use crate::sys;
use rustix::fd::{AsFd, AsRawFd};
use rustix::fs::{CWD, FileType, Mode, OFlags, fstat, makedev, openat};
use rustix::mount::{MountPropagationFlags, UnmountFlags, mount_change, unmount};
use rustix::process::{chdir, chroot, fchdir, pivot_root as kernel_pivot_root};

/// With the same directory for both, the old root lands on top of the new one, where nothing in the
/// rootfs is needed to hold it.
pub fn pivot_root(container: &mut Container) -> Result<()> {
    prepare(container)?;
    let old = openat(CWD, c"/", PATH | OFlags::DIRECTORY, Mode::empty()).on("open", "/")?;
    fchdir(container.root()?).on("fchdir", "rootfs")?;
    kernel_pivot_root(c".", c".").on("pivot_root", "rootfs")?;
    fchdir(&old).on("fchdir", "old root")?;
    // Before it goes: the unmount must not reach the host's mounts.
    let slave = MountPropagationFlags::DOWNSTREAM | MountPropagationFlags::REC;
    mount_change(c".", slave).on("mount", "old root")?;
    unmount(c".", UnmountFlags::DETACH).on("umount2", "old root")?;
    chdir(c"/").on("chdir", "/")?;
    reopen_null(container)
}

/// Where pivot_root cannot work: the root is the initial ramfs, or `--no-pivot`.
pub fn move_root(container: &mut Container) -> Result<()> {
    prepare(container)?;
    // After a chroot alone a process with rights could mount a full procfs or sysfs again, because the
    // kernel sees unmasked ones in the namespace: take all of them away first.
    for path in ["/proc", "/sys"] {
        let _ = mount_change(path, MountPropagationFlags::PRIVATE | MountPropagationFlags::REC);
        let _ = unmount(path, UnmountFlags::DETACH);
    }
    fchdir(container.root()?).on("fchdir", "rootfs")?;
    let root = container.root()?.host_path.clone();
    rustix::mount::mount_move(root.as_str(), c"/").on("mount", &root)?;
    chroot(c".").on("chroot", "rootfs")?;
    chdir(c"/").on("chdir", "/")?;
    reopen_null(container)
}

/// What can be had only while the host's /proc is in sight.
fn prepare(container: &mut Container) -> Result<()> {
    if container.uses_procfs {
        container.procfs()?;
    }
    Ok(())
}

/// Stdio on the host's /dev/null becomes the container's own, so that no descriptor of a host's file
/// is left.
fn reopen_null(container: &mut Container) -> Result<()> {
    if !container.own_devices {
        return Ok(());
    }
    let is_null = |fd: rustix::fd::BorrowedFd<'_>| {
        fstat(fd).is_ok_and(|stat| {
            FileType::from_raw_mode(stat.st_mode) == FileType::CharacterDevice
                && stat.st_rdev == makedev(1, 3)
        })
    };
    let mut own = None;
    for fd in 0..3 {
        if !is_null(sys::stdio(fd)) {
            continue;
        }
        if own.is_none() {
            let flags = OFlags::RDWR | OFlags::NOFOLLOW | OFlags::NOCTTY | OFlags::CLOEXEC;
            let opened = openat(CWD, c"/dev/null", flags, Mode::empty()).on("open", "/dev/null")?;
            own = Some(opened).filter(|opened| is_null(opened.as_fd()));
        }
        if let Some(own) = &own {
            debug_assert!(own.as_raw_fd() > 2);
            sys::dup_onto(own, fd).on("dup3", "/dev/null")?;
        }
    }
    Ok(())
}
