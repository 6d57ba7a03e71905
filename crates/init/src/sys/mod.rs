//! The only module with `unsafe`: system calls that rustix does not have, one function each, and in
//! `start` what a program without libc needs.
#![allow(unsafe_code, reason = "raw system calls; every other module of this crate has none")]

#[cfg(all(feature = "freestanding", not(test)))]
mod start;
mod syscall;

use core::ffi::{CStr, c_char};
use linux_raw_sys::{general as k, ioctl, prctl as p};
use rustix::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use rustix::io::{Errno, Result};
use syscall::{call, check};

/// Ends the process without any clean-up.
pub fn exit(code: i32) -> ! {
    loop {
        // SAFETY: exit_group takes no pointers and does not return.
        unsafe { call(k::__NR_exit_group, [code as usize, 0, 0, 0, 0, 0]) };
    }
}

/// In a child: ends when its parent does, also when that has happened already.
pub fn end_with(parent: rustix::process::Pid) {
    let _ = prctl(p::PR_SET_PDEATHSIG, k::SIGKILL as usize, 0);
    if rustix::process::getppid() != Some(parent) {
        exit(1);
    }
}

/// Until somebody kills us.
pub fn wait_for_the_end() -> ! {
    loop {
        // SAFETY: no descriptors, no time limit, no mask: null pointers that the kernel takes as such.
        unsafe { call(k::__NR_ppoll, [0; 6]) };
    }
}

/// Takes over a descriptor that was inherited or sent.
pub fn adopt(fd: RawFd) -> OwnedFd {
    // SAFETY: the caller passes a number that is open and that nothing else in this program owns: the
    // socket at start, and what system calls below have just returned.
    unsafe { OwnedFd::from_raw_fd(fd) }
}

/// 0, 1 or 2.
pub fn stdio(fd: RawFd) -> BorrowedFd<'static> {
    // SAFETY: the descriptors 0 to 2 are open from the start (main checks) and are only ever replaced.
    unsafe { BorrowedFd::borrow_raw(fd) }
}

#[cfg(all(feature = "freestanding", not(test)))]
fn map_anonymous(length: usize) -> usize {
    const RW: usize = (k::PROT_READ | k::PROT_WRITE) as usize;
    const ANON: usize = (k::MAP_PRIVATE | k::MAP_ANONYMOUS) as usize;
    // SAFETY: a fresh anonymous mapping at an address of the kernel's choice touches nothing of ours.
    let base = unsafe { call(k::__NR_mmap, [0, length, RW, ANON, usize::MAX, 0]) };
    if (-4095..0).contains(&base) { 0 } else { base as usize }
}

/// The kernel's sigaction of 64-bit machines.
#[repr(C)]
struct Action {
    handler: usize,
    flags: usize,
    restorer: usize,
    mask: u64,
}

/// All dispositions to default, nothing blocked: ignored signals survive exec, and a container must not
/// inherit the ones of whoever started the runtime.
pub fn reset_signals() {
    let default = Action { handler: 0, flags: 0, restorer: 0, mask: 0 };
    for signal in 1..=64usize {
        // SAFETY: the structure is alive during the call; SIG_DFL installs no handler.
        unsafe {
            call(k::__NR_rt_sigaction, [signal, &raw const default as usize, 0, 8, 0, 0]);
        }
    }
    let empty = 0u64;
    // SAFETY: an 8 byte signal set, alive during the call. SIG_SETMASK is 2.
    unsafe { call(k::__NR_rt_sigprocmask, [2, &raw const empty as usize, 0, 8, 0, 0]) };
}

/// From here to exec, which takes handlers away, these signals end the process though it be process 1 of
/// its pid namespace, for which the kernel drops what nobody handles: a container that waits for its
/// start is to be stopped as any other.
pub fn die_of_signals() {
    let action = Action {
        handler: die as extern "C" fn(i32) as usize,
        // x86-64 wants a way back, though the handler never goes there.
        flags: RESTORER,
        restorer: die as extern "C" fn(i32) as usize,
        mask: 0,
    };
    for signal in [k::SIGHUP, k::SIGINT, k::SIGQUIT, k::SIGTERM] {
        // SAFETY: the structure is alive during the call; the handler is a function of this program that
        // does nothing but leave it.
        unsafe {
            call(k::__NR_rt_sigaction, [signal as usize, &raw const action as usize, 0, 8, 0, 0]);
        }
    }
}

