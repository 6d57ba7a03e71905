//! cgroup v2: one tree, controllers enabled on the way down, devices by eBPF.
//! <https://docs.kernel.org/admin-guide/cgroup-v2.html>

use super::devices_bpf;
use super::group::{make_directories, must_be_cgroup, must_be_empty};
use super::hierarchies::CGROUP2_MAGIC;
use super::v1::file_path;
use crate::failure::{At, Failure, Result};
use crate::host::facts::in_user_namespace;
use crate::host::files::{open, read_all, read_small, write_all};
use crate::sys::bpf;
use rundlet_plan::{CgroupDir, CgroupPlan, CgroupWrite, ProcessRef};
use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::{AtFlags, Mode, OFlags, Uid, chownat, openat};
use rustix::io::Errno;

/// Make the group and everything in force in it before a process is cloned into it. → its directory.
pub fn make(
    made: &mut Vec<String>,
    plan: &CgroupPlan,
    group: &CgroupDir,
    path: &str,
) -> Result<OwnedFd> {
    let trouble = make_way_down(made, group)?;
    if !make_directories(made, path)? && plan.systemd.is_none() {
        must_be_empty(path)?;
    }
    let fd = open(path, OFlags::RDONLY | OFlags::DIRECTORY, 0)?;
    must_be_cgroup(&fd, CGROUP2_MAGIC, path)?;
    settle_type(&fd, group, path)?;
    for write in &group.writes {
        write_limit(path, write, &trouble)?;
    }
    if !plan.devices.is_empty() {
        replace_device_program(&fd, plan, path)?;
    }
    if let Some(owner) = group.owner {
        delegate(&fd, owner, path)?;
    }
    Ok(fd)
}

/// The directory, to make groups in it, and the files that the kernel lists, to move processes and to
/// enable controllers; limits stay ours.
fn delegate(group: &OwnedFd, owner: u32, path: &str) -> Result<()> {
    let listed = read_small("/sys/kernel/cgroup/delegate").unwrap_or_else(|_| {
        // Linux before 4.15.
        "cgroup.procs\ncgroup.threads\ncgroup.subtree_control\n".to_owned()
    });
    let owner = Some(Uid::from_raw(owner));
    rustix::fs::fchown(group, owner, None).at("fchown", path)?;
    for file in listed.split_whitespace() {
        match chownat(group, file, owner, None, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(()) | Err(Errno::NOENT) => {}
            Err(errno) => return Err(Failure::kernel("fchownat", errno, format!("{path}/{file}"))),
        }
    }
    Ok(())
}

/// A group below one with threads in groups of their own, or with processes beside controllers, is no
/// domain: no process may enter it before it is threaded itself, and then only some controllers count for
/// it. As runc: threaded where nothing else is asked, an error in its words where something is.
fn settle_type(fd: &OwnedFd, group: &CgroupDir, path: &str) -> Result<()> {
    let file = openat(fd, "cgroup.type", OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty());
    let kind = file.map_or(Ok(Vec::new()), |file| read_all(&file, 64, path))?;
    // Kernels before 4.14 know domains only.
    if kind.is_empty() || kind.trim_ascii() == b"domain" {
        return Ok(());
    }
    let domain = group.writes.iter().find(|write| is_domain_limit(&write.file));
    let mut level = group.mount.clone();
    for name in group.path.split('/').filter(|name| !name.is_empty()) {
        level = format!("{level}/{name}");
        let kind = read_small(&format!("{level}/cgroup.type"))?;
        let state = match (kind.trim(), domain) {
            ("domain invalid", None) => {
                let file = format!("{level}/cgroup.type");
                write_all(&open(&file, OFlags::WRONLY, 0)?, b"threaded", &file)?;
                continue;
            }
            ("domain invalid", Some(_)) => "an invalid state",
            ("threaded", Some(_)) => "threaded mode",
            ("domain threaded", Some(_)) => "domain threaded mode",
            _ => continue,
        };
        let words = format!("cannot enter cgroupv2 {level:?} with domain controllers");
        let failure = Failure::text(level, format!("{words} -- it is in {state}"));
        return Err(failure.asked_by(domain.map_or("", |write| &write.from)));
    }
    Ok(())
}

/// Of a controller that takes no threaded groups, and `cpu`, which runc counts among them.
fn is_domain_limit(file: &str) -> bool {
    ["memory.", "io.", "cpu.", "hugetlb."].iter().any(|controller| file.starts_with(controller))
}

/// The directory of a group that a further process joins: the container's, or that of its first process
/// `of`, where the container has moved itself further down, since a group whose children have
/// controllers takes no processes ("no internal processes"), or has been given another group.
pub fn to_join(group: &CgroupDir, path: String, of: Option<ProcessRef>) -> Result<OwnedFd> {
    let directory = open(&path, OFlags::RDONLY | OFlags::DIRECTORY, 0);
    let Some(of) = of else { return directory };
    let usable = directory.is_ok()
        && read_small(&format!("{path}/cgroup.subtree_control"))
            .is_ok_and(|enabled| enabled.trim().is_empty());
    if usable {
        return directory;
    }
    let text = read_small(&format!("/proc/{}/cgroup", of.pid)).unwrap_or_default();
    match text.lines().find_map(|line| line.strip_prefix("0::")) {
        Some(own) if own != "/" => {
            open(&format!("{}{own}", group.mount), OFlags::RDONLY | OFlags::DIRECTORY, 0)
                .or(directory)
        }
        _ => directory,
    }
}

