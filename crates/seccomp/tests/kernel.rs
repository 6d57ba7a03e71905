//! The compiled filter in the running kernel: a child with no_new_privs loads it and tries calls.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "test code")]
#![cfg(target_arch = "x86_64")]

mod common;

use rundlet_plan::{BpfInsn, SeccompProfile};
use rundlet_seccomp::{CompileOptions, compile};

/// A call and the errno it must end with, 0 for success.
struct Attempt {
    what: &'static str,
    number: libc::c_long,
    args: [libc::c_long; 3],
    errno: i32,
}

fn attempt(
    what: &'static str,
    number: libc::c_long,
    args: [libc::c_long; 3],
    errno: i32,
) -> Attempt {
    Attempt { what, number, args, errno }
}

/// How the child ended: exit code (1 + index of the first wrong attempt, 0 for none) or signal.
#[derive(Debug, PartialEq, Eq)]
enum End {
    Exit(i32),
    Signal(i32),
}

const CANNOT_LOAD: i32 = 200;

fn in_child(insns: &[BpfInsn], attempts: &[Attempt]) -> End {
    let filter: Vec<libc::sock_filter> = insns
        .iter()
        .map(|i| libc::sock_filter { code: i.code, jt: i.jt, jf: i.jf, k: i.k })
        .collect();
    let program = libc::sock_fprog {
        len: u16::try_from(filter.len()).unwrap(),
        filter: filter.as_ptr().cast_mut(),
    };
    // SAFETY: the child makes raw system calls on memory prepared before and ends with _exit; it
    // neither allocates nor takes a lock that another thread of the test may hold.
    let pid = unsafe { libc::fork() };
    if pid == 0 {
        // SAFETY: as above; `program` and its filter outlive the child's calls.
        unsafe { libc::_exit(child(&program, attempts)) }
    }
    assert!(pid > 0, "fork: {}", std::io::Error::last_os_error());
    let mut status = 0;
    // SAFETY: status is ours and pid our child, waited for once.
    assert_eq!(unsafe { libc::waitpid(pid, &raw mut status, 0) }, pid);
    if libc::WIFSIGNALED(status) {
        End::Signal(libc::WTERMSIG(status))
    } else {
        End::Exit(libc::WEXITSTATUS(status))
    }
}

/// # Safety
/// `program` points to a filter of its length. Async-signal-safe.
unsafe fn child(program: &libc::sock_fprog, attempts: &[Attempt]) -> i32 {
    // SAFETY: prctl with integers only; seccomp reads `program`, valid by contract.
    let loaded = unsafe {
        libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
            && libc::syscall(libc::SYS_seccomp, libc::SECCOMP_SET_MODE_FILTER, 0, program) == 0
    };
    if !loaded {
        return CANNOT_LOAD;
    }
    for (index, Attempt { number, args, errno, .. }) in attempts.iter().enumerate() {
        // SAFETY: the attempts pass integers, and null where a pointer is expected.
        let (rc, seen) = unsafe {
            let rc = libc::syscall(*number, args[0], args[1], args[2]);
            (rc, *libc::__errno_location())
        };
        if (if rc == -1 { seen } else { 0 }) != *errno {
            return 1 + index as i32;
        }
    }
    0
}

fn assert_attempts(profile: &SeccompProfile, attempts: &[Attempt]) {
    let insns = compile(profile, &CompileOptions::default()).unwrap().insns;
    match in_child(&insns, attempts) {
        End::Exit(0) => {}
        End::Exit(CANNOT_LOAD) => panic!("the kernel refuses the filter"),
        End::Exit(code) => panic!("wrong answer to {}", attempts[(code - 1) as usize].what),
        End::Signal(signal) => panic!("died of signal {signal}"),
    }
}

#[test]
fn dockers_profile_allows_and_denies() {
    let Some(profile) = common::docker_profile() else { return };
    let attempts = [
        attempt("getpid", libc::SYS_getpid, [0; 3], 0),
        attempt("mount", libc::SYS_mount, [0; 3], libc::EPERM),
        attempt("unshare", libc::SYS_unshare, [libc::CLONE_NEWUSER.into(), 0, 0], libc::EPERM),
        attempt("clone in a user namespace", libc::SYS_clone, [0x1000_0000, 0, 0], libc::EPERM),
        attempt("keyctl", libc::SYS_keyctl, [0; 3], libc::EPERM),
        attempt("clone3", libc::SYS_clone3, [0; 3], libc::ENOSYS),
        attempt("personality(0)", libc::SYS_personality, [0; 3], 0),
        attempt("personality(-1)", libc::SYS_personality, [0xffff_ffff, 0, 0], 0),
        attempt("personality(-1, 64 bits)", libc::SYS_personality, [-1, 0, 0], libc::EPERM),
        attempt("personality(1)", libc::SYS_personality, [1, 0, 0], libc::EPERM),
        attempt("a syscall from the future", 999, [0; 3], libc::ENOSYS),
        attempt("close", libc::SYS_close, [-1, 0, 0], libc::EBADF),
    ];
    assert_attempts(&profile, &attempts);
}

#[test]
fn kills_with_sigsys() {
    let rules = vec![common::rule(&["getppid"], "SCMP_ACT_KILL_PROCESS", vec![])];
    let profile = common::profile("SCMP_ACT_ALLOW", rules);
    let insns = compile(&profile, &CompileOptions::default()).unwrap().insns;
    let attempts = [attempt("getppid", libc::SYS_getppid, [0; 3], 0)];
    assert_eq!(in_child(&insns, &attempts), End::Signal(libc::SIGSYS));
}

#[test]
fn foreign_abi_is_killed() {
    let profile = common::profile("SCMP_ACT_ALLOW", vec![]);
    let insns = compile(&profile, &CompileOptions::default()).unwrap().insns;
    let attempts = [attempt("x32 getpid", 0x4000_0000 + libc::SYS_getpid, [0; 3], 0)];
    assert_eq!(in_child(&insns, &attempts), End::Signal(libc::SIGSYS));
}

#[test]
fn long_programs_are_accepted() {
    let rules: Vec<_> = (0..300)
        .map(|i| {
            let args = vec![common::arg(i % 3, "SCMP_CMP_GE", u64::from(i) << 28, 0)];
            let rule = common::rule(&["personality"], "SCMP_ACT_ERRNO", args);
            rundlet_plan::SeccompRule { errno_ret: Some(100 + i), ..rule }
        })
        .collect();
    let profile = common::profile("SCMP_ACT_ALLOW", rules);
    let attempts = [
        attempt("getpid", libc::SYS_getpid, [0; 3], 0),
        attempt("personality(0)", libc::SYS_personality, [0; 3], 100),
    ];
    assert_attempts(&profile, &attempts);
}