/// SA_RESTORER, where there is one; elsewhere the bit means nothing.
const RESTORER: usize = 0x0400_0000;

extern "C" fn die(signal: i32) {
    exit(128 + signal)
}

/// <https://man7.org/linux/man-pages/man2/close_range.2.html>; one by one on kernels before 5.9.
pub fn close_range(first: u32, last: u32, cloexec: bool) {
    if first > last {
        return;
    }
    const CLOEXEC: usize = 4;
    let flags = if cloexec { CLOEXEC } else { 0 };
    // SAFETY: no pointers. Callers keep owned descriptors out of the range or let go of them first.
    let done =
        unsafe { call(k::__NR_close_range, [first as usize, last as usize, flags, 0, 0, 0]) };
    if done == 0 {
        return;
    }
    for fd in first..=last.min(65_535) {
        // SAFETY: as above; EBADF of a number that is not open is no harm.
        unsafe {
            if cloexec {
                call(k::__NR_fcntl, [fd as usize, k::F_SETFD as usize, 1, 0, 0, 0]);
            } else {
                call(k::__NR_close, [fd as usize, 0, 0, 0, 0, 0]);
            }
        }
    }
}

pub enum Forked {
    Parent { pid: i32, pidfd: Option<OwnedFd> },
    Child,
}

/// fork(2) with namespaces: `clone3`, and `clone` before Linux 5.3.
/// <https://man7.org/linux/man-pages/man2/clone.2.html>
///
/// With CLONE_PARENT the child is a sibling, and the kernel demands exit signal 0: it takes ours.
pub fn clone(flags: u64, cgroup: Option<BorrowedFd<'_>>) -> Result<Forked> {
    let mut pidfd: i32 = -1;
    // SAFETY: clone_args is plain data.
    let mut args: k::clone_args = unsafe { core::mem::zeroed() };
    args.flags = flags | u64::from(k::CLONE_PIDFD);
    args.pidfd = &raw mut pidfd as u64;
    if flags & u64::from(k::CLONE_PARENT) == 0 {
        args.exit_signal = u64::from(k::SIGCHLD);
    }
    if let Some(fd) = cgroup {
        args.flags |= k::CLONE_INTO_CGROUP;
        args.cgroup = fd.as_raw_fd() as u64;
    }
    let size = size_of::<k::clone_args>();
    // SAFETY: without CLONE_VM this is fork: the child gets its own copy of everything, and there is
    // only one thread; the structure and `pidfd` live during the call.
    let pid = unsafe { call(k::__NR_clone3, [&raw mut args as usize, size, 0, 0, 0, 0]) };
    let pid = match check(pid) {
        Err(Errno::NOSYS) if cgroup.is_none() => {
            old_clone(args.flags, args.exit_signal, &mut pidfd)?
        }
        other => other?,
    };
    if pid == 0 {
        return Ok(Forked::Child);
    }
    Ok(Forked::Parent { pid: pid as i32, pidfd: (pidfd >= 0).then(|| adopt(pidfd)) })
}

fn old_clone(flags: u64, exit_signal: u64, pidfd: &mut i32) -> Result<usize> {
    let word = (flags | exit_signal) as usize;
    // SAFETY: as in `clone`; a null stack means the same stack address in the copy. The pidfd goes
    // where parent_tid is (Linux 5.2; before, the flag is ignored and -1 stays).
    check(unsafe { call(k::__NR_clone, [word, 0, pidfd as *mut i32 as usize, 0, 0, 0]) })
}

/// <https://man7.org/linux/man-pages/man2/mount_setattr.2.html>
pub fn mount_setattr(fd: BorrowedFd<'_>, recursive: bool, attr: &k::mount_attr) -> Result<()> {
    let flags = k::AT_EMPTY_PATH | if recursive { k::AT_RECURSIVE } else { 0 };
    let size = size_of::<k::mount_attr>();
    let path = c"".as_ptr() as usize;
    // SAFETY: the path is a static string and the structure is borrowed for the call.
    let done = unsafe {
        call(
            k::__NR_mount_setattr,
            [fd.as_raw_fd() as usize, path, flags as usize, attr as *const _ as usize, size, 0],
        )
    };
    check(done).map(drop)
}

