//! Into the rootfs, and the old root out of sight.

use crate::container::Container;
use crate::error::{Context, Result};
use crate::root::PATH;
use crate::sys;
use alloc::string::String;
use alloc::vec::Vec;
use rustix::fd::{AsFd, AsRawFd};
use rustix::fs::{CWD, FileType, Mode, OFlags, fstat, makedev, openat};
use rustix::io::Errno;
use rustix::mount::{
    MountFlags, MountPropagationFlags, UnmountFlags, mount, mount_change, unmount,
};
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
    fchdir(container.root()?).on("fchdir", "rootfs")?;
    let root = container.root()?.host_path.clone();
    cover_full_mounts(&root)?;
    rustix::mount::mount_move(root.as_str(), c"/").on("mount", &root)?;
    chroot(c".").on("chroot", "rootfs")?;
    chdir(c"/").on("chdir", "/")?;
    reopen_null(container)
}

/// In the caller's own mount namespace, whose root is not ours to change.
pub fn change_root(container: &mut Container) -> Result<()> {
    prepare(container)?;
    fchdir(container.root()?).on("fchdir", "rootfs")?;
    chroot(c".").on("chroot", "rootfs")?;
    chdir(c"/").on("chdir", "/")?;
    reopen_null(container)
}

/// After a chroot alone a process with rights could mount a full procfs or sysfs again, because the
/// kernel sees unmasked ones in the namespace: take all of them away first, also those that lie below
/// others.
fn cover_full_mounts(rootfs: &str) -> Result<()> {
    let text = read_mounts()?;
    for path in text.lines().rev().filter_map(full_mount) {
        if path == rootfs || path.strip_prefix(rootfs).is_some_and(|rest| rest.starts_with('/')) {
            continue;
        }
        let own = MountPropagationFlags::DOWNSTREAM | MountPropagationFlags::REC;
        match mount_change(path.as_str(), own) {
            // Its parent was taken away already.
            Err(Errno::NOENT) => continue,
            done => done.on("mount", &path)?,
        }
        match unmount(path.as_str(), UnmountFlags::DETACH) {
            // Locked: it came with a less privileged mount namespace.
            Err(Errno::INVAL | Errno::PERM) => {
                let flags = MountFlags::empty();
                mount("tmpfs", path.as_str(), "tmpfs", flags, c"").on("mount", &path)?;
            }
            done => done.on("umount2", &path)?,
        }
    }
    Ok(())
}

fn read_mounts() -> Result<String> {
    let path = "/proc/self/mountinfo";
    let flags = OFlags::RDONLY | OFlags::CLOEXEC;
    let file = openat(CWD, path, flags, Mode::empty()).on("open", path)?;
    let mut text = Vec::new();
    let mut chunk = [0u8; 4096];
    loop {
        match rustix::io::read(&file, &mut chunk).on("read", path)? {
            0 => break,
            length => text.extend_from_slice(&chunk[..length]),
        }
    }
    Ok(String::from_utf8_lossy(&text).into_owned())
}

/// The mountpoint of a procfs or sysfs that is mounted from its root, of one line of mountinfo.
fn full_mount(line: &str) -> Option<String> {
    let (left, right) = line.split_once(" - ")?;
    let fstype = right.split(' ').next()?;
    let mut fields = left.split(' ').skip(3);
    let (root, at) = (fields.next()?, fields.next()?);
    (root == "/" && matches!(fstype, "proc" | "sysfs")).then(|| unescape(at))
}

/// Blanks and the like are written in octal.
fn unescape(text: &str) -> String {
    [(r"\040", " "), (r"\011", "\t"), (r"\012", "\n"), (r"\134", r"\")]
        .iter()
        .fold(String::from(text), |text, (octal, plain)| text.replace(octal, plain))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_full_mounts() {
        let line = r"21 20 0:19 / /a\040b/proc rw,nosuid shared:5 - proc proc rw";
        assert_eq!(full_mount(line).as_deref(), Some("/a b/proc"));
        assert_eq!(full_mount("21 20 0:19 /sys /proc/sys ro - proc proc rw"), None);
        assert_eq!(full_mount("21 20 0:19 / / rw - ext4 /dev/vda rw"), None);
        assert_eq!(full_mount("21 20 0:19 / /sys rw - sysfs sysfs rw").as_deref(), Some("/sys"));
    }
}
