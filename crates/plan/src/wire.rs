//! The conversation between the host side and rundlet-init, over one SOCK_STREAM socket (init's fd 3),
//! postcard in frames `u32 little-endian length, body`; a peer that closes is an error, never a hang.
//!
//! ```text
//!  host side                         stage 1 (host namespaces)        stage 2 (the container's process)
//!  ToInit::Plan ───────────────────▶ prepare acts, join namespaces
//!                                    unshare user namespace
//!             ◀──────── FromInit::WantMaps
//!  writes maps, ToInit::Go ────────▶ clone3(CLONE_PARENT, namespaces) ─▶ inherits the socket
//!             ◀──────── FromInit::Child{pid} + pidfd (SCM_RIGHTS); stage 1 exits
//!             ◀────────────────────────────────────────── FromInit::WantCgroup   (act CgroupReady)
//!  cgroups made, Go + v1 `tasks` (SCM_RIGHTS) ──────────▶ writes 0 to each
//!             ◀────────────────────────────────────────── FromInit::Barrier{step} (hooks by TypeScript)
//!  Go ──────────────────────────────────────────────────▶
//!             ◀────────────────────────────────────────── FromInit::Console + master fd
//!             ◀────────────────────────────────────────── FromInit::Ready          (act WaitStart)
//!  Go: the record is written ───────────────────────────▶ waits at the gate (fifo: opens it for writing;
//!  Gate::Word: a second Go ─────────────────────────────▶  word: waits for it), then execve;
//!             ◀────────────────────────────────────────── end of file (close-on-exec) = running
//!             ◀── FromInit::Failed at any time instead
//! ```

use crate::{Act, Gate, IdMap, JoinNamespace, ProcessRef, SeccompProgram, TimeOffset};
use alloc::{boxed::Box, string::String, vec::Vec};
use serde::{Deserialize, Serialize};

/// Largest frame either side accepts, bytes.
pub const MAX_FRAME: u32 = 32 << 20;
/// init's end of the socket.
pub const INIT_SOCKET_FD: i32 = 3;

/// The part of the plan that init sees: acts without their pointers (it reports step numbers).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InitPlan {
    /// `CLONE_NEW*` of the namespaces to make, without CLONE_NEWUSER.
    pub clone_flags: u64,
    pub new_user: bool,
    pub join: Vec<JoinNamespace>,
    /// exec: the pidfd that came with the plan names the container; join these `CLONE_NEW*`.
    pub join_of: Option<(ProcessRef, u64)>,
    pub time_offsets: Vec<TimeOffset>,
    /// The new user namespace's maps, to become its root.
    pub root_maps: Option<(Vec<IdMap>, Vec<IdMap>)>,
    pub deny_setgroups: bool,
    pub prepare: Vec<Act>,
    pub steps: Vec<Act>,
    pub seccomp: Vec<SeccompProgram>,
    pub seccomp_notify: bool,
    pub gate: Gate,
    pub preserve_fds: u32,
    /// v2: the cgroup's directory came with the plan; clone with CLONE_INTO_CGROUP.
    pub into_cgroup: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum ToInit {
    /// Descriptors that come with it (SCM_RIGHTS), in this order: the pidfd of `join_of`, an O_PATH
    /// descriptor of exec.fifo (`Gate::Fifo`), the directory of `into_cgroup`.
    Plan(Box<InitPlan>),
    Go,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum FromInit {
    WantMaps,
    /// A pidfd comes with it.
    Child {
        pid: i32,
    },
    WantCgroup,
    Barrier {
        step: u32,
    },
    /// The console's master comes with it.
    Console,
    /// The notify fd of seccomp comes with it.
    SeccompListener,
    Ready,
    Failed(InitFailure),
}

/// Which list a step number counts in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, export_to = "plan.ts"))]
pub enum StepList {
    Prepare,
    Steps,
    /// Between the lists: namespaces, clone, socket.
    Stage,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InitFailure {
    pub list: StepList,
    pub step: u32,
    /// The system call, e.g. `move_mount`.
    pub syscall: String,
    /// 0 when the failure is not the kernel's.
    pub errno: i32,
    /// What it was done to: a path, a name; capped at 4096 bytes by init.
    pub subject: String,
    /// Free text where errno does not tell it (a hook's output, `executable file not found in $PATH`).
    pub detail: String,
}
