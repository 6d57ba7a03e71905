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

/// A failure that is not about processes still in the group gets so many tries.
const TRIES: u32 = 3;

/// All in one pass, then those that are left again and again: a process leaves its groups shortly before
/// its exit can be seen, and the time one group needs is time the others have had. A group that cannot be
/// removed does not keep the others.
pub fn remove_all(paths: &[String]) -> Result<()> {
    for path in paths {
        super::check_path(path)?;
    }
    let mut left: Vec<&str> = paths.iter().map(String::as_str).collect();
    let start = Instant::now();
    let mut pause = Duration::from_micros(50);
    let mut try_number = 0;
    loop {
        try_number += 1;
        let mut failure = None;
        let mut busy = 0;
        left.retain(|path| {
            let gone = match removed(path) {
                Ok(false) if try_number > 1 => removed_with_subgroups(path),
                other => other,
            };
            busy += usize::from(matches!(gone, Ok(false)));
            failure = failure.take().or(gone.as_ref().err().cloned());
            !matches!(gone, Ok(true))
        });
        let Some(path) = left.first() else { return Ok(()) };
        if (busy == 0 && try_number >= TRIES) || start.elapsed() > PATIENCE {
            return Err(failure.unwrap_or_else(|| Failure::kernel("rmdir", Errno::BUSY, *path)));
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(20));
    }
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
