//! The foreground of `run` and `exec`: pass signals on until the process exits and, with a terminal,
//! carry bytes between it and the container's console. For the executable only: it takes signals of
//! the whole process.

use super::console::Console;
use super::exits::Process;
use crate::failure::{At, Failure, Result};
use crate::sys::pidfd::send_signal;
use crate::sys::signals::{Blocked, KernelSet, bit, block, signalfd};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::fd::{AsFd, OwnedFd};
use rustix::io::Errno;

/// Not passed on: what cannot be caught, what the kernel raises for our own faults, our own children,
/// and stops that a terminal asks of us alone.
const OWN: [i32; 13] = [
    libc::SIGKILL,
    libc::SIGSTOP,
    libc::SIGSEGV,
    libc::SIGBUS,
    libc::SIGFPE,
    libc::SIGILL,
    libc::SIGTRAP,
    libc::SIGABRT,
    libc::SIGSYS,
    libc::SIGCHLD,
    libc::SIGPIPE,
    libc::SIGTTIN,
    libc::SIGTTOU,
];

pub fn forwarded() -> KernelSet {
    OWN.iter().fold(KernelSet::MAX, |set, signal| set & !bit(*signal))
}

/// Block what `attend` will pass on, from before the launch, so that no signal in between ends the
/// runtime and leaves the container alone. For the calling thread and all it starts.
pub fn hold_signals() {
    // Never unblocked again: the executable ends with the container.
    block(forwarded());
}

/// Returns when the process has exited and all its output has been carried over.
pub fn attend(process: &Process, console: Option<OwnedFd>) -> Result<()> {
    let blocked = Blocked::new(forwarded());
    let signals = signalfd(forwarded()).at("signalfd4", "")?;
    let mut console = console.map(Console::new).transpose()?;
    loop {
        let (exited, signalled) = {
            let mut fds = vec![
                PollFd::new(&*process.pidfd, PollFlags::IN),
                PollFd::new(&signals, PollFlags::IN),
            ];
            if let Some(console) = &console {
                console.interests(&mut fds);
            }
            match poll(&mut fds, None) {
                Err(Errno::INTR) => continue,
                other => other.at("poll", "")?,
            };
            let ready: Vec<PollFlags> = fds.iter().map(PollFd::revents).collect();
            drop(fds);
            if let Some(console) = &mut console {
                console.carry(&ready[2..]);
            }
            (!ready[0].is_empty(), !ready[1].is_empty())
        };
        if signalled {
            pass_on(&signals, process, console.as_ref())?;
        }
        if exited {
            break;
        }
    }
    if let Some(console) = console {
        console.finish();
    }
    drop(blocked);
    Ok(())
}

/// Every signal that has come; they are read one structure of 128 bytes each.
fn pass_on(signals: &OwnedFd, process: &Process, console: Option<&Console>) -> Result<()> {
    let mut info = [0_u8; 128];
    loop {
        match rustix::io::read(signals, &mut info) {
            Ok(_) => {}
            Err(Errno::AGAIN) => return Ok(()),
            Err(Errno::INTR) => continue,
            Err(errno) => return Err(Failure::kernel("read", errno, "signalfd")),
        }
        let signal = i32::from_ne_bytes([info[0], info[1], info[2], info[3]]);
        match console {
            Some(console) if signal == libc::SIGWINCH => console.resize(),
            // One that has just exited needs no signal.
            _ => match send_signal(process.pidfd.as_fd(), signal) {
                Ok(()) | Err(Errno::SRCH) => {}
                Err(errno) => {
                    let subject = process.reference.pid.to_string();
                    return Err(Failure::kernel("pidfd_send_signal", errno, subject));
                }
            },
        }
    }
}
