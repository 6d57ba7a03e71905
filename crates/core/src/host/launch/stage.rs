//! Stage 1: a rundlet-init that waits for its plan; perhaps started ahead of need.

use super::channel::Channel;
use super::image;
use crate::failure::{At, Result};
use crate::host::handles::lock_of;
use crate::spawn::{Child, Spawn, spawn};
use crate::sys::pidfd::send_signal;
use rundlet_plan::INIT_SOCKET_FD;
use rustix::fd::AsFd;
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};
use rustix::process::{WaitId, WaitIdOptions, WaitIdStatus, waitid};
use std::ffi::CString;
use std::sync::Mutex;

pub struct Stage {
    pub child: Child,
    pub channel: Channel,
}

static AHEAD: Mutex<Option<Stage>> = Mutex::new(None);

/// `crate::prespawn`.
pub fn prespawn() {
    let mut ahead = lock_of(&AHEAD);
    if ahead.is_none() {
        // The launch will try again, and tell.
        *ahead = Stage::start([0, 1, 2], 0).ok();
    }
}

/// Descriptors of this process for 0, 1, 2, and how many behind them are the caller's to pass on.
pub fn take(stdio: [i32; 3], preserve_fds: u32) -> Result<Stage> {
    // Held while a prespawn is under way in another thread: worth waiting for.
    let ahead = lock_of(&AHEAD).take();
    match ahead {
        Some(stage) if stdio == [0, 1, 2] && preserve_fds == 0 => Ok(stage),
        other => {
            if let Some(Stage { child, channel }) = other {
                drop(channel);
                end(&child);
            }
            Stage::start(stdio, preserve_fds)
        }
    }
}

impl Stage {
    fn start(stdio: [i32; 3], preserve_fds: u32) -> Result<Self> {
        let program = image::sealed()?;
        let (ours, theirs) =
            socketpair(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None)
                .at("socketpair", "rundlet-init")?;
        // The preserved descriptors keep their numbers 3 .. 3+n; the socket comes behind them.
        let socket_number = INIT_SOCKET_FD + preserve_fds as i32;
        let decimal = |number: i64| CString::new(number.to_string()).unwrap_or_default();
        let (socket, preserve) = (decimal(socket_number.into()), decimal(preserve_fds.into()));
        let child = spawn(&Spawn {
            program,
            args: [c"rundlet-init", &socket, &preserve],
            stdio,
            socket: theirs.as_fd(),
            socket_number,
        })
        .at("execveat", "rundlet-init")?;
        Ok(Self { child, channel: Channel::new(ours) })
    }
}

/// Kill and reap, quietly: it may have exited already.
pub fn end(child: &Child) {
    let _ = send_signal(child.pidfd.as_fd(), libc::SIGKILL);
    reap(child);
}

/// Wait for its exit; `None` if it is no child of ours any more.
pub fn reap(child: &Child) -> Option<WaitIdStatus> {
    loop {
        match waitid(WaitId::PidFd(child.pidfd.as_fd()), WaitIdOptions::EXITED) {
            Err(Errno::INTR) => {}
            other => return other.ok().flatten(),
        }
    }
}
