//! From root to the container's user. The order is the kernel's: each act needs a right that a later one
//! takes away.

use super::{capabilities, cwd, passwd, seccomp};
use crate::channel::Channel;
use crate::container::Container;
use crate::error::{Context, Error, Result};
use crate::sys;
use alloc::format;
use alloc::vec::Vec;
use linux_raw_sys::prctl as p;
use rundlet_plan::{Act, Credentials};
use rustix::fd::BorrowedFd;
use rustix::fs::{FileType, fchown, fstat};
use rustix::io::Errno;
use rustix::termios::isatty;
use rustix::thread::{Gid, Uid};

pub fn no_new_privileges() -> Result<()> {
    sys::prctl(p::PR_SET_NO_NEW_PRIVS, 1, 0).on("prctl(PR_SET_NO_NEW_PRIVS)", "").map(drop)
}

pub fn change(
    container: &mut Container,
    channel: &Channel,
    wanted: &Credentials,
    rest: &[Act],
) -> Result<()> {
    let needs_home = |act: &Act| matches!(act, Act::Exec(exec) if passwd::is_wanted(exec));
    if rest.iter().any(needs_home) {
        container.home = Some(passwd::home_of(container.root()?, wanted.uid));
    }
    // Needs CAP_SETPCAP.
    if let Some(sets) = &wanted.capabilities {
        capabilities::drop_bounding(sets)?;
    }
    give_stdio(wanted.uid)?;
    // Keeps the permitted set across the change, to choose from afterwards. Without a choice the
    // kernel's own rule holds.
    let keep = wanted.capabilities.is_some() || wanted.seccomp_before.is_some();
    if keep {
        sys::prctl(p::PR_SET_KEEPCAPS, 1, 0).on("prctl(PR_SET_KEEPCAPS)", "")?;
    }
    change_user(wanted)?;
    // The change of user makes us dumpable by the system's default.
    sys::set_dumpable(false);
    if keep {
        sys::prctl(p::PR_SET_KEEPCAPS, 0, 0).on("prctl(PR_SET_KEEPCAPS)", "")?;
    }
    cwd::retry(container)?;
    // Without no_new_privs a filter needs CAP_SYS_ADMIN: the last moment that we have it.
    if let Some(program) = wanted.seccomp_before {
        capabilities::raise_permitted()?;
        seccomp::load(container, channel, program)?;
    }
    match &wanted.capabilities {
        Some(sets) => capabilities::apply(sets),
        None if keep && wanted.uid != 0 => drop_all(),
        None => Ok(()),
    }
}

/// What the kernel would have done at the change of user, had we not kept the capabilities.
fn drop_all() -> Result<()> {
    let none = rustix::thread::CapabilitySet::empty();
    let sets =
        rustix::thread::CapabilitySets { effective: none, permitted: none, inheritable: none };
    rustix::thread::set_capabilities(None, sets).on("capset", "capabilities")
}

/// Groups always, also none: the caller's must not stay.
fn change_user(wanted: &Credentials) -> Result<()> {
    if wanted.set_groups {
        let groups: Vec<Gid> =
            wanted.additional_gids.iter().map(|gid| Gid::from_raw(*gid)).collect();
        rustix::thread::set_thread_groups(&groups).on("setgroups", "additional groups")?;
    }
    let unmapped = |errno, call, kind: &str, id: u32| {
        let error = Error::kernel(call, errno, &format!("{id}"));
        match errno {
            Errno::INVAL => error.with_detail(format!(
                "unable to setup user: cannot set{kind} to unmapped {kind} {id} in user namespace"
            )),
            _ => error,
        }
    };
    if wanted.gid == u32::MAX || wanted.uid == u32::MAX {
        return Err(Error::refused("setresuid", "user", "this id means no change"));
    }
    let gid = Gid::from_raw(wanted.gid);
    rustix::thread::set_thread_res_gid(gid, gid, gid)
        .map_err(|errno| unmapped(errno, "setresgid", "gid", wanted.gid))?;
    let uid = Uid::from_raw(wanted.uid);
    rustix::thread::set_thread_res_uid(uid, uid, uid)
        .map_err(|errno| unmapped(errno, "setresuid", "uid", wanted.uid))
}

/// Terminals and pipes were made for the container, by somebody else than its user. Host files were
/// not: they keep their owner.
fn give_stdio(uid: u32) -> Result<()> {
    for fd in 0..3 {
        let fd = sys::stdio(fd);
        let stat = fstat(fd).on("fstat", "stdio")?;
        if stat.st_uid == uid || !is_ours_to_give(fd, stat.st_mode) {
            continue;
        }
        match fchown(fd, Some(Uid::from_raw(uid)), None) {
            // Its owner is not in our user namespace, or /dev is read-only: not worth a failure.
            Ok(()) | Err(Errno::PERM | Errno::ROFS | Errno::INVAL) => {}
            Err(errno) => return Err(Error::kernel("fchown", errno, "stdio")),
        }
    }
    Ok(())
}

fn is_ours_to_give(fd: BorrowedFd<'_>, mode: u32) -> bool {
    match FileType::from_raw_mode(mode) {
        FileType::Fifo | FileType::Socket => true,
        FileType::CharacterDevice => isatty(fd),
        _ => false,
    }
}
