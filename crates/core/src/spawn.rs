//! Clone and exec, and nothing in between that a threaded process must not do.
//!
//! `clone(CLONE_VM | CLONE_VFORK)` lends our memory to the child and stops the calling thread (and
//! only it) until the child has executed or exited. Other threads run on and may hold any lock, so
//! the child neither allocates nor locks nor calls anything of the C library but bare system calls,
//! works on what the parent prepared, on a stack of its own, and cannot panic. All signals are
//! blocked across it: a handler of the host must not run in the borrowed memory. They stay blocked
//! through exec, which drops the handlers; rundlet-init lifts the mask as its first act.
#![allow(unsafe_code, reason = "clone and what runs between it and exec")]

use crate::sys::signals::Blocked;
use rustix::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use rustix::io::Errno;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::mem::MaybeUninit;
use std::sync::atomic::{AtomicI32, Ordering};

/// What to execute and with which descriptors.
pub struct Spawn<'a> {
    /// The program (a sealed memfd).
    pub program: BorrowedFd<'a>,
    pub args: [&'a CStr; 4],
    /// Numbers of this process that become 0, 1 and 2.
    pub stdio: [i32; 3],
    /// Becomes `socket_number`.
    pub socket: BorrowedFd<'a>,
    /// Becomes the number after the socket's; everything above is closed at exec.
    pub wake: BorrowedFd<'a>,
    pub socket_number: i32,
}

/// A child process: its number and a pidfd.
pub struct Child {
    pub pid: i32,
    pub pidfd: OwnedFd,
}

/// Room for a few frames and the kernel's clone of registers; the child goes four calls deep.
const STACK_BYTES: usize = 16 << 10;

#[repr(C, align(16))]
struct Stack(MaybeUninit<[u8; STACK_BYTES]>);

/// All that the child reads, prepared before the clone.
struct Prepared {
    program: c_int,
    argv: [*const c_char; 5],
    envp: [*const c_char; 1],
    /// Descriptor and the number it shall have.
    moves: [(c_int, c_int); 5],
    /// The highest number that the program gets.
    last_number: c_int,
    /// 0, or why exec did not happen.
    errno: AtomicI32,
}

/// Start the program, with an empty environment and with all signals blocked.
///
/// - <https://man7.org/linux/man-pages/man2/clone.2.html> (CLONE_PIDFD: kernel 5.2)
/// - <https://man7.org/linux/man-pages/man2/execveat.2.html>
pub fn spawn(spawn: &Spawn<'_>) -> Result<Child, Errno> {
    let [name, socket, preserve, wake] = spawn.args.map(CStr::as_ptr);
    let wake_number = spawn.socket_number + 1;
    let [stdin, stdout, stderr] = spawn.stdio;
    let prepared = Prepared {
        program: spawn.program.as_raw_fd(),
        argv: [name, socket, preserve, wake, std::ptr::null()],
        envp: [std::ptr::null()],
        moves: [
            (spawn.socket.as_raw_fd(), spawn.socket_number),
            (spawn.wake.as_raw_fd(), wake_number),
            (stdin, 0),
            (stdout, 1),
            (stderr, 2),
        ],
        last_number: wake_number,
        errno: AtomicI32::new(0),
    };
    let mut stack = Stack(MaybeUninit::uninit());
    let mut pidfd: c_int = -1;
    let blocked = Blocked::all();
    // SAFETY: the child runs `child` on `stack`, which it alone uses: CLONE_VFORK holds this thread
    // here until the child has executed or exited, so `stack`, `prepared` and `pidfd` outlive its
    // use of them. `child` keeps the rules at the head of this file. The stack grows down from its
    // end, which `Stack` aligns to 16 bytes.
    let pid = unsafe {
        libc::clone(
            child,
            stack.0.as_mut_ptr().add(1).cast::<c_void>(),
            libc::CLONE_VM | libc::CLONE_VFORK | libc::CLONE_PIDFD | libc::SIGCHLD,
            std::ptr::from_ref(&prepared).cast_mut().cast::<c_void>(),
            std::ptr::from_mut(&mut pidfd),
        )
    };
    let clone_errno = Errno::from_io_error(&std::io::Error::last_os_error());
    drop(blocked);
    if pid < 0 {
        return Err(clone_errno.unwrap_or(Errno::AGAIN));
    }
    // SAFETY: CLONE_PIDFD stored a new descriptor (close-on-exec) that only we know.
    let pidfd = unsafe { OwnedFd::from_raw_fd(pidfd) };
    match prepared.errno.load(Ordering::Relaxed) {
        0 => Ok(Child { pid, pidfd }),
        errno => {
            reap(&pidfd);
            Err(Errno::from_raw_os_error(errno))
        }
    }
}

