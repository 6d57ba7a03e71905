//! Trees of files to tar and back, for `cp` and `export`: no whiteouts, no tar-split, and what is written to
//! may be the root of a container that runs meanwhile.

mod pack;
mod place;
mod write;

pub use pack::Packer;
pub use place::{Base, place_archive};
pub use write::headers;
