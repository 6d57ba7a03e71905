//! Our own code in memory.
#![allow(unsafe_code, reason = "madvise on the program's own text, between symbols of the linker")]

use std::ffi::c_void;
use std::ptr::addr_of;

unsafe extern "C" {
    static __executable_start: u8;
    static etext: u8;
}

/// The code that starting took is not needed while the container runs: its pages leave our resident
/// set, to be mapped again from the page cache where they are. A shim is there for each container, for as
/// long as that is.
pub fn give_back() {
    const PAGE: usize = 4096;
    // Only the addresses of the symbols are taken; there is nothing at them to be read.
    let start = (addr_of!(__executable_start) as usize).next_multiple_of(PAGE);
    let end = addr_of!(etext) as usize / PAGE * PAGE;
    if start < end {
        // SAFETY: between these symbols lie the program's headers and code, mapped from its file and
        // never written to (no relocation is applied to them): MADV_DONTNEED drops the mapped pages and the
        // next access maps the same bytes again.
        unsafe { libc::madvise(start as *mut c_void, end - start, libc::MADV_DONTNEED) };
    }
}
