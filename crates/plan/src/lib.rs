//! The LaunchPlan: a container as a list of small kernel acts, and the words that the three parties
//! (TypeScript, the host side in `rundlet-core`, and `rundlet-init`) say to each other about it.
//!
//! One source for all of them: TypeScript's types are generated from this crate (`npm run gen:plan`).
//! TypeScript sends JSON; the host side and init speak postcard, which is why no enum here is
//! internally tagged or flattened (postcard is not self-describing).
#![forbid(unsafe_code)]
// rundlet-init is linked without std: its size is copied at every start.
#![cfg_attr(not(feature = "ts"), no_std)]

extern crate alloc;

mod act;
mod cgroup;
mod launch;
mod ops;
mod registry;
mod seccomp;
mod shim;
mod systemd;
mod wire;

pub use act::*;
pub use cgroup::*;
pub use launch::*;
pub use ops::*;
pub use registry::*;
pub use seccomp::*;
pub use shim::*;
pub use systemd::*;
pub use wire::*;

/// How a 64-bit integer stands in TypeScript: a bigint only where a number would lose it.
#[cfg(feature = "ts")]
#[derive(ts_rs::TS)]
#[ts(export, export_to = "plan.ts", type = "number | bigint")]
pub struct Int;
