//! Kernels without the mount calls on descriptors (before 5.2, mount_setattr before 5.12): mount(2) onto
//! `/proc/self/fd/N`. Before pivot_root /proc is the host's own; after it, the container's, where whatever
//! it may lead to is inside the container.

use crate::attach::Changes;
use alloc::ffi::CString;
use alloc::format;
use alloc::string::String;
use linux_raw_sys::general as k;
use rustix::fd::{AsRawFd, BorrowedFd};
use rustix::io::{Errno, Result};
use rustix::mount::{MountFlags, MountPropagationFlags, mount, mount_change, mount_remount};

fn path_of(fd: BorrowedFd<'_>) -> String {
    format!("/proc/self/fd/{}", fd.as_raw_fd())
}

/// `MOUNT_ATTR_*` and their `MS_*`.
const FLAGS: [(u32, MountFlags); 8] = [
    (k::MOUNT_ATTR_RDONLY, MountFlags::RDONLY),
    (k::MOUNT_ATTR_NOSUID, MountFlags::NOSUID),
    (k::MOUNT_ATTR_NODEV, MountFlags::NODEV),
    (k::MOUNT_ATTR_NOEXEC, MountFlags::NOEXEC),
    (k::MOUNT_ATTR_NOATIME, MountFlags::NOATIME),
    (k::MOUNT_ATTR_STRICTATIME, MountFlags::STRICTATIME),
    (k::MOUNT_ATTR_NODIRATIME, MountFlags::NODIRATIME),
    (k::MOUNT_ATTR_NOSYMFOLLOW, MountFlags::from_bits_retain(256)),
];

fn mount_flags(attr: u32) -> MountFlags {
    let mut flags = MountFlags::empty();
    for (bit, flag) in FLAGS {
        if attr & bit != 0 {
            flags |= flag;
        }
    }
    flags
}

/// `mount(2)` of a filesystem at a descriptor.
pub fn mount_at(
    at: BorrowedFd<'_>,
    fstype: &str,
    source: &str,
    flags: (u32, u32),
    data: &[String],
) -> Result<()> {
    let (super_flags, attr) = flags;
    let flags = mount_flags(attr) | MountFlags::from_bits_retain(super_flags);
    let options = CString::new(data.join(",")).map_err(|_| Errno::INVAL)?;
    mount(source, path_of(at), fstype, flags, options.as_c_str())
}

/// `mount(MS_BIND)` at a descriptor.
pub fn bind_at(at: BorrowedFd<'_>, source: &str, recursive: bool) -> Result<()> {
    if recursive {
        rustix::mount::mount_bind_recursive(source, path_of(at))
    } else {
        rustix::mount::mount_bind(source, path_of(at))
    }
}

/// Of an attached tree.
pub fn change(mount: BorrowedFd<'_>, changes: &Changes) -> Result<()> {
    if changes.recursive_set != 0 || changes.recursive_clear != 0 {
        return Err(Errno::NOSYS);
    }
    if changes.propagation != 0 {
        set_propagation(mount, changes.propagation)?;
    }
    if changes.set == 0 && changes.clear == 0 {
        return Ok(());
    }
    set_attr(mount, changes.set, changes.clear)
}

/// Of the one mount: there was no recursive change then. Flags that are there stay.
pub fn set_attr(mount: BorrowedFd<'_>, set: u32, clear: u32) -> Result<()> {
    let now = rustix::fs::fstatvfs(mount)?.f_flag;
    let mut flags = MountFlags::BIND | mount_flags(set);
    for (bit, flag) in &FLAGS[..4] {
        // ST_RDONLY, ST_NOSUID, ST_NODEV and ST_NOEXEC have the numbers of the MS_* flags.
        if clear & bit == 0 && now.bits() & u64::from(flag.bits()) != 0 {
            flags |= *flag;
        }
    }
    mount_remount(path_of(mount), flags, c"")
}

pub fn set_propagation(mount: BorrowedFd<'_>, word: u32) -> Result<()> {
    mount_change(path_of(mount), MountPropagationFlags::from_bits_retain(word))
}
