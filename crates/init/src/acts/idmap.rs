//! Mounts whose owners are mapped: the kernel takes the maps from a user namespace, which nobody has to
//! be in. <https://man7.org/linux/man-pages/man2/mount_setattr.2.html>

use crate::attach;
use crate::container::Container;
use crate::error::{Context, Error, Result, words};
use crate::sys;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use rundlet_plan::{IdMap, MountIds};
use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::{CWD, Mode, OFlags, openat, readlinkat};
use rustix::io::Errno;
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::{Pid, Signal, kill_process};

/// A user namespace that mounts take their maps from; many mounts have the same.
pub struct Maps {
    of: MountIds,
    namespace: OwnedFd,
}

pub fn map(container: &mut Container, tree: &OwnedFd, ids: &MountIds, path: &str) -> Result<()> {
    let same = |maps: &Maps| {
        maps.of.namespace == ids.namespace && maps.of.uid == ids.uid && maps.of.gid == ids.gid
    };
    let namespace = match container.id_maps.iter().position(same) {
        Some(at) => &container.id_maps[at].namespace,
        None => {
            let namespace = namespace_of(ids, path)?;
            container.id_maps.push(Maps { of: ids.clone(), namespace });
            &container.id_maps[container.id_maps.len() - 1].namespace
        }
    };
    attach::map_ids(tree.as_fd(), ids.recursive, namespace.as_fd()).map_err(|errno| {
        let mut text = format!("failed to set MOUNT_ATTR_IDMAP on {path}: {}", words(errno));
        if errno == Errno::INVAL {
            text.push_str(
                " (maybe the filesystem used doesn't support idmap mounts on this kernel?)",
            );
        }
        Error::kernel("mount_setattr", errno, path).with_detail(text)
    })
}

fn namespace_of(ids: &MountIds, path: &str) -> Result<OwnedFd> {
    if ids.namespace.is_empty() { new_namespace(ids, path) } else { open(&ids.namespace) }
}

fn open(path: &str) -> Result<OwnedFd> {
    openat(CWD, path, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()).on("open", path)
}

/// Made by a child that does nothing and is ended as soon as the maps are written.
fn new_namespace(ids: &MountIds, path: &str) -> Result<OwnedFd> {
    let flags = u64::from(linux_raw_sys::general::CLONE_NEWUSER);
    let explained = |errno| {
        let text = format!("failed to create userns for {path} id-mapping: {}", words(errno));
        Error::kernel("clone3", errno, path).with_detail(text)
    };
    let (told, tell) = pipe_with(PipeFlags::CLOEXEC).on("pipe2", path)?;
    let parent = rustix::process::getpid();
    let sys::Forked::Parent { pid, .. } = sys::clone(flags, None).map_err(explained)? else {
        sys::end_with(parent);
        // Its number in /proc, which may be that of another pid namespace than ours.
        if let Ok(own) = readlinkat(CWD, c"/proc/self", Vec::new()) {
            let _ = rustix::io::write(&tell, own.as_bytes());
        }
        drop(tell);
        sys::wait_for_the_end()
    };
    drop(tell);
    let mut text = [0u8; 16];
    let made = rustix::io::read(&told, &mut text).on("read", path).and_then(|length| {
        let own = format!("/proc/{}", String::from_utf8_lossy(&text[..length]));
        write_maps(&own, ids)?;
        open(&format!("{own}/ns/user"))
    });
    // It is a child of ours that nobody else reaps.
    if let Some(child) = Pid::from_raw(pid) {
        let _ = kill_process(child, Signal::KILL);
    }
    sys::wait_exit(pid, true).on("waitid", path)?;
    made
}

fn write_maps(own: &str, ids: &MountIds) -> Result<()> {
    write(&format!("{own}/uid_map"), &ids.uid)?;
    write(&format!("{own}/gid_map"), &ids.gid)
}

/// The kernel takes a map in one write only.
fn write(path: &str, maps: &[IdMap]) -> Result<()> {
    let lines: String =
        maps.iter().map(|map| format!("{} {} {}\n", map.container, map.host, map.size)).collect();
    let file =
        openat(CWD, path, OFlags::WRONLY | OFlags::CLOEXEC, Mode::empty()).on("open", path)?;
    rustix::io::write(&file, lines.as_bytes()).on("write", path).map(drop)
}
