//! Image layers: tar archives in and out of overlay2's directories, with tar-split.json.gz and digests.
//!
//! ```text
//!           ┌ sha256 ┐             ┌ sha256 ┐
//! archive ──┴────────┴─ decoder ───┴────────┴── tar ──┬── files below overlay2/<cache id>/diff
//!                                                     └── tar-split.json.gz
//! ```
//!
//! What an archive says is never trusted: names are resolved by the kernel below the layer's root, sizes
//! and counts have limits, digests are compared before anybody uses a layer.
#![deny(unsafe_code)]

mod archive;
mod copy;
mod decompress;
mod digest;
mod error;
mod slice;
mod split;
mod tar;
mod unpack;

pub use archive::{Archive, Member, OpenOptions, pack_layer, write_end, write_member};
pub use copy::{Base, Packer, place_archive};
pub use decompress::Decoder;
pub use digest::Digest;
pub use error::{Error, Reason, Result};
pub use slice::Slice;
pub use split::tar_size;
pub use unpack::{LayerJob, Limits, Pace, Unpacked, unpack_layers};
