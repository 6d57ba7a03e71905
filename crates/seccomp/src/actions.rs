//! Actions: spec names to return values of the program (`SECCOMP_RET_*` of `linux/seccomp.h`).

use crate::error::SeccompError;

const RET_KILL_PROCESS: u32 = 0x8000_0000;
const RET_KILL_THREAD: u32 = 0x0000_0000;
const RET_TRAP: u32 = 0x0003_0000;
const RET_ERRNO: u32 = 0x0005_0000;
const RET_USER_NOTIF: u32 = 0x7fc0_0000;
const RET_TRACE: u32 = 0x7ff0_0000;
const RET_LOG: u32 = 0x7ffc_0000;
const RET_ALLOW: u32 = 0x7fff_0000;
const RET_ACTION_MASK: u32 = 0xffff_0000;

const EPERM: u32 = 1;
const ENOSYS: u32 = 38;

/// What the program returns for one system call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Action(pub u32);

impl Action {
    pub const ENOSYS: Self = Self(RET_ERRNO | ENOSYS);
    /// libseccomp's `SCMP_FLTATR_ACT_BADARCH` unless set otherwise, which runc does not.
    pub const BAD_ARCH: Self = Self(RET_KILL_THREAD);
    pub const NOTIFY: Self = Self(RET_USER_NOTIF);

    /// Under these a syscall from the future runs into the kernel (or the tracer), which can say ENOSYS itself.
    pub fn is_permissive(self) -> bool {
        matches!(self.0 & RET_ACTION_MASK, RET_ALLOW | RET_LOG | RET_TRACE)
    }
}

const NAMES: [(&str, u32); 9] = [
    ("SCMP_ACT_ALLOW", RET_ALLOW),
    ("SCMP_ACT_ERRNO", RET_ERRNO),
    ("SCMP_ACT_KILL", RET_KILL_THREAD),
    ("SCMP_ACT_KILL_PROCESS", RET_KILL_PROCESS),
    ("SCMP_ACT_KILL_THREAD", RET_KILL_THREAD),
    ("SCMP_ACT_LOG", RET_LOG),
    ("SCMP_ACT_NOTIFY", RET_USER_NOTIF),
    ("SCMP_ACT_TRACE", RET_TRACE),
    ("SCMP_ACT_TRAP", RET_TRAP),
];

/// For `features`.
pub const KNOWN_ACTIONS: [&str; NAMES.len()] = {
    let mut names = [""; NAMES.len()];
    let mut i = 0;
    while i < names.len() {
        names[i] = NAMES[i].0;
        i += 1;
    }
    names
};

/// `rule`: index in `syscalls`, or none for the default action.
///
/// errnoRet counts for ERRNO and TRACE (default EPERM) and is ignored elsewhere, as runc does.
/// Values above 16 bits are an error here; runc cuts them, which can turn an error into success.
pub fn parse(
    name: &str,
    errno_ret: Option<u32>,
    rule: Option<usize>,
) -> Result<Action, SeccompError> {
    let Some(&(_, base)) = NAMES.iter().find(|(known, _)| *known == name) else {
        return Err(SeccompError::UnknownAction { action: name.to_owned(), rule });
    };
    if base != RET_ERRNO && base != RET_TRACE {
        return Ok(Action(base));
    }
    match errno_ret.unwrap_or(EPERM) {
        value if value <= u32::from(u16::MAX) => Ok(Action(base | value)),
        value => Err(SeccompError::ErrnoRange { value, rule }),
    }
}
