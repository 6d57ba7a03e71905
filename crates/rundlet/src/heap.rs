//! The allocator's settings for a process that lives for milliseconds.

use std::ffi::c_int;

/// What the heap grows by at once: a command needs one to two megabytes.
const GROWTH: c_int = 1 << 20;

/// The heap grows in large steps and never shrinks. Its pages come by faults: getting them all with one
/// call (MADV_POPULATE_WRITE) took 0.4 ms, more than the faults of those that are used.
pub fn prepare() {
    // SAFETY: mallopt takes plain numbers and refuses what it does not know; no other thread runs yet.
    unsafe {
        libc::mallopt(libc::M_TRIM_THRESHOLD, c_int::MAX);
        libc::mallopt(libc::M_TOP_PAD, GROWTH);
    }
}
