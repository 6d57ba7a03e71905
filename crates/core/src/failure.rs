//! The one error of this crate; it becomes `OpFailure` at the border.

use rundlet_plan::{InitFailure, OpFailure, StepList};
use rustix::io::Errno;
use std::borrow::Cow;

/// What failed, on what, and why; the operation's name is added by the dispatcher.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Failure {
    pub syscall: Cow<'static, str>,
    /// 0 when the failure is not the kernel's.
    pub errno: i32,
    pub subject: String,
    pub detail: String,
    pub list: Option<StepList>,
    pub step: Option<u32>,
    /// JSON pointer.
    pub from: Option<String>,
}

pub type Result<T> = std::result::Result<T, Failure>;

impl Failure {
    /// A system call that failed.
    pub fn kernel(syscall: &'static str, errno: Errno, subject: impl Into<String>) -> Self {
        Self {
            syscall: syscall.into(),
            errno: errno.raw_os_error(),
            subject: subject.into(),
            ..Self::default()
        }
    }

    /// A failure that is not the kernel's.
    pub fn text(subject: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { subject: subject.into(), detail: detail.into(), ..Self::default() }
    }

    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }

    pub fn asked_by(mut self, from: &str) -> Self {
        self.from = Some(from.to_owned());
        self
    }

    pub fn is(&self, errno: Errno) -> bool {
        self.errno == errno.raw_os_error()
    }

    /// For lack of permission, or because the filesystem is read-only.
    pub fn is_permission(&self) -> bool {
        [Errno::ACCESS, Errno::PERM, Errno::ROFS].iter().any(|errno| self.is(*errno))
    }

    /// `mkdir /a/b: permission denied`.
    pub fn words(&self) -> String {
        format!("{} {}: {}", self.syscall, self.subject, errno_text(self.errno))
    }

    /// What it says, without what it was about where that is said too.
    pub fn into_words(self) -> String {
        if self.errno == 0 { self.detail } else { self.words() }
    }

    pub fn into_op(self, op: &str) -> OpFailure {
        OpFailure {
            op: op.to_owned(),
            syscall: self.syscall.into_owned(),
            errno: self.errno,
            errno_name: errno_name(self.errno),
            errno_text: errno_text(self.errno),
            subject: self.subject,
            detail: self.detail,
            list: self.list,
            step: self.step,
            from: self.from,
        }
    }
}

impl From<InitFailure> for Failure {
    fn from(failure: InitFailure) -> Self {
        Self {
            syscall: failure.syscall.into(),
            errno: failure.errno,
            subject: failure.subject,
            detail: failure.detail,
            list: Some(failure.list),
            step: Some(failure.step),
            from: None,
        }
    }
}

impl From<rundlet_layers::Error> for Failure {
    fn from(error: rundlet_layers::Error) -> Self {
        match error.reason {
            rundlet_layers::Reason::Kernel { syscall, errno } => {
                Self::kernel(syscall, errno, error.subject)
            }
            rundlet_layers::Reason::Refused(reason) => Self::text(error.subject, reason),
        }
    }
}

/// `result.at("openat", path)?`
pub trait At<T> {
    fn at(self, syscall: &'static str, subject: &str) -> Result<T>;
}

impl<T> At<T> for rustix::io::Result<T> {
    fn at(self, syscall: &'static str, subject: &str) -> Result<T> {
        self.map_err(|errno| Failure::kernel(syscall, errno, subject))
    }
}

impl<T> At<T> for std::io::Result<T> {
    fn at(self, syscall: &'static str, subject: &str) -> Result<T> {
        self.map_err(|error| match Errno::from_io_error(&error) {
            Some(errno) => Failure::kernel(syscall, errno, subject),
            None => {
                Failure { syscall: syscall.into(), ..Failure::text(subject, error.to_string()) }
            }
        })
    }
}

fn errno_name(errno: i32) -> String {
    match errno {
        0 => String::new(),
        _ => format!("{:?}", nix::errno::Errno::from_raw(errno)),
    }
}

/// The C library's words with a small first letter, which are Go's (and so runc's) but for a few
/// that begin with an acronym.
fn errno_text(errno: i32) -> String {
    if errno == 0 {
        return String::new();
    }
    let text = std::io::Error::from_raw_os_error(errno).to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut letters = text.chars();
    match (letters.next(), letters.next()) {
        (Some(first), Some(second)) if second.is_lowercase() || second == '/' => {
            format!("{}{}", first.to_lowercase(), &text[first.len_utf8()..])
        }
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_runc() {
        for (errno, name, text) in [
            (Errno::NOENT, "ENOENT", "no such file or directory"),
            (Errno::PERM, "EPERM", "operation not permitted"),
            (Errno::IO, "EIO", "input/output error"),
            (Errno::LOOP, "ELOOP", "too many levels of symbolic links"),
            (Errno::AGAIN, "EAGAIN", "resource temporarily unavailable"),
            (Errno::OPNOTSUPP, "EOPNOTSUPP", "operation not supported"),
        ] {
            assert_eq!(errno_name(errno.raw_os_error()), name);
            assert_eq!(errno_text(errno.raw_os_error()), text);
        }
        assert_eq!((errno_name(0), errno_text(0)), (String::new(), String::new()));
    }
}
