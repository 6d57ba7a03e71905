//! `cgroupRemove`: sub-groups first, patient with processes that are still on their way out.

use super::hierarchies::{CGROUP_MAGIC, CGROUP2_MAGIC, magic};
use super::listing::subgroups;
use crate::failure::{At, Failure, Result};
use crate::host::files::open;
use rundlet_plan::CgroupPaths;
use rustix::fd::OwnedFd;
use rustix::fs::{AtFlags, Mode, OFlags};
use rustix::io::Errno;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(1);

pub fn cgroup_remove(args: CgroupPaths) -> Result<()> {
    remove_all(&args.paths)
}

/// All in one pass, then the busy ones again and again: a process leaves its groups shortly before
/// its exit can be seen, and the time one group needs is time the others have had.
pub fn remove_all(paths: &[String]) -> Result<()> {
    let mut busy: Vec<&str> = Vec::new();
    for path in paths {
        super::check_path(path)?;
        if !removed(path)? {
            busy.push(path);
        }
    }
    let start = Instant::now();
    let mut pause = Duration::from_micros(50);
    while !busy.is_empty() {
        if start.elapsed() > PATIENCE {
            return Err(Failure::kernel("rmdir", Errno::BUSY, busy[0]));
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(20));
        let mut still = Vec::new();
        for path in busy {
            if !removed(path)? && !removed_with_subgroups(path)? {
                still.push(path);
            }
        }
        busy = still;
    }
    Ok(())
}

/// False if it is busy.
fn removed(path: &str) -> Result<bool> {
    if !path.starts_with("/sys/fs/cgroup/") {
        match magic(path) {
            Ok(CGROUP_MAGIC | CGROUP2_MAGIC) => {}
            Ok(_) => return Err(Failure::text(path, "not in a cgroup filesystem")),
            Err(Errno::NOENT) => return Ok(true),
            Err(errno) => return Err(Failure::kernel("statfs", errno, path)),
        }
    }
    done(rustix::fs::rmdir(path), path)
}

fn done(result: rustix::io::Result<()>, path: &str) -> Result<bool> {
    match result {
        Ok(()) | Err(Errno::NOENT) => Ok(true),
        Err(Errno::BUSY) => Ok(false),
        Err(errno) => Err(Failure::kernel("rmdir", errno, path)),
    }
}

fn removed_with_subgroups(path: &str) -> Result<bool> {
    match open(path, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW, 0) {
        Ok(directory) => {
            empty(&directory, path)?;
            removed(path)
        }
        Err(failure) if failure.is(Errno::NOENT) => Ok(true),
        Err(failure) => Err(failure),
    }
}

/// Depth first; a busy sub-group is left for the next round.
fn empty(directory: &OwnedFd, path: &str) -> Result<()> {
    for name in subgroups(directory, path)? {
        let child = format!("{path}/{}", name.to_string_lossy());
        if done(rustix::fs::unlinkat(directory, &name, AtFlags::REMOVEDIR), &child)? {
            continue;
        }
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        match rustix::fs::openat(directory, &name, flags, Mode::empty()) {
            Ok(fd) => empty(&fd, &child)?,
            Err(Errno::NOENT) => continue,
            Err(errno) => return Err(errno).at("openat", &child),
        }
        done(rustix::fs::unlinkat(directory, &name, AtFlags::REMOVEDIR), &child)?;
    }
    Ok(())
}