fn reap(pidfd: &OwnedFd) {
    use rustix::process::{WaitId, WaitIdOptions, waitid};
    while let Err(Errno::INTR) = waitid(WaitId::PidFd(pidfd.as_fd()), WaitIdOptions::EXITED) {}
}

/// The child. Rules: at the head of this file.
extern "C" fn child(prepared: *mut c_void) -> c_int {
    // SAFETY: `spawn` passes a `Prepared` that it keeps alive and unchanged until this process has
    // executed or exited; only `errno` is written, and that is atomic.
    let prepared = unsafe { &*prepared.cast::<Prepared>() };
    // SAFETY: see `execute`; it returns only when a call failed.
    unsafe {
        execute(prepared);
        prepared.errno.store(*libc::__errno_location(), Ordering::Relaxed);
        libc::syscall(libc::SYS_exit_group, 127);
    }
    127
}

/// Returns when a call fails, with its errno set.
///
/// # Safety
/// To be called in the child only: it changes the process's descriptors.
unsafe fn execute(prepared: &Prepared) {
    // SAFETY: bare system calls on numbers and on memory of `prepared`, whose strings and arrays the
    // parent keeps alive; descriptors are this process's own copies (no CLONE_FILES).
    unsafe {
        // Numbers up to the last are targets: take every source out of their way first.
        let above = prepared.last_number + 1;
        let program = out_of_the_way(prepared.program, above);
        if program < 0 {
            return;
        }
        let mut moves = prepared.moves;
        for (from, to) in &mut moves {
            if *from != *to {
                *from = out_of_the_way(*from, above);
                if *from < 0 {
                    return;
                }
            }
        }
        for (from, to) in moves {
            let moved = if from == to {
                libc::syscall(libc::SYS_fcntl, to, libc::F_SETFD, 0)
            } else {
                libc::syscall(libc::SYS_dup3, from, to, 0)
            };
            if moved < 0 {
                return;
            }
        }
        close_above(above);
        libc::syscall(
            libc::SYS_execveat,
            program,
            c"".as_ptr(),
            prepared.argv.as_ptr(),
            prepared.envp.as_ptr(),
            libc::AT_EMPTY_PATH,
        );
    }
}

/// Duplicate to a number of at least `above`, if it is below that.
///
/// # Safety
/// As `execute`.
unsafe fn out_of_the_way(fd: c_int, above: c_int) -> c_int {
    if fd >= above {
        return fd;
    }
    // SAFETY: no pointers; the new number is close-on-exec.
    unsafe { libc::syscall(libc::SYS_fcntl, fd, libc::F_DUPFD_CLOEXEC, above) as c_int }
}

/// Close at exec everything from `first` on. CLOSE_RANGE_CLOEXEC is of kernel 5.11; before it the
/// net is only that every descriptor of ours is made close-on-exec, and the preserved ones have
/// numbers below.
///
/// # Safety
/// As `execute`.
unsafe fn close_above(first: c_int) {
    // SAFETY: no pointers; marks this process's own descriptors.
    unsafe {
        libc::syscall(
            libc::SYS_close_range,
            first as libc::c_uint,
            libc::c_uint::MAX,
            libc::CLOSE_RANGE_CLOEXEC,
        );
    }
}
