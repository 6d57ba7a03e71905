//! Device nodes and links of /dev, on the descriptor of their directory (CVE-2026-41579).

use super::source::{self, Slot, Source};
use crate::attach::{self, Changes};
use crate::container::Container;
use crate::error::{Context, Error, Result};
use crate::root::{PATH, kind_of, place};
use crate::sys;
use alloc::ffi::CString;
use alloc::string::{String, ToString};
use rundlet_plan::{Device, NodeKind};
use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::{
    AtFlags, FileType, Gid, Mode, OFlags, Stat, Uid, chownat, makedev, mknodat, openat, statat,
    symlinkat, unlinkat,
};
use rustix::io::Errno;
use rustix::process::umask;

pub fn make(container: &mut Container, device: &Device) -> Result<()> {
    let (dir, name) = container.root()?.parent(&device.path)?;
    make_at(&dir, &name, device)?;
    if device.kind == NodeKind::Char && (device.major, device.minor) == (1, 3) {
        container.own_devices = true;
    }
    Ok(())
}

fn make_at(dir: &OwnedFd, name: &str, device: &Device) -> Result<()> {
    let path = device.path.as_str();
    let kind = match device.kind {
        NodeKind::Char => FileType::CharacterDevice,
        NodeKind::Block => FileType::BlockDevice,
        NodeKind::Fifo => FileType::Fifo,
    };
    let number = if kind == FileType::Fifo { 0 } else { makedev(device.major, device.minor) };
    let mode = Mode::from_raw_mode(device.mode);
    let matches = |stat: &Stat| {
        FileType::from_raw_mode(stat.st_mode) == kind
            && (kind == FileType::Fifo || stat.st_rdev == number)
    };
    let look = || statat(dir, name, AtFlags::SYMLINK_NOFOLLOW);
    match mknodat(dir, name, kind, mode, number) {
        Err(Errno::EXIST) if !matches(&look().on("stat", path)?) => {
            unlinkat(dir, name, AtFlags::empty()).on("unlinkat", path)?;
            mknodat(dir, name, kind, mode, number).on("mknodat", path)?;
        }
        Ok(()) | Err(Errno::EXIST) => {}
        Err(errno) => return Err(Error::kernel("mknodat", errno, path)),
    }
    let now = look().on("stat", path)?;
    if !matches(&now) {
        return Err(Error::refused("mknodat", path, "the new node is not the one that was made"));
    }
    settle_owner(dir, name, device, &now)
}

/// Only what differs: a fresh node already has its mode, as the umask is 0 here.
fn settle_owner(dir: &OwnedFd, name: &str, device: &Device, now: &Stat) -> Result<()> {
    let path = device.path.as_str();
    if now.st_uid != device.uid || now.st_gid != device.gid {
        let (uid, gid) = (Uid::from_raw(device.uid), Gid::from_raw(device.gid));
        chownat(dir, name, Some(uid), Some(gid), AtFlags::SYMLINK_NOFOLLOW).on("fchownat", path)?;
    }
    if now.st_mode & 0o7777 != device.mode & 0o7777 {
        let name =
            CString::new(name).map_err(|_| Error::refused("mknodat", path, "NUL in the path"))?;
        match sys::chmod_nofollow(dir.as_fd(), &name, device.mode & 0o7777) {
            // Before Linux 6.6 there is no way to change a node's mode without opening it.
            Err(Errno::NOSYS) => {}
            done => done.on("fchmodat2", path)?,
        }
    }
    Ok(())
}

const NOSUID: u32 = linux_raw_sys::general::MOUNT_ATTR_NOSUID;
const NOEXEC: u32 = linux_raw_sys::general::MOUNT_ATTR_NOEXEC;

