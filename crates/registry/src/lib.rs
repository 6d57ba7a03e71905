//! Mechanism of the registry protocol: requests whose answers are texts, and blobs on their way into
//! layers. Which requests, with what authorization, is decided in TypeScript (src/engine/registry).
//!
//! ```text
//! registry ── blob (resumed after cuts) ── crates/layers: both digests, decoder, files, tar-split
//! ```
#![forbid(unsafe_code)]

mod blob;
mod client;
mod error;
mod request;
mod state;
mod transfer;

pub use client::{Client, Trust};
pub use error::{Error, Result};
pub use request::{Answer, Request};
pub use state::{LayerProgress, Phase, Snapshot};
pub use transfer::{BlobJob, Transfer};
