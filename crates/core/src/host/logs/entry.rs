//! One record of a log, whatever the driver.

use rundlet_plan::Moment;
use std::borrow::Cow;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    Stdout,
    Stderr,
}

#[derive(Debug, PartialEq)]
pub struct Entry<'a> {
    pub stream: Stream,
    pub time: Moment,
    /// With its line end; without one the line goes on in the next record.
    pub line: Cow<'a, [u8]>,
}

/// What stands first in bytes of a log.
#[derive(Debug, PartialEq)]
pub enum Decoded<'a> {
    /// Its length, and the record; None is one that cannot be read.
    Record(usize, Option<Entry<'a>>),
    /// Not all of it is there yet.
    Incomplete,
}