/// In a tmpfs that is mounted nowhere and, made outside of the user namespace, has working devices.
pub fn open(container: &mut Container, slot: u16, device: &Device) -> Result<()> {
    let path = device.path.as_str();
    let tree = match node_tree(container, slot, device) {
        Ok(tree) => Some(tree),
        Err(error) if is_old_kernel(&error) => attach::copy_path(path, false, false).ok(),
        Err(error) => return Err(error),
    };
    let path = String::from(path);
    let node = Source { tree, path, recursive: false, nofollow: false, directory: false };
    source::keep(container, slot, Slot::Mount(node));
    Ok(())
}

fn node_tree(container: &mut Container, slot: u16, device: &Device) -> Result<OwnedFd> {
    let path = device.path.as_str();
    let nodes = match container.nodes.take() {
        Some(nodes) => nodes,
        None => {
            // Their modes are the plan's.
            umask(Mode::empty());
            attach::filesystem("tmpfs", "tmpfs", 0, &[String::from("mode=700")], 0)?
        }
    };
    let nodes = container.nodes.insert(nodes);
    let name = slot.to_string();
    make_at(nodes, &name, device)?;
    let node = openat(&*nodes, &name, PATH | OFlags::NOFOLLOW, Mode::empty()).on("open", path)?;
    attach::copy(node.as_fd(), false).on("open_tree", path)
}

/// Without fsopen, or without copies of what is not attached anywhere.
fn is_old_kernel(error: &Error) -> bool {
    let errno = error.errno();
    errno == Errno::NOSYS.raw_os_error() || errno == Errno::INVAL.raw_os_error()
}

/// Where mknod is not allowed: a node from outside, bound over an empty file.
pub fn bind(container: &mut Container, path: &str, slot: u16) -> Result<()> {
    let (tree, _) = source::take_mount(container, slot, path)?.into_tree()?;
    let (dir, name) = container.root()?.parent(path)?;
    let at = placeholder(&dir, &name, path)?;
    let changes = Changes { set: NOSUID | NOEXEC, ..Changes::default() };
    attach::attach_changed(tree.as_fd(), at.as_fd(), &changes).on("move_mount", path)?;
    verify(&dir, &name, path, &tree)
}

/// The entry to mount a file on, made as an empty file if nothing is there; never a link.
pub fn placeholder(dir: &OwnedFd, name: &str, path: &str) -> Result<OwnedFd> {
    let flags = OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    match openat(dir, name, flags, Mode::from_raw_mode(0o600)) {
        Ok(_) | Err(Errno::EXIST) => {}
        Err(errno) => return Err(Error::kernel("open", errno, path)),
    }
    let at = openat(dir, name, PATH | OFlags::NOFOLLOW, Mode::empty()).on("open", path)?;
    match kind_of(&at).on("fstat", path)? {
        FileType::Symlink => Err(Error::kernel("open", Errno::LOOP, path)),
        _ => Ok(at),
    }
}

/// That what is at that name now is the mount just made.
pub fn verify(dir: &OwnedFd, name: &str, path: &str, mount: &OwnedFd) -> Result<()> {
    let ours = place(mount).on("statx", path)?.mount;
    match openat(dir, name, PATH | OFlags::NOFOLLOW, Mode::empty()).and_then(place) {
        Ok(there) if there.mount == ours => Ok(()),
        _ => Err(Error::refused("move_mount", path, "the target was moved while it was mounted")),
    }
}

pub fn symlink(container: &mut Container, path: &str, target: &str, replace: bool) -> Result<()> {
    let (dir, name) = container.root()?.parent(path)?;
    match symlinkat(target, &dir, name.as_str()) {
        Err(Errno::EXIST) if replace => {
            unlinkat(&dir, name.as_str(), AtFlags::empty()).on("unlinkat", path)?;
            symlinkat(target, &dir, name.as_str()).on("symlinkat", path)
        }
        Ok(()) | Err(Errno::EXIST) => Ok(()),
        Err(errno) => Err(Error::kernel("symlinkat", errno, path)),
    }
}
