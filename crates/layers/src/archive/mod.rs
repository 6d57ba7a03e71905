//! Image archives: a tar file whose members are looked up by name, or a directory of the same form.

mod index;
mod open;

pub use open::{Archive, OpenOptions};
