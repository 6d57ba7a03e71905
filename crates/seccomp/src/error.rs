//! Why a profile cannot be compiled.

use thiserror::Error;

/// Every variant knows its place in `linux.seccomp`; [`SeccompError::pointer`] gives it as JSON pointer.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SeccompError {
    #[error("unknown seccomp action {action:?}")]
    UnknownAction { action: String, rule: Option<usize> },

    #[error("unknown seccomp operator {op:?}")]
    UnknownOperator { op: String, rule: usize, arg: usize },

    #[error("unknown seccomp architecture {arch:?}")]
    UnknownArchitecture { arch: String, index: usize },

    /// One program has one byte order.
    #[error("seccomp architecture {arch:?} has another byte order than the host")]
    ForeignByteOrder { arch: &'static str, index: usize },

    #[error("unknown seccomp flag {flag:?}")]
    UnknownFlag { flag: String, index: usize },

    #[error("seccomp argument index {index} is not within 0..=5")]
    ArgumentIndex { index: u32, rule: usize, arg: usize },

    #[error("errnoRet {value} does not fit in 16 bits")]
    ErrnoRange { value: u32, rule: Option<usize> },

    #[error("empty seccomp syscall name")]
    EmptyName { rule: usize, name: usize },

    /// The runtime itself writes the listener's number after the filter is loaded.
    #[error("SCMP_ACT_NOTIFY cannot be used for the write syscall")]
    NotifyOnWrite { rule: usize },

    #[error("SCMP_ACT_NOTIFY cannot be used as default action")]
    NotifyAsDefault,

    /// Same syscall and same conditions, or an unconditional subset of them, but another action.
    #[error(
        "seccomp rule {rule} gives {syscall:?} on {arch} another action than rule {earlier} under the same conditions"
    )]
    Conflict { syscall: &'static str, arch: &'static str, rule: usize, earlier: usize },

    /// `BPF_MAXINSNS` of `linux/bpf_common.h`.
    #[error("seccomp program has {instructions} instructions, the kernel takes {limit}")]
    TooLong { instructions: usize, limit: usize },
}

impl SeccompError {
    /// Where in `linux.seccomp` the fault is, as JSON pointer relative to it (RFC 6901).
    pub fn pointer(&self) -> String {
        match self {
            Self::UnknownAction { rule: Some(rule), .. } => format!("/syscalls/{rule}/action"),
            Self::UnknownAction { rule: None, .. } | Self::NotifyAsDefault => {
                "/defaultAction".to_owned()
            }
            Self::UnknownOperator { rule, arg, .. } => format!("/syscalls/{rule}/args/{arg}/op"),
            Self::ArgumentIndex { rule, arg, .. } => format!("/syscalls/{rule}/args/{arg}/index"),
            Self::UnknownArchitecture { index, .. } | Self::ForeignByteOrder { index, .. } => {
                format!("/architectures/{index}")
            }
            Self::UnknownFlag { index, .. } => format!("/flags/{index}"),
            Self::ErrnoRange { rule: Some(rule), .. } => format!("/syscalls/{rule}/errnoRet"),
            Self::ErrnoRange { rule: None, .. } => "/defaultErrnoRet".to_owned(),
            Self::EmptyName { rule, name } => format!("/syscalls/{rule}/names/{name}"),
            Self::NotifyOnWrite { rule } | Self::Conflict { rule, .. } => {
                format!("/syscalls/{rule}")
            }
            Self::TooLong { .. } => String::new(),
        }
    }
}
