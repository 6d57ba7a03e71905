//! Descriptor numbers that come from outside.

use rustix::fd::BorrowedFd;

/// Borrow one of the process's own 0, 1, 2.
pub fn standard(number: StdFd) -> BorrowedFd<'static> {
    // SAFETY: 0, 1 and 2 are open for the whole life of the process: `ensure_stdio` (executable) and
    // Node's own start (addon) see to it, and no code of ours closes them.
    unsafe { BorrowedFd::borrow_raw(number as i32) }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(i32)]
pub enum StdFd {
    In = 0,
    Out = 1,
    Err = 2,
}

/// Is the descriptor open? `fcntl(F_GETFD)`, <https://man7.org/linux/man-pages/man2/fcntl.2.html>.
pub fn is_open(number: i32) -> bool {
    // SAFETY: F_GETFD takes no pointer and changes nothing; a closed number answers EBADF.
    unsafe { libc::fcntl(number, libc::F_GETFD) != -1 }
}
