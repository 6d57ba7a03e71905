//! `linux.seccomp` of the runtime-spec, as it goes from TypeScript to the compiler.

use alloc::{string::String, vec::Vec};
use serde::{Deserialize, Serialize};

/// Spec names throughout (`SCMP_ACT_ERRNO`, `SCMP_ARCH_X86_64`, `SCMP_CMP_EQ`).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, export_to = "plan.ts"))]
pub struct SeccompProfile {
    pub default_action: String,
    #[serde(default)]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub default_errno_ret: Option<u32>,
    #[serde(default)]
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<Vec<String>>"))]
    pub architectures: Vec<String>,
    #[serde(default)]
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<Vec<String>>"))]
    pub flags: Vec<String>,
    #[serde(default)]
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<Vec<SeccompRule>>"))]
    pub syscalls: Vec<SeccompRule>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, export_to = "plan.ts"))]
pub struct SeccompRule {
    pub names: Vec<String>,
    pub action: String,
    #[serde(default)]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub errno_ret: Option<u32>,
    #[serde(default)]
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<Vec<SeccompArg>>"))]
    pub args: Vec<SeccompArg>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, export_to = "plan.ts"))]
pub struct SeccompArg {
    pub index: u32,
    #[cfg_attr(feature = "ts", ts(type = "number | bigint"))]
    pub value: u64,
    #[serde(default)]
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<crate::Int>"))]
    pub value_two: u64,
    pub op: String,
}

/// One instruction of classic BPF, `struct sock_filter`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BpfInsn {
    pub code: u16,
    pub jt: u8,
    pub jf: u8,
    pub k: u32,
}

/// What `seccomp(2)` SECCOMP_SET_MODE_FILTER takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeccompProgram {
    pub flags: u32,
    pub insns: Vec<BpfInsn>,
}
