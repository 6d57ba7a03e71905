//! The instruction itself. Not libc's `syscall`, because the shipped program has no libc.

use core::arch::asm;
use rustix::io::{Errno, Result};

/// # Safety
/// As the system call of that number with these arguments.
#[cfg(target_arch = "x86_64")]
pub unsafe fn call(number: u32, args: [usize; 6]) -> isize {
    let result: isize;
    // SAFETY: the kernel keeps every register but rax, rcx and r11; memory is the caller's promise.
    unsafe {
        asm!("syscall", inlateout("rax") number as isize => result,
            in("rdi") args[0], in("rsi") args[1], in("rdx") args[2],
            in("r10") args[3], in("r8") args[4], in("r9") args[5],
            lateout("rcx") _, lateout("r11") _, options(nostack));
    }
    result
}

/// # Safety
/// As the system call of that number with these arguments.
#[cfg(target_arch = "aarch64")]
pub unsafe fn call(number: u32, args: [usize; 6]) -> isize {
    let result: isize;
    // SAFETY: the kernel keeps every register but x0; memory is the caller's promise.
    unsafe {
        asm!("svc 0", in("x8") number as usize, inlateout("x0") args[0] as isize => result,
            in("x1") args[1], in("x2") args[2], in("x3") args[3], in("x4") args[4],
            in("x5") args[5], options(nostack));
    }
    result
}

pub fn check(result: isize) -> Result<usize> {
    if (-4095..0).contains(&result) {
        Err(Errno::from_raw_os_error(-result as i32))
    } else {
        Ok(result as usize)
    }
}