/// <https://man7.org/linux/man-pages/man2/setns.2.html>
pub fn setns(fd: BorrowedFd<'_>, kinds: u64) -> Result<()> {
    // SAFETY: no pointers; changes only what this single thread sees of the system.
    check(unsafe { call(k::__NR_setns, [fd.as_raw_fd() as usize, kinds as usize, 0, 0, 0, 0]) })
        .map(drop)
}

/// <https://man7.org/linux/man-pages/man2/unshare.2.html>; raw because rustix has no CLONE_NEWTIME
/// in its type.
pub fn unshare(kinds: u64) -> Result<()> {
    // SAFETY: no pointers; CLONE_FILES is never in `kinds`.
    check(unsafe { call(k::__NR_unshare, [kinds as usize, 0, 0, 0, 0, 0]) }).map(drop)
}

/// The CLONE_NEW* of a namespace descriptor, <https://man7.org/linux/man-pages/man2/ioctl_ns.2.html>.
pub fn namespace_kind(fd: BorrowedFd<'_>) -> Result<u64> {
    // SAFETY: NS_GET_NSTYPE takes no argument.
    let kind = unsafe {
        call(k::__NR_ioctl, [fd.as_raw_fd() as usize, ioctl::NS_GET_NSTYPE as usize, 0, 0, 0, 0])
    };
    check(kind).map(|kind| kind as u64)
}

/// `struct ifreq` as far as flags need it.
#[repr(C)]
struct InterfaceFlags {
    name: [u8; 16],
    flags: u16,
    rest: [u8; 22],
}

/// Sets IFF_UP on the loopback interface. <https://man7.org/linux/man-pages/man7/netdevice.7.html>
pub fn loopback_up(socket: BorrowedFd<'_>) -> Result<()> {
    const UP: u16 = 1;
    let mut request = InterfaceFlags { name: [0; 16], flags: 0, rest: [0; 22] };
    request.name[..2].copy_from_slice(b"lo");
    let fd = socket.as_raw_fd() as usize;
    let control = |number: u32, request: &mut InterfaceFlags| {
        let at = request as *mut InterfaceFlags as usize;
        // SAFETY: the request is 40 bytes, as the kernel's ifreq, and borrowed for the call.
        check(unsafe { call(k::__NR_ioctl, [fd, number as usize, at, 0, 0, 0]) })
    };
    control(ioctl::SIOCGIFFLAGS, &mut request)?;
    request.flags |= UP;
    control(ioctl::SIOCSIFFLAGS, &mut request).map(drop)
}

/// <https://man7.org/linux/man-pages/man2/prlimit.2.html>
pub fn set_rlimit(resource: u32, soft: u64, hard: u64) -> Result<()> {
    let limit = k::rlimit64 { rlim_cur: soft, rlim_max: hard };
    let at = &raw const limit as usize;
    // SAFETY: the structure lives during the call; no old limit is asked for.
    check(unsafe { call(k::__NR_prlimit64, [0, resource as usize, at, 0, 0, 0]) }).map(drop)
}

/// Soft and hard limit.
pub fn rlimit(resource: u32) -> Result<(u64, u64)> {
    let mut limit = k::rlimit64 { rlim_cur: 0, rlim_max: 0 };
    let at = &raw mut limit as usize;
    // SAFETY: the kernel writes into the structure, which lives during the call; no new limit is given.
    check(unsafe { call(k::__NR_prlimit64, [0, resource as usize, 0, at, 0, 0]) })?;
    Ok((limit.rlim_cur, limit.rlim_max))
}

/// `struct sched_attr`, first version (48 bytes).
#[repr(C)]
#[derive(Default)]
pub struct SchedAttr {
    pub size: u32,
    pub policy: u32,
    pub flags: u64,
    pub nice: i32,
    pub priority: u32,
    pub runtime: u64,
    pub deadline: u64,
    pub period: u64,
}

/// <https://man7.org/linux/man-pages/man2/sched_setattr.2.html>
pub fn sched_setattr(attr: &SchedAttr) -> Result<()> {
    // SAFETY: the structure begins with its own size and is borrowed for the call.
    check(unsafe { call(k::__NR_sched_setattr, [0, attr as *const _ as usize, 0, 0, 0, 0]) })
        .map(drop)
}

/// Of this process. <https://man7.org/linux/man-pages/man2/ioprio_set.2.html>
pub fn ioprio_set(value: u32) -> Result<()> {
    // SAFETY: no pointers; 1 is IOPRIO_WHO_PROCESS, 0 the caller.
    check(unsafe { call(k::__NR_ioprio_set, [1, 0, value as usize, 0, 0, 0]) }).map(drop)
}

