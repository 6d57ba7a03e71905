//! One layer's tar becomes a directory of overlay2 and a tar-split.json.gz, while both sides of the
//! decoder are hashed.

mod attributes;
mod directories;
mod layer;
mod parallel;
mod path;
mod remove;
mod sys;
mod whiteout;
mod writer;

pub use attributes::Maker;
pub use directories::{Directories, open_in_root};
pub use layer::{LayerJob, Limits, Unpacked};
pub use parallel::{Pace, unpack_layers};
pub use path::{clean, split};
