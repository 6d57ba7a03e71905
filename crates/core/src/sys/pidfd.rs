//! Calls on pidfds beyond those of rustix.

use rustix::fd::{AsRawFd, BorrowedFd};
use rustix::io::Errno;

/// `pidfd_send_signal(2)` with any signal number, real-time ones too.
/// <https://man7.org/linux/man-pages/man2/pidfd_send_signal.2.html>
pub fn send_signal(pidfd: BorrowedFd<'_>, signal: i32) -> Result<(), Errno> {
    // SAFETY: the siginfo pointer is null, which the call takes as "as kill(2)"; the descriptor is
    // borrowed for the duration of the call.
    let result = unsafe {
        libc::syscall(
            libc::SYS_pidfd_send_signal,
            pidfd.as_raw_fd(),
            signal,
            std::ptr::null::<libc::siginfo_t>(),
            0_u32,
        )
    };
    if result == 0 { Ok(()) } else { Err(last_errno()) }
}

/// `struct pidfd_info` of <linux/pidfd.h>, its first version (64 bytes).
#[repr(C)]
#[derive(Default)]
struct PidfdInfo {
    mask: u64,
    cgroup: u64,
    pid: u32,
    tgid: u32,
    ppid: u32,
    /// ruid, rgid, euid, egid, suid, sgid, fsuid, fsgid.
    credentials: [u32; 8],
    exit_code: i32,
}

const PIDFD_INFO_EXIT: u64 = 1 << 3;
/// `_IOWR(0xFF, 11, struct pidfd_info)`.
const PIDFD_GET_INFO: libc::c_ulong =
    0xC000_0000 | ((std::mem::size_of::<PidfdInfo>() as libc::c_ulong) << 16) | (0xFF << 8) | 11;

/// The wait status of a process that has been reaped, told to any holder of a pidfd: ioctl
/// `PIDFD_GET_INFO` with `PIDFD_INFO_EXIT` (kernel 6.15). `None` when the kernel cannot tell (yet).
pub fn exit_code(pidfd: BorrowedFd<'_>) -> Option<i32> {
    let mut info = PidfdInfo { mask: PIDFD_INFO_EXIT, ..PidfdInfo::default() };
    // SAFETY: the request number carries the size of `PidfdInfo`, so that the kernel writes at most
    // that many bytes into `info`, which lives until the call returns.
    let result = unsafe {
        libc::ioctl(pidfd.as_raw_fd(), PIDFD_GET_INFO as _, std::ptr::from_mut(&mut info))
    };
    (result == 0 && info.mask & PIDFD_INFO_EXIT != 0).then_some(info.exit_code)
}

/// `kill(2)`.
pub fn kill(pid: i32, signal: i32) -> Result<(), Errno> {
    // SAFETY: no pointers; a pid that names no process answers ESRCH.
    if unsafe { libc::kill(pid, signal) } == 0 { Ok(()) } else { Err(last_errno()) }
}

pub(super) fn last_errno() -> Errno {
    // SAFETY: __errno_location gives this thread's errno, valid as long as the thread runs.
    Errno::from_raw_os_error(unsafe { *libc::__errno_location() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn info_has_the_size_of_its_first_version() {
        assert_eq!(std::mem::size_of::<PidfdInfo>(), 64);
        assert_eq!(PIDFD_GET_INFO, 0xC040_FF0B);
    }
}
