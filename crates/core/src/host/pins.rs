//! Mounts beside a running container: its network namespace kept by a bind mount, its shared /dev/shm.

use super::files::open;
use super::processes::open_process;
use crate::failure::{At, Failure, Result};
use rundlet_plan::{MountShm, MountVolume, Path, PinNamespace};
use rustix::fd::AsRawFd;
use rustix::fs::{AtFlags, OFlags, StatxAttributes, StatxFlags};
use rustix::io::Errno;
use rustix::mount::{MountFlags, MountPropagationFlags, UnmountFlags};

/// `pinNamespace`: an empty file with the namespace mounted on it, as `ip netns` and Docker keep theirs.
pub fn pin_namespace(args: PinNamespace) -> Result<()> {
    // Held open: the pid cannot become another process's between the look and the mount.
    let _process = open_process(args.process)?;
    let source = format!("/proc/{}/ns/{}", args.process.pid, args.kind);
    let flags = OFlags::RDONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW;
    drop(open(&args.path, flags, 0o444)?);
    rustix::mount::mount_bind(&source, &args.path).at("mount", &args.path).inspect_err(|_| {
        let _ = rustix::fs::unlink(&args.path);
    })
}

/// `unpin`: detaches it and removes the file; neither being there is no error.
pub fn unpin(args: Path) -> Result<()> {
    detach(&args.path)?;
    match rustix::fs::unlink(&args.path) {
        Ok(()) | Err(Errno::NOENT) => Ok(()),
        Err(errno) => Err(Failure::kernel("unlink", errno, args.path)),
    }
}

/// `mountShm`: the tmpfs that containers with `--ipc container:X` share, on a new directory; one that is
/// mounted there already (a crash) makes way.
pub fn mount_shm(args: MountShm) -> Result<()> {
    let MountShm { path, size } = args;
    match rustix::fs::mkdir(&path, 0o700.into()) {
        Ok(()) => {}
        Err(Errno::EXIST) => detach(&path)?,
        Err(errno) => return Err(Failure::kernel("mkdir", errno, path)),
    }
    let flags = MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC;
    let data = std::ffi::CString::new(format!("mode=1777,size={size}")).unwrap_or_default();
    rustix::mount::mount("shm", &path, "tmpfs", flags, data.as_c_str()).at("mount", &path)?;
    // No copy of it in other namespaces that would keep it alive.
    rustix::mount::mount_change(&path, MountPropagationFlags::PRIVATE).at("mount", &path)
}

/// `mountVolume`: on the directory itself, never through a link; the kernel gets what `mount -t` would
/// give it.
pub fn mount_volume(args: MountVolume) -> Result<()> {
    let MountVolume { source, target, kind, flags, data } = args;
    let directory = open(&target, OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW, 0)?;
    let stat = rustix::fs::statx(&directory, c"", AtFlags::EMPTY_PATH, StatxFlags::TYPE);
    if stat.at("statx", &target)?.stx_attributes.contains(StatxAttributes::MOUNT_ROOT) {
        return Ok(());
    }
    let place = format!("/proc/self/fd/{}", directory.as_raw_fd());
    let flags = MountFlags::from_bits_retain(flags);
    let data = std::ffi::CString::new(data).unwrap_or_default();
    rustix::mount::mount(&source, &place, &kind, flags, data.as_c_str()).at("mount", &source)?;
    // A bind takes its other flags only in a second step.
    let binding = MountFlags::BIND | MountFlags::REC;
    if !flags.contains(MountFlags::BIND) || binding.contains(flags) {
        return Ok(());
    }
    let flags = (flags | MountFlags::BIND) - MountFlags::REC;
    rustix::mount::mount_remount(&target, flags, data.as_c_str()).at("mount", &source).inspect_err(
        |_| {
            let _ = detach(&target);
        },
    )
}

/// `detach`: all that is stacked there; the directory stays.
pub fn detach_path(args: Path) -> Result<()> {
    let path = &args.path;
    loop {
        match rustix::mount::unmount(path, UnmountFlags::DETACH | UnmountFlags::NOFOLLOW) {
            Ok(()) => {}
            Err(Errno::INVAL | Errno::NOENT) => return Ok(()),
            Err(errno) => return Err(Failure::kernel("umount2", errno, path)),
        }
    }
}

fn detach(path: &str) -> Result<()> {
    match rustix::mount::unmount(path, UnmountFlags::DETACH | UnmountFlags::NOFOLLOW) {
        // EINVAL: nothing is mounted there.
        Ok(()) | Err(Errno::INVAL | Errno::NOENT) => Ok(()),
        Err(errno) => Err(Failure::kernel("umount2", errno, path)),
    }
}
