//! SIGCHLD as a descriptor, and signals to processes of ours.
#![allow(
    unsafe_code,
    reason = "calls that rustix does not have: signalfd, and kill with any number"
)]

use crate::failure::{At, Result};
use rustix::fd::{FromRawFd, OwnedFd};
use std::mem::MaybeUninit;

/// Blocks SIGCHLD and gives a descriptor that is readable when it has come. Programs that we start
/// get an empty mask from the standard library.
pub fn children() -> Result<OwnedFd> {
    let mut set = MaybeUninit::<libc::sigset_t>::uninit();
    // SAFETY: sigemptyset fills the set that the three others read; it lives to the end of the block,
    // and the old mask is not asked for.
    let fd = unsafe {
        libc::sigemptyset(set.as_mut_ptr());
        libc::sigaddset(set.as_mut_ptr(), libc::SIGCHLD);
        libc::sigprocmask(libc::SIG_BLOCK, set.as_ptr(), std::ptr::null_mut());
        libc::signalfd(-1, set.as_ptr(), libc::SFD_CLOEXEC | libc::SFD_NONBLOCK)
    };
    if fd < 0 {
        return Err(std::io::Error::last_os_error()).at("signalfd", "");
    }
    // SAFETY: the kernel has just made this descriptor for us; nobody else knows it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// Only for children that are not reaped yet: nobody else can have the number.
pub fn kill(pid: i32, signal: i32) -> Result<()> {
    // SAFETY: no pointers.
    match unsafe { libc::kill(pid, signal) } {
        0 => Ok(()),
        _ => Err(std::io::Error::last_os_error()).at("kill", &pid.to_string()),
    }
}
