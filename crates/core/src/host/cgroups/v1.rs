//! cgroup v1, one hierarchy at a time.
//! <https://docs.kernel.org/admin-guide/cgroup-v1/>

use super::devices;
use super::group::{make_directories, must_be_cgroup, must_be_empty, tasks};
use super::hierarchies::CGROUP_MAGIC;
use crate::failure::{At, Failure, Result};
use crate::host::facts::in_user_namespace;
use crate::host::files::{open, read_all, read_small};
use rundlet_plan::{CgroupDir, CgroupPlan, CgroupWrite};
use rustix::fd::OwnedFd;
use rustix::fs::OFlags;
use rustix::io::Errno;

/// Make the group, then its limits and device rules, in this order because a process that joined
/// first would run unlimited for a moment. → its `tasks`.
pub fn make(
    made: &mut Vec<String>,
    plan: &CgroupPlan,
    group: &CgroupDir,
    path: &str,
) -> Result<OwnedFd> {
    let fresh = make_directories(made, path)?;
    if !fresh && plan.systemd.is_none() {
        must_be_empty(path)?;
    }
    let fd = open(&tasks(path), OFlags::WRONLY, 0)?;
    must_be_cgroup(&fd, CGROUP_MAGIC, path)?;
    // cpuset first: no process can join a cpuset without cpus and mems.
    if group.inherit_cpuset {
        inherit_cpuset(&group.mount, path, fresh)?;
    }
    if !plan.devices.is_empty() && group.hierarchy.split(',').any(|name| name == "devices") {
        write_devices(plan, path)?;
    }
    for write in &group.writes {
        write_limit(path, write)?;
    }
    Ok(fd)
}

/// A new cpuset is empty. Fill it from its parent, the parent from its own first where that is
/// empty too.
fn inherit_cpuset(mount: &str, path: &str, fresh: bool) -> Result<()> {
    let parent = path.rsplit_once('/').map_or(mount, |(parent, _)| parent);
    for file in ["cpuset.cpus", "cpuset.mems"] {
        if !fresh {
            inherited(mount, path, file)?;
            continue;
        }
        // Empty for certain, or a copy of the parent's by cgroup.clone_children.
        let value = inherited(mount, parent, file)?;
        let name = format!("{path}/{file}");
        let fd = open(&name, OFlags::WRONLY, 0)?;
        rustix::io::write(&fd, value.as_bytes()).at("write", &name)?;
    }
    Ok(())
}

/// What the group's file holds after it has been filled from above.
fn inherited(mount: &str, path: &str, file: &str) -> Result<String> {
    let name = format!("{path}/{file}");
    if path == mount {
        return read_small(&name);
    }
    let fd = open(&name, OFlags::RDWR, 0)?;
    let own = read_all(&fd, 1 << 16, &name)?;
    if own.iter().any(|byte| !byte.is_ascii_whitespace()) {
        return Ok(String::from_utf8_lossy(&own).into_owned());
    }
    let parent = path.rsplit_once('/').map_or(mount, |(parent, _)| parent);
    let value = inherited(mount, parent, file)?;
    rustix::io::pwrite(&fd, value.as_bytes(), 0).at("write", &name)?;
    Ok(value)
}

fn write_limit(path: &str, write: &CgroupWrite) -> Result<()> {
    match open_limit(path, write)? {
        Some((fd, name)) => fill_limit(&fd, name, path, write),
        None => Ok(()),
    }
}

/// The file of a limit and its name; `None` where it may be missing and is.
pub(super) fn open_limit(path: &str, write: &CgroupWrite) -> Result<Option<(OwnedFd, String)>> {
    let name = file_path(path, write)?;
    match open(&name, OFlags::WRONLY, 0) {
        Err(failure) if write.if_exists && failure.is(Errno::NOENT) => Ok(None),
        other => Ok(Some((other.map_err(|failure| failure.asked_by(&write.from))?, name))),
    }
}

pub(super) fn fill_limit(
    fd: &OwnedFd,
    name: String,
    path: &str,
    write: &CgroupWrite,
) -> Result<()> {
    let Err(errno) = rustix::io::write(fd, write.value.as_bytes()) else { return Ok(()) };
    let failure = Failure::kernel("write", errno, name).asked_by(&write.from);
    let is_limit = write.file == "memory.limit_in_bytes";
    Err(match is_limit && errno == Errno::BUSY {
        true => failure.detail(limit_below_usage(path, &write.value)),
        false => failure,
    })
}

/// One file of the group itself, nothing below or beside it.
pub(super) fn file_path(path: &str, write: &CgroupWrite) -> Result<String> {
    if write.file.is_empty() || write.file.contains('/') || write.file.starts_with("..") {
        return Err(Failure::text(&write.file, "not a cgroup file").asked_by(&write.from));
    }
    Ok(format!("{path}/{}", write.file))
}

/// The kernel says EBUSY when it cannot reclaim down to the limit; runc's words for it.
fn limit_below_usage(path: &str, limit: &str) -> String {
    let read = |file: &str| {
        read_small(&format!("{path}/{file}")).map_or("0".into(), |text| text.trim().to_owned())
    };
    let (usage, peak) = (read("memory.usage_in_bytes"), read("memory.max_usage_in_bytes"));
    format!("unable to set memory limit to {limit} (current usage: {usage}, peak usage: {peak})")
}

/// Only the rules' outcome is written: a new group starts with its parent's list, so first the
/// default, then the exceptions to it.
fn write_devices(plan: &CgroupPlan, path: &str) -> Result<()> {
    let mut files: [Option<OwnedFd>; 2] = [None, None];
    for line in devices::outcome(&plan.devices)?.lines() {
        let name = if line.allow { "devices.allow" } else { "devices.deny" };
        let file = format!("{path}/{name}");
        let fd = match &mut files[usize::from(line.allow)] {
            Some(fd) => fd,
            slot => slot.insert(open(&file, OFlags::WRONLY, 0)?),
        };
        match rustix::io::write(&*fd, line.text.as_bytes()) {
            Ok(_) => {}
            // Only the initial user namespace's root may write device rules, and a nested container
            // is held by the rules of the one around it.
            Err(Errno::PERM) if in_user_namespace() => return Ok(()),
            Err(errno) => {
                let failure = Failure::kernel("write", errno, file).detail(line.text);
                return Err(failure.asked_by(&line.from));
            }
        }
    }
    Ok(())
}
