//! What a program run for us must not inherit.

use super::signals::unblock_all;
use std::os::unix::process::CommandExt;
use std::process::Command;

/// The program gets descriptors 0, 1 and 2 only (whatever leaked into this process from its caller,
/// CVE-2024-21626) and no blocked signal (`holdSignals` blocks them here).
pub fn isolate(command: &mut Command) {
    let bare = || {
        // ENOSYS or EINVAL before kernel 5.11: our own descriptors are close-on-exec anyway.
        // SAFETY: no pointers; marks the child's own descriptors.
        unsafe {
            let last = libc::c_uint::MAX;
            libc::syscall(libc::SYS_close_range, 3, last, libc::CLOSE_RANGE_CLOEXEC);
        }
        unblock_all();
        Ok(())
    };
    // SAFETY: two system calls on numbers: no allocation and no lock between fork and exec.
    unsafe { command.pre_exec(bare) };
}
