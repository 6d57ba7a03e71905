//! `signalGroup`: a signal to every process of groups.

use super::freezer::FrozenV1;
use super::hierarchies::{CGROUP_MAGIC, CGROUP2_MAGIC, magic};
use super::listing::cgroup_processes;
use crate::failure::{Failure, Result};
use crate::host::files::{open, write_all};
use crate::sys::pidfd::kill;
use rundlet_plan::{CgroupPaths, SignalGroup};
use rustix::fs::{Access, OFlags, access};
use rustix::io::Errno;

const SIGKILL: i32 = 9;

pub fn signal_group(args: SignalGroup) -> Result<()> {
    let mut rest = Vec::new();
    for path in args.paths {
        match magic(&path) {
            // One write kills them all, forks included (kernel 5.14).
            Ok(CGROUP2_MAGIC) if args.signal == SIGKILL && killed(&path)? => {}
            Ok(CGROUP_MAGIC | CGROUP2_MAGIC) => rest.push(path),
            Ok(_) => return Err(Failure::text(path, "not in a cgroup filesystem")),
            Err(Errno::NOENT) => {}
            Err(errno) => return Err(Failure::kernel("statfs", errno, path)),
        }
    }
    // Frozen, no process can fork or leave while the list is read and worked off, and no number in
    // it can pass to another process.
    let freezer =
        rest.iter().find(|path| access(format!("{path}/freezer.state"), Access::EXISTS).is_ok());
    let frozen = freezer.and_then(|path| FrozenV1::freeze(path));
    let mut failed = None;
    for pid in cgroup_processes(CgroupPaths { paths: rest })?.pids {
        match kill(pid, args.signal) {
            Ok(()) | Err(Errno::SRCH) => {}
            Err(errno) => failed = Some(Failure::kernel("kill", errno, pid.to_string())),
        }
    }
    drop(frozen);
    failed.map_or(Ok(()), Err)
}

/// False where the kernel has no `cgroup.kill`, and for a threaded group.
fn killed(path: &str) -> Result<bool> {
    let file = format!("{path}/cgroup.kill");
    match open(&file, OFlags::WRONLY, 0) {
        Ok(fd) => match write_all(&fd, b"1", &file) {
            Err(failure) if failure.is(Errno::OPNOTSUPP) => Ok(false),
            done => done.map(|()| true),
        },
        Err(failure) if failure.is(Errno::NOENT) => Ok(false),
        Err(failure) => Err(failure),
    }
}
