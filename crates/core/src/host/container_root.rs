//! The root of a container as a descriptor: what its first process sees, or, when it does not run, its
//! layers with its volumes, mounted where nobody else sees them and gone with this thread.

use super::files::{open, read_all};
use super::in_root::open_in_root;
use super::overlay;
use crate::failure::{At, Failure, Result};
use rundlet_plan::{ContainerRoot, OverlayLayers, RootVolume};
use rustix::fd::{AsRawFd, OwnedFd};
use rustix::fs::{CWD, Mode, OFlags, openat};
use rustix::io::Errno;
use rustix::mount::{
    MountFlags, MountPropagationFlags, MoveMountFlags, OpenTreeFlags, mount_change, mount_remount,
    move_mount, open_tree,
};

const PLACE: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

/// Runs `work` with the root; what was mounted for it is away afterwards, also when this process is killed.
pub fn with_root<T: Send>(
    root: &ContainerRoot,
    work: impl FnOnce(OwnedFd) -> Result<T> + Send,
) -> Result<T> {
    if root.pid > 0 {
        return work(root_of_process(root.pid, &root.id)?);
    }
    if !root.directory.is_empty() {
        return work(open(&root.directory, PLACE, 0)?);
    }
    let Some(layers) = &root.layers else {
        return Err(Failure::text(&*root.id, "the container has no layers"));
    };
    let mount = overlay::detached_root(layers)?;
    if root.volumes.is_empty() {
        return work(openat(&mount, ".", PLACE, Mode::empty()).at("openat", &layers.upper)?);
    }
    in_own_namespace(|| work(attach(&mount, layers, &root.volumes)?))
}

/// Only while the process is one of the container's: a pid may be another's by now.
fn root_of_process(pid: i32, id: &str) -> Result<OwnedFd> {
    let path = format!("/proc/{pid}");
    let process = open(&path, PLACE, 0)?;
    let flags = OFlags::RDONLY | OFlags::CLOEXEC;
    let cgroup = openat(&process, "cgroup", flags, Mode::empty()).at("openat", &path)?;
    let groups = read_all(&cgroup, 1 << 16, &path)?;
    if !String::from_utf8_lossy(&groups).contains(id) {
        return Err(Failure::kernel("openat", Errno::SRCH, path));
    }
    openat(&process, "root", PLACE, Mode::empty()).at("openat", &path)
}

fn in_own_namespace<T: Send>(work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    let run = || {
        nix::sched::unshare(nix::sched::CloneFlags::CLONE_NEWNS)
            .map_err(|errno| Errno::from_raw_os_error(errno as i32))
            .at("unshare", "mnt")?;
        mount_change("/", MountPropagationFlags::PRIVATE | MountPropagationFlags::REC)
            .at("mount", "/")?;
        work()
    };
    std::thread::scope(|scope| {
        scope.spawn(run).join().unwrap_or_else(|_| Err(Failure::text("", "the thread panicked")))
    })
}

fn attach(mount: &OwnedFd, layers: &OverlayLayers, volumes: &[RootVolume]) -> Result<OwnedFd> {
    // Its own upper directory is a place that is surely there.
    let place = format!("{}/{}", layers.home, layers.upper);
    move_mount(mount, "", CWD, place.as_str(), MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH)
        .at("move_mount", &place)?;
    let root = open(&place, PLACE, 0)?;
    for volume in volumes {
        let target = match open_in_root(&root, &volume.destination, OFlags::PATH) {
            // It is made when the container is started.
            Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => continue,
            other => other.at("openat2", &volume.destination)?,
        };
        let clone = OpenTreeFlags::OPEN_TREE_CLONE
            | OpenTreeFlags::OPEN_TREE_CLOEXEC
            | OpenTreeFlags::AT_RECURSIVE;
        let tree = match open_tree(CWD, volume.source.as_str(), clone) {
            Err(Errno::NOENT) => continue,
            other => other.at("open_tree", &volume.source)?,
        };
        let flags =
            MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH | MoveMountFlags::MOVE_MOUNT_T_EMPTY_PATH;
        move_mount(&tree, "", &target, "", flags).at("move_mount", &volume.destination)?;
        if volume.readonly {
            let flags = MountFlags::BIND | MountFlags::RDONLY;
            mount_remount(format!("/proc/self/fd/{}", tree.as_raw_fd()), flags, "")
                .at("mount", &volume.destination)?;
        }
    }
    Ok(root)
}
