//! Mounts as descriptors: making, changing, attaching, and looking where they went.

use crate::error::{Context, Error, Result, words};
use crate::root::{Links, Root, kind_of, place};
use crate::sys;
use alloc::format;
use alloc::string::String;
use linux_raw_sys::general as k;
use rustix::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use rustix::fs::CWD;
use rustix::io::Errno;
use rustix::mount::{
    FsMountFlags, FsOpenFlags, MountAttrFlags, MoveMountFlags, OpenTreeFlags, fsconfig_create,
    fsconfig_set_flag, fsconfig_set_string, fsmount, fsopen, move_mount, open_tree,
};

pub const MS_REC: u32 = 1 << 14;

/// FSCONFIG_SET_STRING takes no longer value; mount(2) does.
pub const MAX_VALUE: usize = 255;

/// A new superblock, or a view of one, not attached anywhere.
pub fn filesystem(
    fstype: &str,
    source: &str,
    super_flags: u32,
    data: &[String],
    attr: u32,
) -> Result<OwnedFd> {
    let context = fsopen(fstype, FsOpenFlags::FSOPEN_CLOEXEC).on("fsopen", fstype)?;
    let fail = |call, errno| {
        let log = kernel_log(&context);
        let text = if log.is_empty() { String::new() } else { format!("{}: {log}", words(errno)) };
        Error::kernel(call, errno, fstype).with_detail(text)
    };
    configure(context.as_fd(), source, super_flags, data)
        .map_err(|errno| fail("fsconfig", errno))?;
    fsconfig_create(&context).map_err(|errno| fail("fsconfig", errno))?;
    let attr = MountAttrFlags::from_bits_retain(attr);
    fsmount(&context, FsMountFlags::FSMOUNT_CLOEXEC, attr).map_err(|errno| fail("fsmount", errno))
}

pub fn configure(
    context: BorrowedFd<'_>,
    source: &str,
    super_flags: u32,
    data: &[String],
) -> rustix::io::Result<()> {
    if !source.is_empty() {
        fsconfig_set_string(context, c"source", source)?;
    }
    for (bit, name) in SUPER_FLAGS {
        if super_flags & bit != 0 {
            fsconfig_set_flag(context, name)?;
        }
    }
    for option in data {
        match option.split_once('=') {
            Some((key, value)) => fsconfig_set_string(context, key, value)?,
            None => fsconfig_set_flag(context, option.as_str())?,
        }
    }
    Ok(())
}

/// `MS_*` of a superblock and their names.
const SUPER_FLAGS: [(u32, &core::ffi::CStr); 7] = [
    (1, c"ro"),
    (1 << 4, c"sync"),
    (1 << 6, c"mand"),
    (1 << 7, c"dirsync"),
    (1 << 15, c"silent"),
    (1 << 23, c"iversion"),
    (1 << 25, c"lazytime"),
];

/// What the filesystem has to say about a refused option: messages like `e tmpfs: Bad value for 'size'`.
fn kernel_log(context: &OwnedFd) -> String {
    let mut all = String::new();
    let mut line = [0u8; 512];
    while let Ok(length) = rustix::io::read(context, &mut line) {
        let text = String::from_utf8_lossy(&line[..length]);
        let text = text.trim_end();
        if length == 0 || all.len() > 1024 {
            break;
        }
        if !all.is_empty() {
            all.push_str("; ");
        }
        all.push_str(text.get(2..).filter(|_| text.as_bytes()[1] == b' ').unwrap_or(text));
    }
    all
}

/// A copy of what is mounted at a descriptor, not attached anywhere.
pub fn copy(at: BorrowedFd<'_>, recursive: bool) -> rustix::io::Result<OwnedFd> {
    open_tree(at, c"", tree_flags(recursive) | OpenTreeFlags::AT_EMPTY_PATH)
}

/// The same, of a path in this mount namespace.
pub fn copy_path(path: &str, recursive: bool, nofollow: bool) -> rustix::io::Result<OwnedFd> {
    let mut flags = tree_flags(recursive);
    if nofollow {
        flags |= OpenTreeFlags::AT_SYMLINK_NOFOLLOW;
    }
    open_tree(CWD, path, flags)
}

fn tree_flags(recursive: bool) -> OpenTreeFlags {
    let mut flags = OpenTreeFlags::OPEN_TREE_CLONE | OpenTreeFlags::OPEN_TREE_CLOEXEC;
    if recursive {
        flags |= OpenTreeFlags::AT_RECURSIVE;
    }
    flags
}

