//! What went wrong: the call, to what, and why. The host side and TypeScript make the sentence.

use alloc::string::{String, ToString};
use rustix::io::Errno;

pub type Result<T> = core::result::Result<T, Error>;

#[derive(Debug)]
pub enum Error {
    Failed {
        syscall: &'static str,
        errno: i32,
        subject: String,
        detail: String,
    },
    /// The other end of the socket is gone: there is nobody to tell, and nothing to go on for.
    Orphaned,
}

impl Error {
    /// A refusal of ours, in words.
    pub fn refused(syscall: &'static str, subject: &str, detail: impl Into<String>) -> Error {
        Error::Failed { syscall, errno: 0, subject: subject.to_string(), detail: detail.into() }
    }

    pub fn kernel(syscall: &'static str, errno: Errno, subject: &str) -> Error {
        Error::Failed {
            syscall,
            errno: errno.raw_os_error(),
            subject: subject.to_string(),
            detail: String::new(),
        }
    }

    #[must_use]
    pub fn with_detail(mut self, text: impl Into<String>) -> Error {
        if let Error::Failed { detail, .. } = &mut self {
            *detail = text.into();
        }
        self
    }

    pub fn errno(&self) -> i32 {
        match self {
            Error::Failed { errno, .. } => *errno,
            Error::Orphaned => 0,
        }
    }
}

/// Says which call failed, and on what.
pub trait Context<T> {
    fn on(self, syscall: &'static str, subject: &str) -> Result<T>;
}

impl<T> Context<T> for rustix::io::Result<T> {
    fn on(self, syscall: &'static str, subject: &str) -> Result<T> {
        self.map_err(|errno| Error::kernel(syscall, errno, subject))
    }
}

/// The kernel's words, as Go prints them, for texts that callers of a runtime match on.
pub fn words(errno: Errno) -> &'static str {
    match errno {
        Errno::PERM => "operation not permitted",
        Errno::NOENT => "no such file or directory",
        Errno::NOEXEC => "exec format error",
        Errno::ACCESS => "permission denied",
        Errno::EXIST => "file exists",
        Errno::NODEV => "no such device",
        Errno::NOSPC => "no space left on device",
        Errno::NOTDIR => "not a directory",
        Errno::ISDIR => "is a directory",
        Errno::INVAL => "invalid argument",
        Errno::LOOP => "too many levels of symbolic links",
        Errno::NAMETOOLONG => "file name too long",
        Errno::TOOBIG => "argument list too long",
        Errno::NOMEM => "cannot allocate memory",
        Errno::TXTBSY => "text file busy",
        Errno::DQUOT => "disk quota exceeded",
        Errno::IO => "input/output error",
        _ => "failed",
    }
}
