//! Raw system calls of unpacking, in the safe form in which it uses them.
#![allow(unsafe_code, reason = "the crate's only home of unsafe code")]

use rustix::fd::{AsRawFd, BorrowedFd};
use rustix::fs::Mode;
use rustix::io::Errno;
use rustix::thread::UnshareFlags;

/// Gives the calling thread a umask of its own and sets it to nothing; false where that is not possible.
pub fn own_umask_of_nothing() -> bool {
    // SAFETY: with CLONE_FS the thread's working directory, root and umask are its own from now on; no
    // descriptor is unshared, so nothing that safe code holds changes its meaning.
    let unshared = unsafe { rustix::thread::unshare_unsafe(UnshareFlags::FS) };
    if unshared.is_ok() {
        rustix::process::umask(Mode::empty());
    }
    unshared.is_ok()
}

/// Sets an extended attribute of what `name` is in the directory `at`, following nothing. By the path of
/// the descriptor in /proc, since the call that takes both is new (Linux 6.13).
pub fn set_xattr_at(
    at: BorrowedFd<'_>,
    name: &[u8],
    attribute: &[u8],
    value: &[u8],
) -> Result<(), Errno> {
    let path = [format!("/proc/self/fd/{}/", at.as_raw_fd()).as_bytes(), name].concat();
    rustix::fs::lsetxattr(&*path, attribute, value, rustix::fs::XattrFlags::empty())
}
