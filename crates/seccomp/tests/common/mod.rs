//! What the tests of the compiler share.
#![allow(dead_code, reason = "every test binary uses a part")]
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "test code")]

pub mod abis;
pub mod generator;
#[cfg(feature = "oracle")]
pub mod oracle;
pub mod reference;
pub mod simulator;

use std::path::Path;

use rundlet_plan::{SeccompArg, SeccompProfile, SeccompRule};

/// The profile Docker 27 gives to a default container; none (with the reason printed) outside our workplace.
pub fn docker_profile() -> Option<SeccompProfile> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/fixtures/docker-configs/docker-default-config.json");
    let Ok(text) = std::fs::read(&path) else {
        println!("skipped: no {}", path.display());
        return None;
    };
    let config: serde_json::Value = serde_json::from_slice(&text).unwrap();
    Some(serde_json::from_value(config["linux"]["seccomp"].clone()).unwrap())
}

pub fn profile(default: &str, syscalls: Vec<SeccompRule>) -> SeccompProfile {
    SeccompProfile { default_action: default.to_owned(), syscalls, ..SeccompProfile::default() }
}

pub fn rule(names: &[&str], action: &str, args: Vec<SeccompArg>) -> SeccompRule {
    let names = names.iter().map(|&name| name.to_owned()).collect();
    SeccompRule { names, action: action.to_owned(), errno_ret: None, args }
}

pub fn arg(index: u32, op: &str, value: u64, value_two: u64) -> SeccompArg {
    SeccompArg { index, value, value_two, op: op.to_owned() }
}

pub fn errno(value: u32) -> u32 {
    0x0005_0000 | value
}

pub const ALLOW: u32 = 0x7fff_0000;
pub const KILL_THREAD: u32 = 0;
pub const ENOSYS: u32 = 38;
