//! Records on our stdout and stderr.

use super::entry::{Entry, Stream};
use super::time::fixed_time;
use crate::failure::Result;
use crate::host::files::write_all;
use crate::sys::fd::{StdFd, standard};
use rundlet_plan::{LogRead, Moment};
use rustix::fd::{AsFd, OwnedFd};
use rustix::io::Errno;

pub struct Printer {
    since: Option<Moment>,
    until: Option<Moment>,
    timestamps: bool,
    wanted: [bool; 2],
    /// The last record of the stream ended its line.
    fresh: [bool; 2],
    to: Stream,
    text: Vec<u8>,
    /// Instead of this process's own.
    ends: Option<[OwnedFd; 2]>,
}

/// Whether there is more to print.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum More {
    Yes,
    /// Past `until`, or nobody reads.
    No,
}

const BATCH: usize = 64 << 10;

impl Printer {
    pub fn new(args: &LogRead, ends: Option<[OwnedFd; 2]>) -> Self {
        Self {
            since: args.since,
            until: args.until,
            timestamps: args.timestamps,
            wanted: [args.stdout, args.stderr],
            fresh: [true; 2],
            to: Stream::Stdout,
            text: Vec::new(),
            ends,
        }
    }

    /// What tells, by an error, that nobody reads: pipes of our own.
    pub fn ends(&self) -> &[OwnedFd] {
        self.ends.as_ref().map_or(&[], |ends| ends.as_slice())
    }

    pub fn add(&mut self, entry: &Entry<'_>) -> Result<More> {
        let key = |moment: Moment| (moment.seconds, moment.nanoseconds);
        let time = key(entry.time);
        if self.until.is_some_and(|until| time > key(until)) {
            return Ok(More::No);
        }
        if self.since.is_some_and(|since| time < key(since)) || !self.wanted[entry.stream as usize]
        {
            return Ok(More::Yes);
        }
        if (entry.stream != self.to || self.text.len() >= BATCH) && self.flush()? == More::No {
            return Ok(More::No);
        }
        self.to = entry.stream;
        let fresh = &mut self.fresh[entry.stream as usize];
        if self.timestamps && *fresh {
            self.text.extend_from_slice(fixed_time(entry.time).as_bytes());
            self.text.push(b' ');
        }
        *fresh = entry.line.ends_with(b"\n");
        self.text.extend_from_slice(&entry.line);
        Ok(More::Yes)
    }

    pub fn flush(&mut self) -> Result<More> {
        let fd = match (&self.ends, self.to) {
            (Some([out, _]), Stream::Stdout) => out.as_fd(),
            (Some([_, err]), Stream::Stderr) => err.as_fd(),
            (None, Stream::Stdout) => standard(StdFd::Out),
            (None, Stream::Stderr) => standard(StdFd::Err),
        };
        let written = write_all(fd, &self.text, "output");
        self.text.clear();
        match written {
            Err(failure) if failure.is(Errno::PIPE) => Ok(More::No),
            other => other.map(|()| More::Yes),
        }
    }
}
