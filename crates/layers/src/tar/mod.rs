//! Tar archives as a stream of entries; every byte that is no file's content can be had raw, for
//! tar-split. Formats: POSIX.1-2017 pax "ustar" and "pax", and GNU's tar.h.

mod header;
mod pax;
mod walk;
mod window;

pub use header::{BLOCK, Time};
pub use walk::{Entry, Kind, TarStream};
