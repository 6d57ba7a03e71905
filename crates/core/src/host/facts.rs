//! `facts`: what plans depend on, read once per process.

use super::cgroups::hierarchies;
use super::files::read_small;
use crate::failure::Result;
use rundlet_plan::{CgroupFacts, CgroupVersion, HostFacts};
use rustix::fs::{Access, access};
use rustix::thread::{CapabilitySet, capability_is_in_bounding_set};
use std::sync::OnceLock;

pub fn facts(_: ()) -> Result<HostFacts> {
    static FACTS: OnceLock<HostFacts> = OnceLock::new();
    if let Some(facts) = FACTS.get() {
        return Ok(facts.clone());
    }
    let facts = read()?;
    Ok(FACTS.get_or_init(|| facts).clone())
}

fn read() -> Result<HostFacts> {
    let inside = in_user_namespace();
    let uname = rustix::system::uname();
    Ok(HostFacts {
        euid: rustix::process::geteuid().as_raw(),
        egid: rustix::process::getegid().as_raw(),
        in_user_namespace: inside,
        setgroups_denied: inside
            && read_small("/proc/self/setgroups").is_ok_and(|word| word.trim() == "deny"),
        cgroup: cgroup_facts()?,
        kernel: uname.release().to_string_lossy().into_owned(),
        last_cap: last_cap(),
        apparmor: apparmor(),
        selinux: access("/sys/fs/selinux/enforce", Access::EXISTS).is_ok(),
        page_size: rustix::param::page_size() as u32,
        namespaces: namespaces(),
    })
}

/// The map of the initial user namespace is `0 0 4294967295`. A kernel without user namespaces has
/// no such file and no such namespace.
pub fn in_user_namespace() -> bool {
    read_small("/proc/self/uid_map").is_ok_and(|map| !is_identity(&map))
}

fn is_identity(map: &str) -> bool {
    map.split_whitespace().eq(["0", "0", "4294967295"])
}

/// PR_CAPBSET_READ answers EINVAL above the last capability: two calls instead of a file, as long as
/// the kernel's last one is the 40 it has been since 5.9.
fn last_cap() -> u8 {
    let known = |number: u8| {
        capability_is_in_bounding_set(CapabilitySet::from_bits_retain(1 << number)).is_ok()
    };
    let mut last = 40;
    while last > 0 && !known(last) {
        last -= 1;
    }
    while last < 63 && known(last + 1) {
        last += 1;
    }
    last
}

/// As runc: the security filesystem has it, and it is switched on.
fn apparmor() -> bool {
    access("/sys/kernel/security/apparmor", Access::EXISTS).is_ok()
        && read_small("/sys/module/apparmor/parameters/enabled")
            .is_ok_and(|enabled| enabled.starts_with('Y'))
}

fn namespaces() -> Vec<String> {
    let mut names: Vec<String> = ["pid", "network", "ipc", "uts", "mount"].map(String::from).into();
    for name in ["user", "cgroup", "time"] {
        if access(format!("/proc/self/ns/{name}"), Access::EXISTS).is_ok() {
            names.push(name.to_owned());
        }
    }
    names
}

fn cgroup_facts() -> Result<CgroupFacts> {
    let version = hierarchies::version();
    let own = read_small("/proc/self/cgroup").unwrap_or_default();
    let hierarchies = match version {
        CgroupVersion::V2 => vec![hierarchies::unified("/sys/fs/cgroup", &own)],
        CgroupVersion::V1 => hierarchies::legacy("/sys/fs/cgroup", &own)?,
    };
    Ok(CgroupFacts { version, hierarchies })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maps() {
        assert!(is_identity("         0          0 4294967295\n"));
        assert!(!is_identity("         0       1000          1\n"));
        assert!(!is_identity("0 0 4294967295\n1 1 1\n"));
    }

    #[test]
    fn facts_of_this_machine() {
        let facts = facts(()).unwrap();
        let last: u8 = read_small("/proc/sys/kernel/cap_last_cap").unwrap().trim().parse().unwrap();
        assert_eq!(facts.last_cap, last);
        assert!(!facts.cgroup.hierarchies.is_empty());
        assert!(facts.page_size >= 4096);
    }
}
