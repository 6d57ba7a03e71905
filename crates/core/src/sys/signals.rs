//! Signal masks, including the two real-time signals that the C library keeps for itself and hides
//! from `sigfillset(3)`.

use super::pidfd::last_errno;
use rustix::fd::{FromRawFd, OwnedFd};
use rustix::io::Errno;

/// The kernel's signal set: 64 bits on every architecture we build for.
pub type KernelSet = u64;

pub const SET_BYTES: usize = std::mem::size_of::<KernelSet>();

/// Signals that the calling thread blocks in addition, until dropped.
pub struct Blocked {
    before: KernelSet,
}

impl Blocked {
    pub fn new(set: KernelSet) -> Self {
        Self { before: change_mask(libc::SIG_BLOCK, set) }
    }

    pub fn all() -> Self {
        Self::new(KernelSet::MAX)
    }
}

impl Drop for Blocked {
    fn drop(&mut self) {
        change_mask(libc::SIG_SETMASK, self.before);
    }
}

/// No signal blocked any more; for a child before its exec.
pub fn unblock_all() {
    change_mask(libc::SIG_SETMASK, 0);
}

/// Block for good (service threads, which must never run a handler of the host).
pub fn block(set: KernelSet) {
    change_mask(libc::SIG_BLOCK, set);
}

pub fn bit(signal: i32) -> KernelSet {
    1 << (signal - 1)
}

/// `rt_sigprocmask(2)` itself; SIGKILL and SIGSTOP are left out by the kernel.
fn change_mask(how: libc::c_int, set: KernelSet) -> KernelSet {
    let mut before: KernelSet = 0;
    // SAFETY: both pointers are to live u64s, the size passed is theirs. The mask is the thread's own.
    unsafe {
        libc::syscall(
            libc::SYS_rt_sigprocmask,
            how,
            std::ptr::from_ref(&set),
            std::ptr::from_mut(&mut before),
            SET_BYTES,
        );
    }
    before
}

/// `signalfd4(2)` on a set, non-blocking. <https://man7.org/linux/man-pages/man2/signalfd.2.html>
pub fn signalfd(set: KernelSet) -> Result<OwnedFd, Errno> {
    // SAFETY: the set is a live u64 and its size is given.
    let fd = unsafe {
        libc::syscall(
            libc::SYS_signalfd4,
            -1,
            std::ptr::from_ref(&set),
            SET_BYTES,
            libc::SFD_CLOEXEC | libc::SFD_NONBLOCK,
        )
    };
    if fd < 0 {
        return Err(last_errno());
    }
    // SAFETY: the kernel has just made this descriptor for us; nobody else knows it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd as i32) })
}
