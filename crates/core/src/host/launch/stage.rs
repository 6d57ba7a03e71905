//! Stage 1: a rundlet-init that waits for its plan; perhaps started ahead of need.

use super::channel::Channel;
use super::image;
use crate::failure::{At, Result};
use crate::host::handles::lock_of;
use crate::spawn::{Child, Spawn, spawn};
use crate::sys::pidfd::send_signal;
use rundlet_plan::INIT_SOCKET_FD;
use rustix::event::{EventfdFlags, eventfd};
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

/// What `prespawn` has made.
enum Ahead {
    Nothing,
    Ready(Stage),
    /// Taken or given up: a prespawn that comes late has nothing to do.
    Over,
}

static AHEAD: Mutex<Ahead> = Mutex::new(Ahead::Nothing);

/// `crate::prespawn`.
pub fn prespawn() {
    let mut ahead = lock_of(&AHEAD);
    if matches!(*ahead, Ahead::Nothing) {
        // After a failure the launch will try again, and tell.
        if let Ok(stage) = Stage::start([0, 1, 2], 0) {
            *ahead = Ahead::Ready(stage);
        }
    }
}

/// `crate::give_up_prespawned`.
pub fn give_up_prespawned() {
    if let Some(stage) = take_ahead() {
        stage.end();
    }
}

/// Waits for a prespawn that is under way in another thread.
fn take_ahead() -> Option<Stage> {
    match std::mem::replace(&mut *lock_of(&AHEAD), Ahead::Over) {
        Ahead::Ready(stage) => Some(stage),
        Ahead::Nothing | Ahead::Over => None,
    }
}

/// Descriptors of this process for 0, 1, 2, and how many behind them are the caller's to pass on.
pub fn take(stdio: [i32; 3], preserve_fds: u32) -> Result<Stage> {
    match take_ahead() {
        Some(stage) if stdio == [0, 1, 2] && preserve_fds == 0 => Ok(stage),
        other => {
            if let Some(stage) = other {
                stage.end();
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
        let wake = eventfd(0, EventfdFlags::CLOEXEC).at("eventfd2", "rundlet-init")?;
        // The preserved descriptors keep their numbers 3 .. 3+n; ours come behind them.
        let socket_number = INIT_SOCKET_FD + preserve_fds as i32;
        let decimal = |number: i64| CString::new(number.to_string()).unwrap_or_default();
        let (socket, preserve) = (decimal(socket_number.into()), decimal(preserve_fds.into()));
        let wake_number = decimal(i64::from(socket_number) + 1);
        let child = spawn(&Spawn {
            program,
            args: [c"rundlet-init", &socket, &preserve, &wake_number],
            stdio,
            socket: theirs.as_fd(),
            wake: wake.as_fd(),
            socket_number,
        })
        .at("execveat", "rundlet-init")?;
        Ok(Self { child, channel: Channel::new(ours, wake) })
    }

    /// It has been of no use: kill and reap.
    pub fn end(self) {
        drop(self.channel);
        end(&self.child);
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
