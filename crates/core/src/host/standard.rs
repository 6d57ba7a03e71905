//! Descriptors 0, 1 and 2 are open before anything else is.

use crate::sys::fd::is_open;
use rustix::fd::{AsRawFd, IntoRawFd};
use rustix::fs::{Mode, OFlags, open};

/// New descriptors get the lowest free number, so that opening /dev/null fills the gaps in order.
/// These three are not close-on-exec: they are for whatever is executed. Without /dev/null nothing
/// can be done, and nothing is.
pub fn ensure_stdio() {
    if (0..3).all(is_open) {
        return;
    }
    while let Ok(fd) = open("/dev/null", OFlags::RDWR, Mode::empty()) {
        if fd.as_raw_fd() > 2 {
            return;
        }
        // It stays open for the whole life of the process.
        let _ = fd.into_raw_fd();
    }
}