/// `mask` is a bit set of `words` native words.
pub fn sched_setaffinity(mask: &[usize]) -> Result<()> {
    let length = size_of_val(mask);
    // SAFETY: the slice is borrowed for the call and its length in bytes is passed.
    check(unsafe { call(k::__NR_sched_setaffinity, [0, length, mask.as_ptr() as usize, 0, 0, 0]) })
        .map(drop)
}

/// <https://man7.org/linux/man-pages/man2/set_mempolicy.2.html>
pub fn set_mempolicy(mode: u32, mask: &[usize]) -> Result<()> {
    // The kernel reads one bit less than it is told.
    let bits = if mask.is_empty() { 0 } else { mask.len() * usize::BITS as usize + 1 };
    let at = if mask.is_empty() { 0 } else { mask.as_ptr() as usize };
    // SAFETY: the slice holds all bits that the kernel reads, and is borrowed for the call.
    check(unsafe { call(k::__NR_set_mempolicy, [mode as usize, at, bits, 0, 0, 0]) }).map(drop)
}

pub fn personality(domain: u32) -> Result<()> {
    // SAFETY: no pointers.
    check(unsafe { call(k::__NR_personality, [domain as usize, 0, 0, 0, 0, 0]) }).map(drop)
}

/// <https://man7.org/linux/man-pages/man2/keyctl.2.html>
pub fn keyctl_join(name: &CStr) -> Result<i32> {
    // SAFETY: the name is NUL-terminated; KEYCTL_JOIN_SESSION_KEYRING is 1.
    check(unsafe { call(k::__NR_keyctl, [1, name.as_ptr() as usize, 0, 0, 0, 0]) })
        .map(|id| id as i32)
}

/// Fills `text` with `type;uid;gid;perm;description` and returns its length.
pub fn keyctl_describe(key: i32, text: &mut [u8]) -> Result<usize> {
    let at = text.as_mut_ptr() as usize;
    // SAFETY: the slice is writable for its length, which is passed; KEYCTL_DESCRIBE is 6.
    check(unsafe { call(k::__NR_keyctl, [6, key as usize, at, text.len(), 0, 0]) })
}

pub fn keyctl_setperm(key: i32, permissions: u32) -> Result<()> {
    // SAFETY: no pointers; KEYCTL_SETPERM is 5.
    check(unsafe { call(k::__NR_keyctl, [5, key as usize, permissions as usize, 0, 0, 0]) })
        .map(drop)
}

/// `struct sock_filter`.
#[repr(C)]
pub struct Filter {
    pub code: u16,
    pub jt: u8,
    pub jf: u8,
    pub k: u32,
}

/// SECCOMP_SET_MODE_FILTER; returns the listener's descriptor where one was asked for.
/// <https://man7.org/linux/man-pages/man2/seccomp.2.html>
pub fn seccomp(flags: u32, filter: &[Filter]) -> Result<i32> {
    #[repr(C)]
    struct Program {
        length: u16,
        filter: *const Filter,
    }
    let Ok(length) = u16::try_from(filter.len()) else { return Err(Errno::INVAL) };
    let program = Program { length, filter: filter.as_ptr() };
    let at = &raw const program as usize;
    // SAFETY: program and filter live during the call, and the length is the slice's.
    check(unsafe { call(k::__NR_seccomp, [1, flags as usize, at, 0, 0, 0]) }).map(|fd| fd as i32)
}

/// prctl with plain numbers only.
pub fn prctl(option: u32, value: usize, third: usize) -> Result<usize> {
    debug_assert!(option != p::PR_SET_MM && option != p::PR_SET_NAME);
    // SAFETY: callers in this crate use options that take numbers, no pointers.
    check(unsafe { call(k::__NR_prctl, [option as usize, value, third, 0, 0, 0]) })
}

/// Not dumpable: /proc/PID belongs to root, and only CAP_SYS_PTRACE of the first user namespace looks in.
pub fn set_dumpable(dumpable: bool) {
    // It takes 0 and 1 and fails for other numbers only.
    let _ = prctl(p::PR_SET_DUMPABLE, usize::from(dumpable), 0);
}

