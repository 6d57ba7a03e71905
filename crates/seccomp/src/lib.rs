//! Compiles `linux.seccomp` of the runtime-spec into the classic BPF program that `seccomp(2)` loads.
//!
//! The meaning of a profile is that of runc with libseccomp; the heads of `precedence.rs` and
//! `enosys.rs` tell where that is not obvious. The way:
//!
//! ```text
//! SeccompProfile --rules--> per architecture: number -> rules   (names resolved, socketcall/ipc added)
//!                --precedence--> rules of one number in the order of their evaluation
//!                --segments--> ranges of numbers with one outcome  (ENOSYS stub, x32, bad ABI)
//!                --codegen--> binary search, argument checks, jumps resolved
//! ```
//!
//! Pure: no system call, no file, no global state.
//!
//! - profile: <https://github.com/opencontainers/runtime-spec/blob/main/config-linux.md#seccomp>
//! - program: <https://www.kernel.org/doc/html/latest/userspace-api/seccomp_filter.html>
#![forbid(unsafe_code)]

mod actions;
mod arch;
mod bpf;
mod codegen;
mod compile;
mod conditions;
mod enosys;
mod error;
mod flags;
mod generated {
    pub mod syscalls;
}
mod precedence;
mod rules;
mod segments;
mod syscalls;

pub use actions::KNOWN_ACTIONS;
pub use arch::{Arch, KNOWN_ARCHES};
pub use compile::{CompileOptions, Compiled, compile, compile_with_report, uses_notify};
pub use conditions::KNOWN_OPERATORS;
pub use error::SeccompError;
pub use flags::KNOWN_FLAGS;
