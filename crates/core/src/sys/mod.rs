//! Raw system calls that neither rustix nor nix offers in a safe form; one function each.
#![allow(unsafe_code, reason = "the crate's only home of raw system calls, with spawn.rs")]

pub mod bpf;
pub mod fd;
pub mod pidfd;
pub mod program;
pub mod signals;
