//! What a reader of an output has not taken yet.
//!
//! A reader that is slow slows the process down, as a pipe would: while its outbox is full the output is
//! not read. One that takes nothing for a second has stalled: the process goes on without it, and it is
//! told later how much it missed.

use rustix::io::Errno;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Bytes that are kept, and one chunk more.
const LIMIT: usize = 256 << 10;
const PATIENCE: Duration = Duration::from_secs(1);

pub struct Outbox {
    queue: VecDeque<Vec<u8>>,
    /// How much of the first is written.
    written: usize,
    bytes: usize,
    missed: u64,
    progress: Instant,
}

/// Whether the reader is still there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    There,
    Gone,
}

impl Outbox {
    pub fn new() -> Self {
        let queue = VecDeque::new();
        Self { queue, written: 0, bytes: 0, missed: 0, progress: Instant::now() }
    }

    pub fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// Whether the output has to wait for this reader.
    pub fn holds_up(&self) -> bool {
        self.is_full() && !self.has_stalled()
    }

    /// When `holds_up` will end by itself.
    pub fn patience_ends(&self) -> Option<Instant> {
        self.holds_up().then(|| self.progress + PATIENCE)
    }

    fn is_full(&self) -> bool {
        self.bytes >= LIMIT
    }

    fn has_stalled(&self) -> bool {
        self.is_full() && self.progress.elapsed() >= PATIENCE
    }

    /// Room for what comes next? Else it is counted as missed.
    pub fn admits(&mut self, length: usize) -> bool {
        let full = self.is_full() && self.has_stalled();
        if full {
            self.missed += length as u64;
        }
        !full
    }

    /// How much was missed since the last call; only when all before it is written.
    pub fn take_missed(&mut self) -> Option<u64> {
        let missed = std::mem::take(&mut self.missed);
        (missed > 0).then_some(missed)
    }

    pub fn progressed(&mut self) {
        self.progress = Instant::now();
    }

    pub fn push(&mut self, bytes: Vec<u8>) {
        if self.queue.is_empty() {
            self.progress = Instant::now();
        }
        self.bytes += bytes.len();
        self.queue.push_back(bytes);
    }

    /// Hands on what `write` takes; it answers how much it took of what it was given.
    pub fn flush(&mut self, mut write: impl FnMut(&[u8]) -> rustix::io::Result<usize>) -> Reader {
        while let Some(front) = self.queue.front() {
            match write(&front[self.written..]) {
                Ok(taken) => {
                    self.progress = Instant::now();
                    self.written += taken;
                    if self.written < front.len() {
                        continue;
                    }
                    self.bytes -= front.len();
                    self.written = 0;
                    self.queue.pop_front();
                }
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => return Reader::There,
                Err(_) => return Reader::Gone,
            }
        }
        self.queue.shrink_to(8);
        Reader::There
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_its_order_and_its_limit() {
        let mut outbox = Outbox::new();
        for letter in *b"abc" {
            assert!(outbox.admits(LIMIT / 3 + 1));
            outbox.push(vec![letter; LIMIT / 3 + 1]);
        }
        assert!(outbox.holds_up() && outbox.patience_ends().is_some());
        // Taken in pieces.
        let mut taken = Vec::new();
        let mut pieces = 0;
        let reader = outbox.flush(|bytes| {
            pieces += 1;
            if pieces > 10 {
                return Err(Errno::AGAIN);
            }
            let some = bytes.len().min(1000);
            taken.extend_from_slice(&bytes[..some]);
            Ok(some)
        });
        assert_eq!((reader, taken.len()), (Reader::There, 10_000));
        assert!(taken.iter().all(|byte| *byte == b'a'));
        assert_eq!(outbox.flush(|bytes| Ok(bytes.len())), Reader::There);
        assert!(outbox.is_empty() && !outbox.holds_up());
    }

    #[test]
    fn a_stalled_reader_holds_nothing_up_and_misses() {
        let mut outbox = Outbox::new();
        outbox.push(vec![0; LIMIT]);
        outbox.progress = Instant::now() - PATIENCE;
        assert!(!outbox.holds_up() && !outbox.admits(5));
        assert_eq!(outbox.flush(|_| Err(Errno::PIPE)), Reader::Gone);
        outbox.flush(|bytes| Ok(bytes.len()));
        assert_eq!((outbox.take_missed(), outbox.take_missed()), (Some(5), None));
    }
}
