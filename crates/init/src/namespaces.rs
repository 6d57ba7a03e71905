//! Joining and making namespaces, before the clone.

use crate::channel::Channel;
use crate::error::{Context, Error, Result};
use crate::sys;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use linux_raw_sys::general as k;
use rundlet_plan::{FromInit, InitPlan, JoinNamespace, ProcessRef, TimeOffset};
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{CWD, Mode, OFlags, openat};
use rustix::io::Errno;
use rustix::process::geteuid;
use rustix::thread::{Gid, Uid};

const USER: u64 = k::CLONE_NEWUSER as u64;

/// Names of the spec, of /proc/PID/ns, and `CLONE_NEW*`.
const KINDS: [(&str, &str, u64); 8] = [
    ("user", "user", USER),
    ("cgroup", "cgroup", k::CLONE_NEWCGROUP as u64),
    ("ipc", "ipc", k::CLONE_NEWIPC as u64),
    ("uts", "uts", k::CLONE_NEWUTS as u64),
    ("network", "net", k::CLONE_NEWNET as u64),
    ("pid", "pid", k::CLONE_NEWPID as u64),
    ("time", "time", k::CLONE_NEWTIME as u64),
    ("mount", "mnt", k::CLONE_NEWNS as u64),
];

pub struct Target<'a> {
    kind: u64,
    path: &'a str,
    fd: OwnedFd,
}

/// All of them, before the first is joined: after that their paths may mean something else.
pub fn open_all(list: &[JoinNamespace]) -> Result<Vec<Target<'_>>> {
    list.iter().map(open_one).collect()
}

fn open_one(join: &JoinNamespace) -> Result<Target<'_>> {
    let path = join.path.as_str();
    let Some((_, _, kind)) = KINDS.iter().find(|(name, _, _)| *name == join.kind) else {
        return Err(Error::refused("setns", path, format!("no such namespace: {}", join.kind)));
    };
    // Not blocked by a fifo that someone put there.
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    let fd = openat(CWD, path, flags, Mode::empty()).on("open", path)?;
    match sys::namespace_kind(fd.as_fd()) {
        Ok(found) if found == *kind => Ok(Target { kind: *kind, path, fd }),
        Ok(_) => {
            let text = format!("{path} is not a {} namespace", join.kind);
            Err(Error::kernel("setns", Errno::INVAL, path).with_detail(text))
        }
        Err(_) => {
            let text = format!("{path} is not a namespace");
            Err(Error::kernel("setns", Errno::INVAL, path).with_detail(text))
        }
    }
}

