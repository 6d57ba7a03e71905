//! The one error of this crate.

use rustix::io::Errno;

#[derive(Debug)]
pub struct Error {
    /// What the error is about: an archive's or entry's name, a path.
    pub subject: String,
    pub reason: Reason,
}

#[derive(Debug, PartialEq)]
pub enum Reason {
    /// A system call that failed.
    Kernel { syscall: &'static str, errno: Errno },
    /// Input that is damaged, refused or not what was promised.
    Refused(String),
}

pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    pub fn kernel(syscall: &'static str, errno: Errno, subject: impl Into<String>) -> Self {
        Self { subject: subject.into(), reason: Reason::Kernel { syscall, errno } }
    }

    pub fn refused(subject: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { subject: subject.into(), reason: Reason::Refused(reason.into()) }
    }

    pub fn is(&self, wanted: Errno) -> bool {
        matches!(self.reason, Reason::Kernel { errno, .. } if errno == wanted)
    }

    /// Named by what it is a part of: `layer sha256:…: etc/passwd`.
    pub fn within(mut self, whole: &str) -> Self {
        self.subject = if self.subject.is_empty() {
            whole.to_owned()
        } else {
            format!("{whole}: {}", self.subject)
        };
        self
    }
}

/// `result.at("openat", path)?`; the subject may hold bytes that are not UTF-8.
pub trait At<T> {
    fn at(self, syscall: &'static str, subject: &[u8]) -> Result<T>;
}

impl<T> At<T> for rustix::io::Result<T> {
    fn at(self, syscall: &'static str, subject: &[u8]) -> Result<T> {
        self.map_err(|errno| Error::kernel(syscall, errno, String::from_utf8_lossy(subject)))
    }
}

/// An error from below a reader: ours passes through, the kernel's keeps its number, and what a decoder
/// says is a refusal.
impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        if let Some(errno) = Errno::from_io_error(&error) {
            return Self::kernel("read", errno, "");
        }
        let text = error.to_string();
        match error.into_inner().map(|inner| inner.downcast::<Self>()) {
            Some(Ok(ours)) => *ours,
            _ => Self::refused("", text),
        }
    }
}

impl From<Error> for std::io::Error {
    fn from(error: Error) -> Self {
        Self::other(error)
    }
}

impl std::error::Error for Error {}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if !self.subject.is_empty() {
            write!(f, "{}: ", self.subject)?;
        }
        match &self.reason {
            Reason::Kernel { syscall, errno } => write!(f, "{syscall}: {errno}"),
            Reason::Refused(text) => f.write_str(text),
        }
    }
}
