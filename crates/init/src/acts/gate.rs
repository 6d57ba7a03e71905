//! Where the process waits.

use crate::channel::Channel;
use crate::error::{Context, Error, Result};
use crate::procfs::Procfs;
use crate::sys;
use linux_raw_sys::general::CLONE_NEWCGROUP;
use rundlet_plan::{FromInit, ToInit};
use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::{FileType, OFlags, fstat};

/// The cgroup namespace's root is the group of the process that unshares it, so first into the group:
/// on v1 by our own hand (see `take_tasks` of the host side), on v2 we are in it since the clone.
pub fn cgroup_ready(channel: &Channel, unshare: bool) -> Result<()> {
    channel.send(&FromInit::WantCgroup, None)?;
    let (word, tasks) = channel.receive()?;
    if word != ToInit::Go {
        return Err(Error::refused("recvmsg", "cgroup", "another word than go came"));
    }
    for file in tasks {
        rustix::io::write(&file, b"0").on("write", "tasks of the container's cgroup")?;
    }
    super::scheduling::all_processors();
    if unshare {
        sys::unshare(u64::from(CLONE_NEWCGROUP)).on("unshare", "cgroup namespace")?;
    }
    Ok(())
}

/// Blocks until `start` reads. The procfs through which the fifo is opened stays open meanwhile: it is
/// the container's own, or one that shows processes only; and nobody can look at our descriptors
/// (PR_SET_DUMPABLE).
pub fn pass_fifo(fifo: Option<OwnedFd>, procfs: Option<Procfs>) -> Result<()> {
    let subject = "exec.fifo";
    let Some(fifo) = fifo else {
        return Err(Error::refused("open", subject, "the plan came without it"));
    };
    let procfs = match procfs {
        Some(procfs) => procfs,
        None => Procfs::of_container()?,
    };
    sys::die_of_signals();
    let open = procfs.reopen(fifo.as_fd(), OFlags::WRONLY).on("open", subject)?;
    drop(procfs);
    let (asked, got) = (fstat(&fifo).on("fstat", subject)?, fstat(&open).on("fstat", subject)?);
    let same = asked.st_ino == got.st_ino && asked.st_dev == got.st_dev;
    if !same || FileType::from_raw_mode(got.st_mode) != FileType::Fifo {
        return Err(Error::refused("open", subject, "it is not the fifo that was given"));
    }
    rustix::io::write(&open, b"0").on("write", subject).map(drop)
}
