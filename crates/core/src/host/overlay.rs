//! Overlay mounts of the layer store, as Docker's overlay2 driver makes them.

use super::files::open;
use super::init_layer::fill_plainly;
use super::remove_tree::remove_tree;
use super::tree::{make_directory_at, make_entry};
use crate::failure::{At, Failure, Result};
use rundlet_plan::{FillInitLayer, MountOverlay, OverlayLayers, Path, RemoveTree, TreeEntry};
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{Access, AtFlags, CWD, Mode, OFlags, StatxAttributes, StatxFlags};
use rustix::io::Errno;
use rustix::mount::{
    FsMountFlags, FsOpenFlags, MountAttrFlags, MountFlags, UnmountFlags, fsconfig_create,
    fsconfig_set_string, fsmount, fsopen, mount, unmount,
};
use rustix::process::fchdir;
use std::ffi::CString;

/// What the kernel takes as the value of one `fsconfig` string (fs/fsopen.c).
const MAX_STRING: usize = 255;
const OVERLAYFS_SUPER_MAGIC: u64 = 0x794c_7630;

/// `mountOverlay`, by mount(2): its options then read in mountinfo as Docker's, which people parse.
pub fn mount_overlay(args: MountOverlay) -> Result<()> {
    let OverlayLayers { home, .. } = &args.layers;
    let target = format!("{home}/{}", args.target);
    match rustix::fs::mkdir(&target, Mode::from_raw_mode(0o755)) {
        Ok(()) => rustix::fs::chmod(&target, Mode::from_raw_mode(0o755)).at("chmod", &target)?,
        Err(Errno::EXIST) if is_overlay(&target) => return Ok(()),
        Err(Errno::EXIST) => {}
        Err(errno) => return Err(Failure::kernel("mkdir", errno, target)),
    }
    let volatile = args.volatile.unwrap_or(false);
    match mount_at(&args.layers, &args.target, volatile) {
        // Once volatile, the kernel wants to be told that nothing was lost; the files were always there.
        Err(failure) if failure.is(Errno::INVAL) && was_volatile(&args.layers)? => {
            mount_at(&args.layers, &args.target, volatile)
        }
        result => result,
    }
}

/// Takes the mark away that an earlier volatile mount left in the work directory.
fn was_volatile(OverlayLayers { home, work, .. }: &OverlayLayers) -> Result<bool> {
    let path = format!("{home}/{work}/work/incompat");
    match rustix::fs::access(&path, Access::EXISTS) {
        Ok(()) => remove_tree(RemoveTree { path }).map(|()| true),
        Err(_) => Ok(false),
    }
}

/// Absolute paths where they fit in a page, else paths relative to `home`, as Docker does it.
fn mount_at(layers: &OverlayLayers, target: &str, volatile: bool) -> Result<()> {
    let page = rustix::param::page_size();
    let last = if volatile { ",volatile" } else { "" };
    let absolute = options(layers, &format!("{}/", layers.home)) + last;
    let place = format!("{}/{target}", layers.home);
    if absolute.len() < page {
        return mount_call(&absolute, &place).at("mount", &place);
    }
    let relative = options(layers, "") + last;
    if relative.len() >= page {
        let detail = "the options of the overlay exceed a page";
        return Err(Failure::kernel("mount", Errno::TOOBIG, place).detail(detail));
    }
    in_directory(&layers.home, || mount_call(&relative, target)).at("mount", &place)
}

fn options(layers: &OverlayLayers, prefix: &str) -> String {
    let lower: Vec<_> = layers.lower.iter().map(|layer| format!("{prefix}{layer}")).collect();
    let OverlayLayers { upper, work, .. } = layers;
    format!(
        "index=off,lowerdir={},upperdir={prefix}{upper},workdir={prefix}{work}",
        lower.join(":")
    )
}

fn mount_call(options: &str, target: &str) -> rustix::io::Result<()> {
    let options = CString::new(options).map_err(|_| Errno::INVAL)?;
    mount("overlay", target, "overlay", MountFlags::empty(), options.as_c_str())
}

/// Runs `work` with `directory` as working directory, on a thread that shares it with no other.
fn in_directory<T: Send>(
    directory: &str,
    work: impl FnOnce() -> rustix::io::Result<T> + Send,
) -> rustix::io::Result<T> {
    let run = || {
        nix::sched::unshare(nix::sched::CloneFlags::CLONE_FS)
            .map_err(|errno| Errno::from_raw_os_error(errno as i32))?;
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        fchdir(rustix::fs::open(directory, flags, Mode::empty())?)?;
        work()
    };
    std::thread::scope(|scope| scope.spawn(run).join().unwrap_or(Err(Errno::IO)))
}

/// A mount point of overlayfs.
fn is_overlay(path: &str) -> bool {
    let Ok(stat) = rustix::fs::statx(CWD, path, AtFlags::SYMLINK_NOFOLLOW, StatxFlags::TYPE) else {
        return false;
    };
    let Ok(system) = rustix::fs::statfs(path) else { return false };
    stat.stx_attributes.contains(StatxAttributes::MOUNT_ROOT)
        && system.f_type as u64 == OVERLAYFS_SUPER_MAGIC
}

