//! `cgroupProcesses`: the processes of groups and their sub-groups.

use crate::failure::{At, Failure, Result};
use crate::host::files::{open, read_all, read_small};
use rundlet_plan::{CgroupPaths, Pids};
use rustix::fd::OwnedFd;
use rustix::fs::{Dir, FileType, Mode, OFlags};
use rustix::io::Errno;
use std::collections::BTreeSet;
use std::ffi::CString;

pub fn cgroup_processes(args: CgroupPaths) -> Result<Pids> {
    let mut pids = BTreeSet::new();
    for path in &args.paths {
        match collect(path, &mut pids) {
            Err(failure) if gone(&failure) => {}
            other => other?,
        }
    }
    Ok(Pids { pids: pids.into_iter().collect() })
}

pub fn cgroup_demand_empty(args: CgroupPaths) -> Result<()> {
    let subject = args.paths.first().cloned().unwrap_or_default();
    match cgroup_processes(args) {
        Ok(Pids { pids }) if !pids.is_empty() => {
            Err(Failure::kernel("cgroup.procs", Errno::BUSY, subject)
                .detail(pids.len().to_string()))
        }
        _ => Ok(()),
    }
}

/// ENODEV is what files of a group answer that was removed after they were opened.
fn gone(failure: &Failure) -> bool {
    failure.is(Errno::NOENT) || failure.is(Errno::NODEV)
}

pub fn collect(path: &str, pids: &mut BTreeSet<i32>) -> Result<()> {
    let directory = open(path, OFlags::RDONLY | OFlags::DIRECTORY, 0)?;
    collect_below(directory, path, pids)
}

fn collect_below(directory: OwnedFd, path: &str, pids: &mut BTreeSet<i32>) -> Result<()> {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC;
    let procs = rustix::fs::openat(&directory, "cgroup.procs", flags, Mode::empty());
    let text = read_all(procs.at("openat", path)?, 64 << 20, path);
    match text {
        Ok(text) => {
            let text = String::from_utf8_lossy(&text);
            // 0 is a process of a pid namespace that we cannot see.
            pids.extend(
                text.lines().filter_map(|line| line.parse::<i32>().ok()).filter(|pid| *pid > 0),
            );
        }
        // A threaded group of v2 lists threads only.
        Err(failure) if failure.is(Errno::OPNOTSUPP) => {
            let threads = rustix::fs::openat(&directory, "cgroup.threads", flags, Mode::empty());
            let text = read_all(threads.at("openat", path)?, 64 << 20, path)?;
            let text = String::from_utf8_lossy(&text);
            pids.extend(text.lines().filter_map(process_of));
        }
        Err(failure) => return Err(failure),
    }
    for name in subgroups(&directory, path)? {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        match rustix::fs::openat(&directory, &name, flags, Mode::empty()) {
            Ok(child) => {
                let path = format!("{path}/{}", name.to_string_lossy());
                match collect_below(child, &path, pids) {
                    Err(failure) if gone(&failure) => {}
                    other => other?,
                }
            }
            Err(Errno::NOENT) => {}
            Err(errno) => return Err(Failure::kernel("openat", errno, path)),
        }
    }
    Ok(())
}

/// The process of a thread; `None` if it has ended.
fn process_of(thread: &str) -> Option<i32> {
    let status = read_small(&format!("/proc/{thread}/status")).ok()?;
    status.lines().find_map(|line| line.strip_prefix("Tgid:"))?.trim().parse().ok()
}

/// Names of the directories in a group's directory. Cgroup filesystems tell the entry's type.
pub fn subgroups(directory: &OwnedFd, path: &str) -> Result<Vec<CString>> {
    let mut names = Vec::new();
    for entry in Dir::read_from(directory).at("getdents64", path)? {
        match entry {
            Ok(entry) => {
                let name = entry.file_name();
                if entry.file_type() == FileType::Directory && name != c"." && name != c".." {
                    names.push(name.to_owned());
                }
            }
            Err(Errno::NOENT) => break,
            Err(errno) => return Err(Failure::kernel("getdents64", errno, path)),
        }
    }
    Ok(names)
}
