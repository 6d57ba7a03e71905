//! A part of a file, read by position: many readers share one descriptor.

use rustix::fd::OwnedFd;
use rustix::io::{Errno, pread};
use std::io::{self, Read};
use std::sync::Arc;

#[derive(Clone)]
pub struct Slice {
    file: Arc<OwnedFd>,
    offset: u64,
    left: u64,
}

impl Slice {
    pub fn new(file: Arc<OwnedFd>, offset: u64, size: u64) -> Self {
        Self { file, offset, left: size }
    }

    /// Steps over `count` bytes; false if there are not so many.
    #[must_use]
    pub fn advance(&mut self, count: u64) -> bool {
        let enough = count <= self.left;
        if enough {
            self.left -= count;
            self.offset += count;
        }
        enough
    }

    /// Bytes that are left.
    pub fn size(&self) -> u64 {
        self.left
    }
}

impl Read for Slice {
    /// The end of the file before the end of the slice is an error.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let want = buffer.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
        if want == 0 {
            return Ok(0);
        }
        let count = loop {
            match pread(&*self.file, &mut buffer[..want], self.offset) {
                Err(Errno::INTR) => {}
                other => break other?,
            }
        };
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.offset += count as u64;
        self.left -= count as u64;
        Ok(count)
    }
}