/// `unmount`: lazily, so that a process with its directory in there hinders nobody.
pub fn unmount_path(args: Path) -> Result<()> {
    let path = &args.path;
    match unmount(path, UnmountFlags::DETACH | UnmountFlags::NOFOLLOW) {
        // EINVAL: not a mount point.
        Ok(()) | Err(Errno::INVAL | Errno::NOENT) => {}
        Err(errno) => return Err(Failure::kernel("umount2", errno, path)),
    }
    match rustix::fs::rmdir(path) {
        Ok(()) | Err(Errno::NOENT) => Ok(()),
        Err(errno) => Err(Failure::kernel("rmdir", errno, path)),
    }
}

pub fn fill_init_layer(args: FillInitLayer) -> Result<()> {
    let FillInitLayer { layers, target, entries } = args;
    let flags = OFlags::RDONLY | OFlags::DIRECTORY;
    if layers.lower.is_empty() {
        let upper = open(&format!("{}/{}", layers.home, layers.upper), flags, 0)?;
        return fill(upper.as_fd(), &entries);
    }
    if fill_plainly(&layers, &entries)? {
        return Ok(());
    }
    match detached(&layers) {
        // Closing it takes the mount away, also when this process is killed.
        Ok(mount) => {
            let root = rustix::fs::openat(&mount, ".", flags | OFlags::CLOEXEC, Mode::empty())
                .at("openat", &layers.upper)?;
            fill(root.as_fd(), &entries)
        }
        // Before Linux 5.2 (fsopen) and 6.5 (`lowerdir+`).
        Err(Errno::NOSYS | Errno::INVAL | Errno::NODEV) => fill_at(&layers, &target, &entries),
        Err(errno) => Err(Failure::kernel("fsmount", errno, format!("{}/{target}", layers.home))),
    }
}

/// The layers mounted where nobody sees it: closing the descriptor takes the mount away.
pub fn detached_root(layers: &OverlayLayers) -> Result<OwnedFd> {
    let subject = format!("{}/{}", layers.home, layers.upper);
    detached(layers).at("fsmount", &subject)
}

fn detached(layers: &OverlayLayers) -> rustix::io::Result<OwnedFd> {
    let prefix = format!("{}/", layers.home);
    let longest = layers.lower.iter().chain([&layers.upper, &layers.work]).map(String::len).max();
    if prefix.len() + longest.unwrap_or(0) <= MAX_STRING {
        return detached_from(layers, &prefix);
    }
    in_directory(&layers.home, || detached_from(layers, ""))
}

fn detached_from(layers: &OverlayLayers, prefix: &str) -> rustix::io::Result<OwnedFd> {
    let context = fsopen("overlay", FsOpenFlags::FSOPEN_CLOEXEC)?;
    let set = |key: &str, path: &str| {
        fsconfig_set_string(&context, key, format!("{prefix}{path}").as_str())
    };
    fsconfig_set_string(&context, "source", "overlay")?;
    fsconfig_set_string(&context, "index", "off")?;
    layers.lower.iter().try_for_each(|layer| set("lowerdir+", layer))?;
    set("upperdir", &layers.upper)?;
    set("workdir", &layers.work)?;
    fsconfig_create(&context)?;
    fsmount(&context, FsMountFlags::FSMOUNT_CLOEXEC, MountAttrFlags::empty())
}

fn fill_at(layers: &OverlayLayers, target: &str, entries: &[TreeEntry]) -> Result<()> {
    mount_overlay(MountOverlay {
        layers: layers.clone(),
        target: target.to_owned(),
        volatile: None,
    })?;
    let path = format!("{}/{target}", layers.home);
    let filled = open(&path, OFlags::RDONLY | OFlags::DIRECTORY, 0)
        .and_then(|root| fill(root.as_fd(), entries));
    let unmounted = unmount_path(Path { path });
    filled.and(unmounted)
}

/// moby's rules (daemon/initlayer): what is no directory on the way to an entry is removed, then the
/// entry is made unless a directory stands there. No symlink is left on the way to follow.
fn fill(root: BorrowedFd<'_>, entries: &[TreeEntry]) -> Result<()> {
    for entry in entries {
        let (way, name) = entry.path.rsplit_once('/').unwrap_or(("", &entry.path));
        let mut parent = reopen(root, &entry.path)?;
        for part in way.split('/').filter(|part| !part.is_empty()) {
            parent = descend(parent.as_fd(), part)?;
        }
        if !clear(parent.as_fd(), name)? {
            make_entry(&parent, name, entry)?;
        }
    }
    Ok(())
}

fn reopen(root: BorrowedFd<'_>, subject: &str) -> Result<OwnedFd> {
    rustix::io::fcntl_dupfd_cloexec(root, 3).at("fcntl", subject)
}

fn descend(parent: BorrowedFd<'_>, part: &str) -> Result<OwnedFd> {
    if clear(parent, part)? {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        return rustix::fs::openat(parent, part, flags, Mode::empty()).at("openat", part);
    }
    make_directory_at(parent, part, 0o755)
}

/// Removes what is no directory; true if a directory stands there.
fn clear(parent: BorrowedFd<'_>, name: &str) -> Result<bool> {
    match rustix::fs::unlinkat(parent, name, AtFlags::empty()) {
        Ok(()) | Err(Errno::NOENT) => Ok(false),
        Err(Errno::ISDIR) => Ok(true),
        Err(errno) => Err(Failure::kernel("unlinkat", errno, name)),
    }
}
