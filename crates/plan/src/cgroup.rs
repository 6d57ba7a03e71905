//! The container's cgroups, as directories to make and files to write.

use crate::SystemdUnit;
use alloc::{string::String, vec::Vec};
use serde::{Deserialize, Serialize};

/// Which hierarchies this host has, read once (`HostFacts::cgroup`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, export_to = "plan.ts"))]
pub enum CgroupVersion {
    V1,
    V2,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, export_to = "plan.ts"))]
pub struct CgroupPlan {
    pub version: CgroupVersion,
    /// One entry per hierarchy on v1, one entry on v2; made in order.
    pub groups: Vec<CgroupDir>,
    /// The groups exist (exec): join them, make and write nothing.
    #[serde(default)]
    pub existing: bool,
    /// Device rules in spec order, after the runtime's own defaults. v1: devices.allow/deny; v2: eBPF.
    #[serde(default)]
    pub devices: Vec<DeviceRule>,
    /// A group that cannot be made for lack of permission is left out, unless it has limits (rootless
    /// without delegation, and no `cgroupsPath` asked for).
    #[serde(default)]
    pub optional: bool,
    /// systemd makes the group (its name in `name=systemd` on v1, the one of v2) with init in it, and the
    /// host side the rest; for a further process: who is asked when it may not join by itself.
    #[serde(default)]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub systemd: Option<SystemdUnit>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, export_to = "plan.ts"))]
pub struct CgroupDir {
    /// v1: hierarchy name (`memory`, `cpu,cpuacct`, `systemd`); v2: empty.
    pub hierarchy: String,
    /// The hierarchy's mount point, e.g. `/sys/fs/cgroup/memory`.
    pub mount: String,
    /// The group below it, absolute, cleaned: `/docker/<id>`.
    pub path: String,
    /// v1 cpuset: copy cpuset.cpus and cpuset.mems from the parent where they are empty.
    #[serde(default)]
    pub inherit_cpuset: bool,
    /// v2: controllers to enable in cgroup.subtree_control on the way down.
    #[serde(default)]
    pub controllers: Vec<String>,
    pub writes: Vec<CgroupWrite>,
    /// v2: who gets the group, that is, its directory and the files of /sys/kernel/cgroup/delegate.
    #[serde(default)]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub owner: Option<u32>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, export_to = "plan.ts"))]
pub struct CgroupWrite {
    pub file: String,
    pub value: String,
    /// JSON pointer, `/linux/resources/memory/limit`.
    pub from: String,
    /// A kernel without this file is no error.
    #[serde(default)]
    pub if_exists: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, export_to = "plan.ts"))]
pub struct DeviceRule {
    pub allow: bool,
    /// `a`, `b` or `c`.
    pub kind: String,
    /// `None` is `*`.
    #[serde(default)]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub major: Option<u32>,
    #[serde(default)]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub minor: Option<u32>,
    /// Of `rwm`.
    pub access: String,
    pub from: String,
}
