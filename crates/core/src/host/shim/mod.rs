//! rundlet-shim: started, told to go on, asked, waited for. What it does itself is in crates/shim.

mod attach;
mod conversation;
mod detach_keys;
mod exec;
mod program;
mod socket;
mod start;
mod wait;

pub use attach::{Attached, shim_attach, shim_attach_open, shim_resize};
pub use exec::shim_exec;
pub use program::{own_programs, set_programs};
pub use start::{shim_abort, shim_go, shim_start};
pub use wait::shim_wait;
