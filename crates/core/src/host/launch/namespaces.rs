//! Names of namespaces and their flags; which ones `exec` has to join.

use crate::failure::{At, Failure, Result};
use crate::host::files::open;
use crate::host::processes::open_process;
use rundlet_plan::ProcessRef;
use rustix::fd::OwnedFd;
use rustix::fs::{AtFlags, OFlags, statat};
use rustix::io::Errno;
use std::sync::OnceLock;

pub const NEW_USER: u64 = libc::CLONE_NEWUSER as u64;
pub const NEW_CGROUP: u64 = libc::CLONE_NEWCGROUP as u64;

/// The spec's name, the name in /proc/PID/ns, the flag.
const KINDS: [(&str, &str, u64); 8] = [
    ("user", "user", NEW_USER),
    ("cgroup", "cgroup", NEW_CGROUP),
    ("ipc", "ipc", libc::CLONE_NEWIPC as u64),
    ("uts", "uts", libc::CLONE_NEWUTS as u64),
    ("network", "net", libc::CLONE_NEWNET as u64),
    ("pid", "pid", libc::CLONE_NEWPID as u64),
    ("mount", "mnt", libc::CLONE_NEWNS as u64),
    // <linux/sched.h>; lies in clone's signal bits, so that only clone3 and unshare take it.
    ("time", "time", 0x80),
];

pub fn flag(name: &str) -> Result<u64> {
    let found = KINDS.iter().find(|(spec, _, _)| *spec == name);
    let unknown = || Failure::text(name, "no such kind of namespace");
    found.map(|(_, _, flag)| *flag).ok_or_else(|| unknown().asked_by("/linux/namespaces"))
}

/// Device and inode of each namespace; zero where the kernel has none of that kind.
type Identities = [(u64, u64); KINDS.len()];

fn identities(path: &str) -> Result<Identities> {
    let directory = open(path, OFlags::PATH | OFlags::DIRECTORY, 0)?;
    let mut all = Identities::default();
    for (identity, (_, file, _)) in all.iter_mut().zip(KINDS) {
        match statat(&directory, file, AtFlags::empty()) {
            Ok(stat) => *identity = (stat.st_dev, stat.st_ino),
            Err(Errno::NOENT) => {}
            Err(errno) => return Err(errno).at("stat", path),
        }
    }
    Ok(all)
}

/// A pidfd of the process and the flags of those of its namespaces that are not ours: setns(2)
/// refuses to join a user namespace one is in already.
pub fn differing(process: ProcessRef) -> Result<(OwnedFd, u64)> {
    static OWN: OnceLock<Identities> = OnceLock::new();
    let own = match OWN.get() {
        Some(own) => *own,
        None => *OWN.get_or_init({
            let own = identities("/proc/self/ns")?;
            move || own
        }),
    };
    let pidfd = open_process(process)?;
    let theirs = identities(&format!("/proc/{}/ns", process.pid))?;
    let flags = KINDS
        .iter()
        .zip(own.iter().zip(&theirs))
        .filter(|(_, (own, theirs))| own != theirs)
        .fold(0, |flags, ((_, _, flag), _)| flags | flag);
    Ok((pidfd, flags))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        assert_eq!(flag("network").unwrap(), 0x4000_0000);
        assert_eq!(flag("mount").unwrap(), 0x0002_0000);
        assert_eq!(flag("net").unwrap_err().from.unwrap(), "/linux/namespaces");
    }
}