/// `fchmodat2` without following (Linux 6.6).
pub fn chmod_nofollow(dir: BorrowedFd<'_>, name: &CStr, mode: u32) -> Result<()> {
    let nofollow = k::AT_SYMLINK_NOFOLLOW as usize;
    // SAFETY: the name is NUL-terminated.
    check(unsafe {
        call(
            k::__NR_fchmodat2,
            [dir.as_raw_fd() as usize, name.as_ptr() as usize, mode as usize, nofollow, 0, 0],
        )
    })
    .map(drop)
}

/// The kernel's own answer, which says `(unreachable)` where libc would hide it.
pub fn getcwd(buffer: &mut [u8]) -> Result<usize> {
    // SAFETY: the slice is writable for the length that is passed.
    check(unsafe { call(k::__NR_getcwd, [buffer.as_mut_ptr() as usize, buffer.len(), 0, 0, 0, 0]) })
}

/// Returns only on failure. The lists are of NUL-terminated strings.
pub fn execve(path: &CStr, args: &[&CStr], env: &[&CStr]) -> Errno {
    fn pointers(list: &[&CStr]) -> alloc::vec::Vec<*const c_char> {
        list.iter().map(|text| text.as_ptr()).chain([core::ptr::null()]).collect()
    }
    let (args, env) = (pointers(args), pointers(env));
    // SAFETY: both lists end with a null and their strings with a NUL; all live during the call.
    let failed = unsafe {
        call(
            k::__NR_execve,
            [path.as_ptr() as usize, args.as_ptr() as usize, env.as_ptr() as usize, 0, 0, 0],
        )
    };
    Errno::from_raw_os_error(-failed as i32)
}

/// How a child ended: CLD_* code and status; `None` while it runs (only without `block`).
pub fn wait_exit(pid: i32, block: bool) -> Result<Option<(i32, i32)>> {
    #[repr(C)]
    struct SigInfo {
        signo: i32,
        errno: i32,
        code: i32,
        pad: i32,
        pid: i32,
        uid: u32,
        status: i32,
        rest: [u8; 100],
    }
    // SAFETY: plain data.
    let mut info: SigInfo = unsafe { core::mem::zeroed() };
    let at = &raw mut info as usize;
    let options = k::WEXITED | if block { 0 } else { k::WNOHANG };
    loop {
        // SAFETY: 128 bytes as the kernel's siginfo_t, alive during the call; P_PID is 1.
        let done = unsafe { call(k::__NR_waitid, [1, pid as usize, at, options as usize, 0, 0]) };
        match check(done) {
            Err(Errno::INTR) => {}
            other => return other.map(|_| (info.pid == pid).then_some((info.code, info.status))),
        }
    }
}

/// While a hook is fed, it may close its stdin.
pub fn ignore_sigpipe(ignore: bool) {
    let action = [usize::from(ignore), 0, 0, 0];
    let pipe = k::SIGPIPE as usize;
    // SAFETY: four zeroed words but the handler, as the kernel's sigaction; SIG_IGN is 1, SIG_DFL 0.
    unsafe { call(k::__NR_rt_sigaction, [pipe, action.as_ptr() as usize, 0, 8, 0, 0]) };
}

/// Milliseconds of the monotonic clock.
pub fn milliseconds() -> u64 {
    let mut now = [0i64; 2];
    // SAFETY: two 64-bit words as the kernel's timespec; 1 is CLOCK_MONOTONIC.
    unsafe { call(k::__NR_clock_gettime, [1, &raw mut now as usize, 0, 0, 0, 0]) };
    (now[0] as u64) * 1000 + (now[1] as u64) / 1_000_000
}

/// dup3 onto a fixed number, which stays open across exec.
pub fn dup_onto(fd: impl AsFd, number: RawFd) -> Result<()> {
    let from = fd.as_fd().as_raw_fd();
    if from == number {
        // SAFETY: no pointers; clears close-on-exec.
        return check(unsafe {
            call(k::__NR_fcntl, [from as usize, k::F_SETFD as usize, 0, 0, 0, 0])
        })
        .map(drop);
    }
    // SAFETY: callers give 0, 1 or 2, which no OwnedFd of ours holds.
    check(unsafe { call(k::__NR_dup3, [from as usize, number as usize, 0, 0, 0, 0]) }).map(drop)
}

/// Whether that number is open.
pub fn is_open(fd: RawFd) -> bool {
    // SAFETY: no pointers.
    unsafe { call(k::__NR_fcntl, [fd as usize, k::F_GETFD as usize, 0, 0, 0, 0]) >= 0 }
}
