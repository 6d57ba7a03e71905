//! The one error of this crate.

#[derive(Debug, Clone, PartialEq)]
pub struct Error {
    /// What was being done, a system call where there is one: `connect`.
    pub what: &'static str,
    /// 0 when it is not the kernel's.
    pub errno: i32,
    /// Empty where `errno` says it.
    pub text: String,
}

pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    pub fn text(what: &'static str, text: impl Into<String>) -> Self {
        Self { what, errno: 0, text: text.into() }
    }
}

impl From<ureq::Error> for Error {
    /// Go's words, where Docker's users know them.
    fn from(error: ureq::Error) -> Self {
        match error {
            ureq::Error::Io(error) => error.into(),
            ureq::Error::HostNotFound => Self::text("lookup", "no such host"),
            ureq::Error::Timeout(ureq::Timeout::Connect) => Self::text("connect", "i/o timeout"),
            ureq::Error::Timeout(_) => Self::text("read", "i/o timeout"),
            ureq::Error::Rustls(error) => Self::text("tls", format!("tls: {error}")),
            ureq::Error::RequireHttpsOnly(url) => {
                Self::text("redirect", format!("leads from https to {url}: refused"))
            }
            other => Self::text("http", other.to_string()),
        }
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        match error.raw_os_error() {
            Some(errno) => Self { what: act(&error), errno, text: String::new() },
            None => match error.get_ref().and_then(|inner| inner.downcast_ref::<Self>()) {
                Some(ours) => ours.clone(),
                None => from_words(&error.to_string()),
            },
        }
    }
}

/// The standard library tells a name that was not found by its words alone.
fn from_words(words: &str) -> Error {
    match words.strip_prefix("failed to lookup address information: ") {
        Some("Name or service not known" | "No address associated with hostname") => {
            Error::text("lookup", "no such host")
        }
        Some(reason) => Error::text("lookup", reason.to_lowercase()),
        None => Error::text("read", words),
    }
}

/// What was done when the kernel said so: both ends of a connection fail in their own ways.
fn act(error: &std::io::Error) -> &'static str {
    use std::io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset};
    match error.kind() {
        ConnectionReset | ConnectionAborted | BrokenPipe => "read",
        _ => "connect",
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
        match self.errno {
            0 => f.write_str(&self.text),
            errno => write!(f, "{}: {}", self.what, std::io::Error::from_raw_os_error(errno)),
        }
    }
}
