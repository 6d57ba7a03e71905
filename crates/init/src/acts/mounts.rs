//! Filesystems.

use super::copy_up;
use crate::attach::{self, Changes, MAX_VALUE};
use crate::container::Container;
use crate::error::{Context, Error, Result, words};
use crate::guard::{self, Content};
use crate::root::{Links, Make, Root, place};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use linux_raw_sys::general::{MOUNT_ATTR_RDONLY, MS_PRIVATE};
use rundlet_plan::Mount;
use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::fstat;
use rustix::io::Errno;

pub fn mount(container: &mut Container, wanted: &Mount) -> Result<()> {
    let procfs = container.procfs_device;
    let root = container.root()?;
    let (at, existed) = target(root, wanted)?;
    let content = if wanted.fstype == "proc" { Content::Procfs } else { Content::Other };
    guard::check(root, &wanted.target, at.as_fd(), content, procfs)?;
    let mut data: Vec<String> = Vec::new();
    if existed && wanted.fstype == "tmpfs" {
        // A tmpfs over a directory of the image keeps its mode, unless the options say another.
        let mode = fstat(&at).on("fstat", &wanted.target)?.st_mode & 0o7777;
        data.push(format!("mode={mode:04o}"));
    }
    data.extend(wanted.data.iter().cloned());
    let fd = match (make(root, wanted, &at, &data), &wanted.or_callers) {
        (Err(error), Some(path)) if error.errno() == Errno::PERM.raw_os_error() => {
            callers(root, wanted, &at, path).map_err(|_| error)?
        }
        (made, _) => made?,
    };
    let changed = |done: rustix::io::Result<()>| done.on("mount_setattr", &wanted.target);
    changed(attach::set_attr(fd.as_fd(), true, wanted.recursive_set, wanted.recursive_clear))?;
    for word in &wanted.propagation {
        changed(attach::set_propagation(fd.as_fd(), *word))?;
    }
    if content == Content::Procfs && crate::root::clean(&wanted.target) == "/proc" {
        container.procfs_device = Some(place(&fd).on("statx", &wanted.target)?.device);
    }
    Ok(())
}

/// procfs and sysfs only on a real directory at the literal place; the rest may go through links, which
/// stay inside.
fn target(root: &Root, wanted: &Mount) -> Result<(OwnedFd, bool)> {
    if matches!(wanted.fstype.as_str(), "proc" | "sysfs") {
        return Ok((guard::ordinary_directory(root, &wanted.target, &wanted.fstype)?, true));
    }
    root.make(&wanted.target, Links::Follow, Make::Directory).on("mkdirat", &wanted.target)
}

/// Makes, fills, attaches and verifies.
fn make(root: &Root, wanted: &Mount, at: &OwnedFd, data: &[String]) -> Result<OwnedFd> {
    let long =
        data.iter().any(|option| option.len() > MAX_VALUE) || wanted.source.len() > MAX_VALUE;
    if long {
        return make_old_way(root, wanted, at, data);
    }
    // Copying up writes.
    let later = if wanted.tmpcopyup { wanted.attr & MOUNT_ATTR_RDONLY } else { 0 };
    let attr = wanted.attr & !later;
    let made = attach::filesystem(&wanted.fstype, &wanted.source, wanted.super_flags, data, attr);
    let fd = match made {
        Err(error) if error.errno() == Errno::NOSYS.raw_os_error() => {
            return make_old_way(root, wanted, at, data);
        }
        made => explain(made, wanted, data)?,
    };
    if wanted.tmpcopyup {
        copy_up::copy(at, &fd, &wanted.target)?;
        attach::set_attr(fd.as_fd(), false, later, 0).on("mount_setattr", &wanted.target)?;
    }
    attach::attach(fd.as_fd(), at.as_fd()).on("move_mount", &wanted.target)?;
    attach::verify(root, &wanted.target, Links::Follow, fd.as_fd())?;
    Ok(fd)
}

/// A copy of the caller's tree with all that is mounted in it, nothing of it writable.
fn callers(root: &Root, wanted: &Mount, at: &OwnedFd, path: &str) -> Result<OwnedFd> {
    let fd = attach::copy_path(path, true, false).on("open_tree", path)?;
    let changes = Changes {
        propagation: MS_PRIVATE | attach::MS_REC,
        set: wanted.attr,
        recursive_set: MOUNT_ATTR_RDONLY,
        ..Changes::default()
    };
    attach::attach_changed(fd.as_fd(), at.as_fd(), &changes).on("move_mount", &wanted.target)?;
    attach::verify(root, &wanted.target, Links::Follow, fd.as_fd())?;
    Ok(fd)
}

/// mount(2), which knows no descriptors of mounts but takes options of any length (overlay's lowerdir).
fn make_old_way(root: &Root, wanted: &Mount, at: &OwnedFd, data: &[String]) -> Result<OwnedFd> {
    let flags = (wanted.super_flags, wanted.attr);
    let made = crate::legacy::mount_at(at.as_fd(), &wanted.fstype, &wanted.source, flags, data);
    explain(made.on("mount", &wanted.fstype), wanted, data)?;
    root.open(&wanted.target, Links::Follow).on("open", &wanted.target)
}

/// runc's words, to which TypeScript adds `error mounting "X" to rootfs at "Y": `, and the kernel's own.
fn explain<T>(made: Result<T>, wanted: &Mount, data: &[String]) -> Result<T> {
    made.map_err(|error| {
        let Error::Failed { syscall, errno, detail, .. } = error else { return error };
        let kind = Errno::from_raw_os_error(errno);
        let mut text = format!("mount src={}, dst={}", wanted.source, wanted.target);
        if !data.is_empty() {
            text.push_str(", data=");
            text.push_str(&data.join(","));
        }
        text.push_str(": ");
        match kind {
            Errno::NODEV => text.push_str(&format!(
                "no such device (is the filesystem type {:?} known to this kernel?)",
                wanted.fstype
            )),
            _ if detail.is_empty() => text.push_str(words(kind)),
            _ => text.push_str(&detail),
        }
        Error::Failed { syscall, errno, subject: wanted.target.clone(), detail: text }
    })
}
