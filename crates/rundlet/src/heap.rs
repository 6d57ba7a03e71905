//! The allocator's settings for a process that lives for milliseconds.

use std::ffi::c_int;

/// What the heap grows by at once: a command needs one to two megabytes.
const GROWTH: usize = 1 << 20;

/// - One arena: the second thread would otherwise map, align and protect one of its own.
/// - The heap grows in large steps and never shrinks.
/// - The first step's pages come with one call instead of one fault each (MADV_POPULATE_WRITE,
///   kernel 5.14; where it fails, they come by faults as ever). Only `populate` bytes of it: what is
///   not used would count as memory all the same.
pub fn prepare(populate: usize) {
    // SAFETY: mallopt takes plain numbers and refuses what it does not know; sbrk(0) only tells the
    // end of the heap; madvise looks for itself whether the pages belong to us and changes nothing in
    // them. No other thread runs yet.
    unsafe {
        libc::mallopt(libc::M_ARENA_MAX, 1);
        libc::mallopt(libc::M_TRIM_THRESHOLD, c_int::MAX);
        libc::mallopt(libc::M_TOP_PAD, GROWTH as c_int);
        let before = libc::sbrk(0) as usize;
        // More than is left of the heap that the C library began with: makes it grow.
        drop(std::hint::black_box((
            Vec::<u8>::with_capacity(100 << 10),
            Vec::<u8>::with_capacity(100 << 10),
        )));
        let grown = (libc::sbrk(0) as usize).saturating_sub(before);
        libc::madvise(before as *mut libc::c_void, grown.min(populate), libc::MADV_POPULATE_WRITE);
    }
}
