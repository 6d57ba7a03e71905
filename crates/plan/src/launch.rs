//! The plan itself: what the host side does around the clone, and the acts inside.

use crate::{CgroupPlan, SeccompProfile, Step};
use alloc::{string::String, vec::Vec};
use serde::{Deserialize, Serialize};

/// A whole launch, of a container (`create`, `run`) or of a further process in one (`exec`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, export_to = "plan.ts"))]
pub struct LaunchPlan {
    pub id: String,
    pub namespaces: Namespaces,
    /// Maps of a new user namespace.
    #[serde(default)]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub user: Option<UserMaps>,
    #[serde(default)]
    pub time_offsets: Vec<TimeOffset>,
    #[serde(default)]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub cgroup: Option<CgroupPlan>,
    /// Acts in the caller's namespaces, before the clone.
    pub prepare: Vec<Step>,
    /// Acts of the container's process, after the clone.
    pub steps: Vec<Step>,
    /// Filters that `Act::Seccomp` and `Credentials::seccomp_before` index.
    #[serde(default)]
    pub seccomp: Vec<SeccompSource>,
    pub gate: Gate,
    /// Path of the socket that receives the console's master (`--console-socket`); absent: the master
    /// is kept for `wait` to copy from and to.
    #[serde(default)]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub console_socket: Option<String>,
    /// Where the seccomp notify fd goes (`linux.seccomp.listenerPath`).
    #[serde(default)]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub seccomp_listener: Option<SeccompListener>,
    /// Path of the socket that receives the pidfd (`--pidfd-socket`).
    #[serde(default)]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub pidfd_socket: Option<String>,
    /// Descriptors 3 .. 3+n are passed on to the program.
    #[serde(default)]
    pub preserve_fds: u32,
    pub stdio: Stdio,
    /// The handle of `launchAhead`, whose descriptors are then those of `stdio`. Added by whoever launches.
    #[serde(default)]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub ahead: Option<u32>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, export_to = "plan.ts"))]
pub struct Namespaces {
    /// Names of the spec: pid network ipc uts mount user cgroup time.
    pub create: Vec<String>,
    pub join: Vec<JoinNamespace>,
    /// exec: join all namespaces of this process that differ from the caller's.
    #[serde(default)]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub of: Option<ProcessRef>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, export_to = "plan.ts"))]
pub struct JoinNamespace {
    pub kind: String,
    pub path: String,
    pub from: String,
}

/// A process that survives pid reuse: pid and field 22 of /proc/PID/stat (clock ticks since boot).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, export_to = "plan.ts"))]
pub struct ProcessRef {
    pub pid: i32,
    #[cfg_attr(feature = "ts", ts(type = "number | bigint"))]
    pub start_time: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, export_to = "plan.ts"))]
pub struct UserMaps {
    pub uid: Vec<IdMap>,
    pub gid: Vec<IdMap>,
    /// Write `deny` to /proc/PID/setgroups first (unprivileged gid_map, CVE-2014-8989).
    pub deny_setgroups: bool,
    /// Map through newuidmap/newgidmap (an ordinary user with several ids).
    #[serde(default)]
    pub helpers: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, export_to = "plan.ts"))]
pub struct IdMap {
    pub container: u32,
    pub host: u32,
    pub size: u32,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, export_to = "plan.ts"))]
pub struct TimeOffset {
    /// `monotonic` or `boottime`.
    pub clock: String,
    #[cfg_attr(feature = "ts", ts(type = "number | bigint"))]
    pub secs: i64,
    pub nanosecs: u32,
}

/// A filter to compile.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, export_to = "plan.ts"))]
pub struct SeccompSource {
    pub profile: SeccompProfile,
    pub from: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, export_to = "plan.ts"))]
pub struct SeccompListener {
    pub path: String,
    /// ContainerProcessState JSON in two halves around the pid.
    pub state: (String, String),
}

/// How the process, once ready, is let go.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, export_to = "plan.ts"))]
pub enum Gate {
    /// `exec.fifo` in this directory, made by the host side (mode 0622, as runc).
    Fifo { dir: String },
    /// The host side's word (`launchStart`).
    Word {},
    /// At once.
    Open {},
}

/// Stdin, stdout and stderr of the container's process: descriptor numbers of the calling process,
/// `-1` for /dev/null. Unused with a console.
pub type Stdio = [i32; 3];
