//! The one error: what was tried, on what, and why not.

use rustix::io::Errno;
use std::fmt;

#[derive(Debug)]
pub struct Failure {
    operation: &'static str,
    subject: String,
    reason: String,
}

pub type Result<T> = std::result::Result<T, Failure>;

impl Failure {
    pub fn text(
        operation: &'static str,
        subject: impl Into<String>,
        reason: impl fmt::Display,
    ) -> Self {
        Self { operation, subject: subject.into(), reason: reason.to_string() }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.subject.as_str() {
            "" => write!(f, "{}: {}", self.operation, self.reason),
            subject => write!(f, "{} {subject}: {}", self.operation, self.reason),
        }
    }
}

/// `result.at("mkdir", path)?`
pub trait At<T> {
    fn at(self, operation: &'static str, subject: &str) -> Result<T>;
}

impl<T> At<T> for rustix::io::Result<T> {
    fn at(self, operation: &'static str, subject: &str) -> Result<T> {
        self.map_err(|errno| Failure::text(operation, subject, words(errno)))
    }
}

impl<T> At<T> for std::io::Result<T> {
    fn at(self, operation: &'static str, subject: &str) -> Result<T> {
        self.map_err(|error| match Errno::from_io_error(&error) {
            Some(errno) => Failure::text(operation, subject, words(errno)),
            None => Failure::text(operation, subject, error),
        })
    }
}

/// The C library's words with a small first letter, as everywhere in rundlet.
fn words(errno: Errno) -> String {
    let text = std::io::Error::from(errno).to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_lowercase().chain(letters).collect(),
        None => String::new(),
    }
}
