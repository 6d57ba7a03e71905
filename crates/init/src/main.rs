//! rundlet-init: the only program that ever runs between the runtime and the container's program. It
//! reads an `InitPlan` from its socket, performs the acts, and becomes the container's program.
//!
//! One thread, one allocator that never frees, no environment, no files of its own. The way through the
//! sources: `stage` (host namespaces: prepare, join, clone) → `container` (the acts, one file each in
//! `acts`) → `acts::exec`. Paths in the container go through `root`, mounts through `attach`, `/proc`
//! through `procfs`, and `unsafe` lives in `sys` only.
#![cfg_attr(all(feature = "freestanding", not(test)), no_std, no_main)]
#![deny(unsafe_code)]

extern crate alloc;

mod acts;
mod attach;
mod channel;
mod container;
mod error;
mod guard;
mod legacy;
mod namespaces;
mod netlink;
mod procfs;
mod report;
mod root;
mod stage;
mod sys;

use core::ffi::CStr;
use rundlet_plan::INIT_SOCKET_FD;
use rustix::fs::{CWD, Mode, OFlags, SealFlags, fcntl_get_seals, openat};

/// Exit status when there is nobody to tell the reason: not started by the runtime.
const EXIT_MISUSE: i32 = 125;
const EXIT_FAILED: i32 = 1;

/// `args`: the number of the socket (default 3), how many descriptors from 3 on belong to the
/// program (default 0), and the number of an eventfd that tells that the plan was sent (default none).
fn run(args: &[&CStr]) -> i32 {
    let socket = args.first().map_or(Some(INIT_SOCKET_FD), |text| number(text));
    let preserve = args.get(1).map_or(Some(0), |text| number(text));
    let (Some(socket), Some(preserve)) = (socket, preserve) else { return EXIT_MISUSE };
    let wake = args.get(2).and_then(|text| number(text));
    if socket < 3 + preserve || !sys::is_open(socket) || !is_sealed() {
        return EXIT_MISUSE;
    }
    if wake.is_some_and(|wake| wake != socket + 1 || !sys::is_open(wake)) {
        return EXIT_MISUSE;
    }
    // Nobody may look into this process or its descriptors (CVE-2016-9962).
    sys::set_dumpable(false);
    sys::reset_signals();
    close_strangers(socket, wake.unwrap_or(socket), preserve);
    let wake = wake.map(sys::adopt);
    match open_stdio().and_then(|()| stage::run(sys::adopt(socket), wake, preserve)) {
        Ok(()) => 0,
        Err(_) => EXIT_FAILED,
    }
}

fn number(text: &CStr) -> Option<i32> {
    text.to_str().ok()?.parse().ok().filter(|n| (0..=65_535).contains(n))
}

/// This program enters containers, which can reach it as /proc/PID/exe: it must be a copy in memory that
/// nobody can write (CVE-2019-5736).
fn is_sealed() -> bool {
    let needed = SealFlags::SEAL | SealFlags::SHRINK | SealFlags::GROW | SealFlags::WRITE;
    openat(CWD, c"/proc/self/exe", OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())
        .and_then(fcntl_get_seals)
        .is_ok_and(|seals| seals.contains(needed))
}

/// Whatever the runtime's caller had open and not close-on-exec.
fn close_strangers(socket: i32, last: i32, preserve: i32) {
    let (socket, first) = (socket as u32, 3 + preserve as u32);
    sys::close_range(first, socket - 1, false);
    sys::close_range(last as u32 + 1, u32::MAX, false);
}

/// Otherwise the next descriptor that we open becomes somebody's stdin.
fn open_stdio() -> error::Result<()> {
    use error::Context;
    for fd in 0..3 {
        if !sys::is_open(fd) {
            let null = openat(CWD, c"/dev/null", OFlags::RDWR | OFlags::CLOEXEC, Mode::empty())
                .on("open", "/dev/null")?;
            sys::dup_onto(&null, fd).on("dup3", "/dev/null")?;
            if rustix::fd::AsRawFd::as_raw_fd(&null) == fd {
                core::mem::forget(null);
            }
        }
    }
    Ok(())
}

#[cfg(any(not(feature = "freestanding"), test))]
fn main() -> std::process::ExitCode {
    use std::os::unix::ffi::OsStringExt;
    let args: Vec<std::ffi::CString> = std::env::args_os()
        .skip(1)
        .filter_map(|arg| std::ffi::CString::new(arg.into_vec()).ok())
        .collect();
    let args: Vec<&CStr> = args.iter().map(|arg| arg.as_c_str()).collect();
    std::process::ExitCode::from(run(&args) as u8)
}