/// First with the rights that we have, then the user namespace, then, as its root, what we had no right
/// to: a namespace may belong to either. The pid namespace holds for the clone only.
pub fn join_all(targets: &[Target<'_>]) -> Result<()> {
    let user = targets.iter().find(|target| target.kind == USER);
    let mut left = Vec::new();
    for target in targets.iter().filter(|target| target.kind != USER) {
        match sys::setns(target.fd.as_fd(), target.kind) {
            Err(Errno::PERM) if user.is_some() => left.push(target),
            done => done.on("setns", target.path)?,
        }
    }
    if let Some(target) = user {
        sys::setns(target.fd.as_fd(), target.kind).on("setns", target.path)?;
        become_root(false)?;
    }
    for target in left {
        sys::setns(target.fd.as_fd(), target.kind).on("setns", target.path)?;
    }
    Ok(())
}

/// exec: the namespaces of a running container, all in one call where the kernel can (5.8).
pub fn join_process(pidfd: BorrowedFd<'_>, process: ProcessRef, kinds: u64) -> Result<()> {
    let subject = format!("/proc/{}", process.pid);
    if start_time(process.pid) != Some(process.start_time) {
        return Err(Error::kernel("setns", Errno::SRCH, &subject));
    }
    if kinds == 0 {
        return Ok(());
    }
    match sys::setns(pidfd, kinds) {
        Err(Errno::INVAL) => join_process_one_by_one(process.pid, kinds)?,
        done => done.on("setns", &subject)?,
    }
    if kinds & USER != 0 { become_root(false) } else { Ok(()) }
}

/// Into the network namespace of a process that we have just made.
pub fn enter_network(pid: i32, pidfd: Option<BorrowedFd<'_>>) -> Result<()> {
    let kind = u64::from(k::CLONE_NEWNET);
    match pidfd.map(|pidfd| sys::setns(pidfd, kind)) {
        // No pidfds, or none that setns(2) takes (kernel 5.8).
        None | Some(Err(Errno::INVAL)) => join_process_one_by_one(pid, kind),
        Some(done) => done.on("setns", "network namespace"),
    }
}

fn join_process_one_by_one(pid: i32, kinds: u64) -> Result<()> {
    let names = KINDS.iter().filter(|(_, _, kind)| kinds & kind != 0);
    let paths: Vec<(u64, String)> =
        names.map(|(_, file, kind)| (*kind, format!("/proc/{pid}/ns/{file}"))).collect();
    let mut targets = Vec::new();
    for (kind, path) in &paths {
        let flags = OFlags::RDONLY | OFlags::CLOEXEC;
        let fd = openat(CWD, path.as_str(), flags, Mode::empty()).on("open", path)?;
        targets.push(Target { kind: *kind, path, fd });
    }
    join_all(&targets)
}

/// Field 22 of /proc/PID/stat; the name in field 2 may hold anything, also parentheses.
fn start_time(pid: i32) -> Option<u64> {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC;
    let file = openat(CWD, format!("/proc/{pid}/stat"), flags, Mode::empty()).ok()?;
    let mut text = [0u8; 1024];
    let length = rustix::io::read(&file, &mut text).ok()?;
    parse_start_time(&text[..length])
}

fn parse_start_time(stat: &[u8]) -> Option<u64> {
    let after = stat.iter().rposition(|&byte| byte == b')')? + 1;
    let fields = core::str::from_utf8(stat.get(after..)?).ok()?;
    fields.split_ascii_whitespace().nth(19)?.parse().ok()
}

/// A new user namespace, with maps that the host side writes, and us its root.
pub fn new_user(channel: &Channel, plan: &InitPlan) -> Result<()> {
    // Asked before: in the new namespace everybody is nobody until the maps are there.
    let privileged = geteuid().is_root();
    sys::unshare(USER).on("unshare", "user namespace")?;
    // An ordinary user may write the maps only if he owns our /proc directory, which he does only
    // while we are dumpable. Nothing of a container can see us yet.
    if !privileged {
        sys::set_dumpable(true);
    }
    channel.send(&FromInit::WantMaps, None)?;
    channel.wait_go()?;
    sys::set_dumpable(false);
    become_root(plan.deny_setgroups)
}

/// Root of the user namespace, without the caller's groups.
fn become_root(deny_setgroups: bool) -> Result<()> {
    if !deny_setgroups {
        match rustix::thread::set_thread_groups(&[]) {
            // Denied in that namespace; `Credentials` knows.
            Err(Errno::PERM) | Ok(()) => {}
            Err(errno) => return Err(Error::kernel("setgroups", errno, "user namespace")),
        }
    }
    let subject = "0 in the user namespace";
    rustix::thread::set_thread_res_gid(Gid::ROOT, Gid::ROOT, Gid::ROOT).on("setresgid", subject)?;
    rustix::thread::set_thread_res_uid(Uid::ROOT, Uid::ROOT, Uid::ROOT).on("setresuid", subject)?;
    // The change of user sets it to the system's default.
    sys::set_dumpable(false);
    Ok(())
}

/// Unshared before the clone because the offsets can be set only while nobody is in it.
pub fn new_time(offsets: &[TimeOffset]) -> Result<()> {
    sys::unshare(u64::from(k::CLONE_NEWTIME)).on("unshare", "time namespace")?;
    let path = "/proc/self/timens_offsets";
    for offset in offsets {
        let line = format!("{} {} {}\n", offset.clock, offset.secs, offset.nanosecs);
        crate::acts::oom::write_own(path, line.as_bytes())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_start_time_past_any_name() {
        let stat = b"42 (a) b (c)) S 1 42 42 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 987654 1 2 3";
        assert_eq!(parse_start_time(stat), Some(987_654));
        assert_eq!(parse_start_time(b"42 (x"), None);
        assert!(start_time(std::process::id() as i32).is_some());
    }
}
