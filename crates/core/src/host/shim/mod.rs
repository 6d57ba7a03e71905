//! rundlet-shim: started, told to go on, asked, waited for. What it does itself is in crates/shim.

mod program;
mod socket;
mod start;
mod wait;

pub use program::{own_programs, set_programs};
pub use start::{shim_abort, shim_go, shim_start};
pub use wait::shim_wait;
