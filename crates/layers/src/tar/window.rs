//! A buffer over a reader, large enough that most files are written to disk straight from it.

use crate::error::{Error, Result};
use std::io::Read;

const SIZE: usize = 256 << 10;

pub struct Window<R> {
    inner: R,
    buffer: Box<[u8]>,
    start: usize,
    end: usize,
}

impl<R: Read> Window<R> {
    pub fn new(inner: R) -> Self {
        Self { inner, buffer: vec![0; SIZE].into_boxed_slice(), start: 0, end: 0 }
    }

    /// At least `count` bytes (no more than the buffer holds), fewer only at the end.
    pub fn at_least(&mut self, count: usize) -> Result<&[u8]> {
        if self.end - self.start < count {
            self.buffer.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
            // What is read is hashed at once: in large pieces.
            while self.end < self.buffer.len() {
                match self.inner.read(&mut self.buffer[self.end..]) {
                    Ok(0) => break,
                    Ok(count) => self.end += count,
                    Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                    Err(error) => return Err(error.into()),
                }
            }
        }
        Ok(&self.buffer[self.start..self.end])
    }

    pub fn consume(&mut self, count: usize) {
        self.start += count;
    }

    /// The next `count` bytes, of those that `at_least` has shown, consumed.
    pub fn give(&mut self, count: usize) -> &[u8] {
        self.start += count;
        &self.buffer[self.start - count..self.start]
    }

    /// Exactly `count` bytes, appended to `out`.
    pub fn take(&mut self, mut count: usize, out: &mut Vec<u8>) -> Result<()> {
        while count > 0 {
            let some = self.at_least(1)?;
            if some.is_empty() {
                return Err(cut());
            }
            let piece = some.len().min(count);
            out.extend_from_slice(&some[..piece]);
            self.consume(piece);
            count -= piece;
        }
        Ok(())
    }

    pub fn buffered(&self) -> usize {
        self.end - self.start
    }

    pub fn inner(&mut self) -> &mut R {
        &mut self.inner
    }

    pub fn into_inner(self) -> R {
        self.inner
    }
}

pub fn cut() -> Error {
    Error::refused("", "unexpected EOF: the archive is cut")
}