/// By descriptor on both sides, never by a string that could mean something else by now.
pub fn attach(mount: BorrowedFd<'_>, at: BorrowedFd<'_>) -> rustix::io::Result<()> {
    let flags = MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH | MoveMountFlags::MOVE_MOUNT_T_EMPTY_PATH;
    match move_mount(mount, c"", at, c"", flags) {
        // As mount(2) says it, which callers match on.
        Err(Errno::INVAL) if kind_of(mount)?.is_dir() != kind_of(at)?.is_dir() => {
            Err(Errno::NOTDIR)
        }
        done => done,
    }
}

/// The target may have been moved between its resolution and the mount: what is at the path now must be
/// the mount that was just made.
pub fn verify(root: &Root, target: &str, links: Links, mount: BorrowedFd<'_>) -> Result<()> {
    let ours = place(mount).on("statx", target)?;
    match root.open(target, links).and_then(place) {
        Ok(there) if there.mount == ours.mount => Ok(()),
        _ => Err(Error::refused("move_mount", target, "the target was moved while it was mounted")),
    }
}

/// What is done to a tree before anybody sees it.
#[derive(Default)]
pub struct Changes {
    pub propagation: u32,
    pub set: u32,
    pub clear: u32,
    pub recursive_set: u32,
    pub recursive_clear: u32,
}

/// Changes a detached tree, then attaches it. Before Linux 5.12 only attached mounts can be changed, so
/// there it is the other way round.
pub fn attach_changed(
    tree: BorrowedFd<'_>,
    at: BorrowedFd<'_>,
    changes: &Changes,
) -> rustix::io::Result<()> {
    match change(tree, changes) {
        Err(Errno::NOSYS) => {
            attach(tree, at)?;
            crate::legacy::change(tree, changes)
        }
        done => done.and_then(|()| attach(tree, at)),
    }
}

fn change(tree: BorrowedFd<'_>, changes: &Changes) -> rustix::io::Result<()> {
    propagate(tree, changes.propagation)?;
    set_and_clear(tree, false, changes.set, changes.clear)?;
    set_and_clear(tree, true, changes.recursive_set, changes.recursive_clear)
}

/// Sets and clears `MOUNT_ATTR_*` of an attached mount.
pub fn set_attr(
    mount: BorrowedFd<'_>,
    recursive: bool,
    set: u32,
    clear: u32,
) -> rustix::io::Result<()> {
    match set_and_clear(mount, recursive, set, clear) {
        Err(Errno::NOSYS) if !recursive => crate::legacy::set_attr(mount, set, clear),
        done => done,
    }
}

fn set_and_clear(
    mount: BorrowedFd<'_>,
    recursive: bool,
    set: u32,
    clear: u32,
) -> rustix::io::Result<()> {
    if set == 0 && clear == 0 {
        return Ok(());
    }
    let mut clear = clear;
    // The atime modes are one field: the kernel wants all of it cleared before a new one.
    if (set | clear) & k::MOUNT_ATTR__ATIME != 0 {
        clear |= k::MOUNT_ATTR__ATIME;
    }
    sys::mount_setattr(mount, recursive, &attr_of(u64::from(set), u64::from(clear), 0))
}

/// `MS_SHARED` and the like, recursively with `MS_REC`, of an attached mount.
pub fn set_propagation(mount: BorrowedFd<'_>, word: u32) -> rustix::io::Result<()> {
    match propagate(mount, word) {
        Err(Errno::NOSYS) => crate::legacy::set_propagation(mount, word),
        done => done,
    }
}

fn propagate(mount: BorrowedFd<'_>, word: u32) -> rustix::io::Result<()> {
    if word & !MS_REC == 0 {
        return Ok(());
    }
    let attr = attr_of(0, 0, u64::from(word & !MS_REC));
    sys::mount_setattr(mount, word & MS_REC != 0, &attr)
}

/// Maps the owners of a detached tree by a user namespace's maps (kernel 5.12).
pub fn map_ids(
    tree: BorrowedFd<'_>,
    recursive: bool,
    namespace: BorrowedFd<'_>,
) -> rustix::io::Result<()> {
    let mut attr = attr_of(u64::from(k::MOUNT_ATTR_IDMAP), 0, 0);
    attr.userns_fd = namespace.as_raw_fd() as u64;
    sys::mount_setattr(tree, recursive, &attr)
}

fn attr_of(set: u64, clear: u64, propagation: u64) -> k::mount_attr {
    k::mount_attr { attr_set: set, attr_clr: clear, propagation, userns_fd: 0 }
}
