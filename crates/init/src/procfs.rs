//! A procfs of our own, mounted nowhere: what the container mounts, binds or links below its /proc
//! cannot stand between us and the kernel's files (CVE-2025-52881).

use crate::error::{Context, Error, Result};
use crate::root::{PATH, PROC_MAGIC};
use alloc::string::String;
use alloc::vec::Vec;
use rustix::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, fstat, fstatfs, openat, openat2, readlinkat};
use rustix::io::Errno;
use rustix::mount::{
    FsMountFlags, FsOpenFlags, MountAttrFlags, OpenTreeFlags, fsconfig_create, fsconfig_set_string,
    fsmount, fsopen, open_tree,
};

const PROC_ROOT_INODE: u64 = 1;

pub struct Procfs {
    fd: OwnedFd,
}

impl Procfs {
    /// All of it, for sysctl and attr files.
    pub fn full() -> Result<Procfs> {
        Procfs::new(false)
    }

    /// Only the directories of processes: for a handle that is still there while the container waits.
    pub fn processes() -> Result<Procfs> {
        Procfs::new(true)
    }

    /// The one that the container has at /proc: enough where what is opened is checked afterwards, and
    /// no secret from it.
    pub fn of_container() -> Result<Procfs> {
        let flags = PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW;
        checked(openat(CWD, c"/proc", flags, Mode::empty()).on("open", "/proc")?)
    }

    fn new(only_pids: bool) -> Result<Procfs> {
        let fd = match fresh(only_pids) {
            // No right to mount one (joined pid namespace of another user namespace), or an old
            // kernel: a private copy of what is at /proc, checked below.
            Err(_) => match open_tree(CWD, c"/proc", clone_flags()) {
                Err(_) => openat(CWD, c"/proc", PATH | OFlags::DIRECTORY, Mode::empty()),
                copy => copy,
            },
            fd => fd,
        }
        .on("open", "/proc")?;
        checked(fd)
    }

    /// Opens a file below: no links, no other mounts.
    pub fn open(&self, path: &str, flags: OFlags) -> rustix::io::Result<OwnedFd> {
        let resolve = ResolveFlags::BENEATH
            | ResolveFlags::NO_XDEV
            | ResolveFlags::NO_MAGICLINKS
            | ResolveFlags::NO_SYMLINKS;
        match openat2(&self.fd, path, flags | OFlags::CLOEXEC, Mode::empty(), resolve) {
            // Before Linux 5.6. The mount is private, so nobody can put anything on it.
            Err(Errno::NOSYS) => {
                openat(&self.fd, path, flags | OFlags::CLOEXEC | OFlags::NOFOLLOW, Mode::empty())
            }
            other => other,
        }
    }

    pub fn write(&self, path: &str, text: &[u8]) -> rustix::io::Result<()> {
        let file = self.open(path, OFlags::WRONLY)?;
        rustix::io::write(&file, text).map(drop)
    }

    /// The name of our own directory in it: our pid in the namespace that it shows.
    pub fn own(&self) -> Result<String> {
        let text = readlinkat(&self.fd, c"self", Vec::new()).on("readlink", "/proc/self")?;
        Ok(text.to_string_lossy().into_owned())
    }

    /// Opens an O_PATH descriptor for use, through its magic link; the only magic link we follow.
    pub fn reopen(&self, fd: BorrowedFd<'_>, flags: OFlags) -> rustix::io::Result<OwnedFd> {
        let path = alloc::format!("self/fd/{}", fd.as_raw_fd());
        openat(&self.fd, path, flags | OFlags::CLOEXEC, Mode::empty())
    }
}

impl AsFd for Procfs {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

fn checked(fd: OwnedFd) -> Result<Procfs> {
    let magic = fstatfs(&fd).on("fstatfs", "/proc")?.f_type as i64;
    let inode = fstat(&fd).on("fstat", "/proc")?.st_ino;
    if magic != PROC_MAGIC || inode != PROC_ROOT_INODE {
        return Err(Error::refused("open", "/proc", "it is not the root of a procfs"));
    }
    Ok(Procfs { fd })
}

fn clone_flags() -> OpenTreeFlags {
    OpenTreeFlags::OPEN_TREE_CLONE | OpenTreeFlags::OPEN_TREE_CLOEXEC
}

fn fresh(only_pids: bool) -> rustix::io::Result<OwnedFd> {
    let context = fsopen(c"proc", FsOpenFlags::FSOPEN_CLOEXEC)?;
    if only_pids {
        // Before Linux 5.8 there is no such option; the whole procfs must do then.
        let _ = fsconfig_set_string(&context, c"subset", c"pid");
    }
    fsconfig_create(&context)?;
    let attr = MountAttrFlags::MOUNT_ATTR_NOSUID
        | MountAttrFlags::MOUNT_ATTR_NODEV
        | MountAttrFlags::MOUNT_ATTR_NOEXEC;
    fsmount(&context, FsMountFlags::FSMOUNT_CLOEXEC, attr)
}