/// From the mount point to the parent: make each group and enable the controllers for its children.
/// → what could not be enabled and why; no error by itself, since perhaps nothing is asked of it.
fn make_way_down(made: &mut Vec<String>, group: &CgroupDir) -> Result<Vec<Failure>> {
    let mut trouble = Vec::new();
    let mut path = group.mount.clone();
    let parents = group.path.rsplit_once('/').map_or("", |(parents, _)| parents);
    for name in parents.split('/') {
        if !name.is_empty() {
            path = format!("{path}/{name}");
            make_directories(made, &path)?;
        }
        enable(&path, &group.controllers, &mut trouble)?;
    }
    Ok(trouble)
}

/// A controller is enabled once for all; usually there is nothing to do. All in one write; where the
/// kernel refuses that, one by one: ENOENT is a controller it does not have, EBUSY a group that has
/// processes of its own ("no internal processes"), EOPNOTSUPP a threaded group, which takes threaded
/// controllers only.
fn enable(path: &str, controllers: &[String], trouble: &mut Vec<Failure>) -> Result<()> {
    if controllers.is_empty() {
        return Ok(());
    }
    let name = format!("{path}/cgroup.subtree_control");
    let (fd, refused) = match open(&name, OFlags::RDWR, 0) {
        // A group above those that are delegated to this user.
        Err(failure) if failure.is_permission() => (open(&name, OFlags::RDONLY, 0)?, Some(failure)),
        opened => (opened?, None),
    };
    let enabled = read_all(&fd, 1 << 12, &name)?;
    let enabled = String::from_utf8_lossy(&enabled);
    let missing: Vec<String> = controllers
        .iter()
        .filter(|controller| !enabled.split_whitespace().any(|other| other == **controller))
        .map(|controller| format!("+{controller}"))
        .collect();
    if let Some(refused) = refused {
        trouble.extend(missing.into_iter().map(|controller| refused.clone().detail(controller)));
        return Ok(());
    }
    if missing.is_empty() || rustix::io::write(&fd, missing.join(" ").as_bytes()).is_ok() {
        return Ok(());
    }
    for controller in missing {
        if let Err(errno) = rustix::io::write(&fd, controller.as_bytes()) {
            trouble.push(Failure::kernel("write", errno, name.as_str()).detail(controller));
        }
    }
    Ok(())
}

fn write_limit(path: &str, write: &CgroupWrite, trouble: &[Failure]) -> Result<()> {
    let name = file_path(path, write)?;
    let fd = match open(&name, OFlags::WRONLY, 0) {
        Ok(fd) => fd,
        Err(failure) if write.if_exists && failure.is(Errno::NOENT) => return Ok(()),
        Err(failure) => {
            return Err(explain(failure, write, trouble).asked_by(&write.from));
        }
    };
    match rustix::io::write(&fd, write.value.as_bytes()) {
        Ok(_) => Ok(()),
        Err(errno) => Err(Failure::kernel("write", errno, name).asked_by(&write.from)),
    }
}

/// The file is missing because its controller could not be enabled further up: say where and why.
fn explain(failure: Failure, write: &CgroupWrite, trouble: &[Failure]) -> Failure {
    let controller = write.file.split('.').next().unwrap_or_default();
    let cause = trouble.iter().find(|cause| cause.detail.trim_start_matches('+') == controller);
    let Some(cause) = cause else { return failure };
    let why = match Errno::from_raw_os_error(cause.errno) {
        Errno::NOENT => "the kernel does not have it here",
        Errno::BUSY => "the group has processes of its own",
        Errno::OPNOTSUPP => "the group is threaded",
        Errno::ACCESS | Errno::PERM => "it is not delegated to this user",
        _ => "the kernel refused",
    };
    failure.detail(format!("cannot enable {controller} in {}: {why}", cause.subject))
}

/// Attach ours first, then take off what was there, so that no moment is without rules.
fn replace_device_program(group: &OwnedFd, plan: &CgroupPlan, path: &str) -> Result<()> {
    let insns = devices_bpf::program(&plan.devices)?;
    let replace = || {
        let old = bpf::device_programs(group.as_fd()).map_err(|errno| ("BPF_PROG_QUERY", errno))?;
        let program = bpf::load_device_program(&insns).map_err(|errno| ("BPF_PROG_LOAD", errno))?;
        bpf::attach_device_program(group.as_fd(), program.as_fd())
            .map_err(|errno| ("BPF_PROG_ATTACH", errno))?;
        for program in old {
            bpf::detach_device_program(group.as_fd(), program.as_fd())
                .map_err(|errno| ("BPF_PROG_DETACH", errno))?;
        }
        Ok(())
    };
    match replace() {
        // Without the right to load programs (a user namespace) the outer rules hold alone, as runc.
        Err((_, Errno::PERM)) if in_user_namespace() => Ok(()),
        Err((command, errno)) => Err(errno).at("bpf", path).map_err(|failure: Failure| {
            failure.detail(command).asked_by("/linux/resources/devices")
        }),
        Ok(()) => Ok(()),
    }
}
