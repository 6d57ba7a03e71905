//! Image archives: a tar file whose members are looked up by name, or a directory of the same form.

mod index;
mod open;
mod pack;
mod save;

pub use open::{Archive, OpenOptions};
pub use pack::pack_layer;
pub use save::{Member, write_end, write_member};
