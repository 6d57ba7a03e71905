//! A process's stdin: what clients and the fifo send, in the order in which it comes.

use crate::failure::Result;
use crate::poller::{Events, Poller, Token};
use rustix::fd::OwnedFd;
use rustix::io::Errno;
use std::collections::VecDeque;

/// From here on nothing more is read from those who feed it.
const FULL: usize = 64 << 10;

pub struct Input {
    /// None when the process has no stdin, or no longer.
    to: Option<OwnedFd>,
    queue: VecDeque<u8>,
    /// To be closed once the queue is written.
    ending: bool,
    watched: bool,
}

impl Input {
    /// @param to non-blocking.
    pub fn new(to: Option<OwnedFd>) -> Self {
        Self { to, queue: VecDeque::new(), ending: false, watched: false }
    }

    pub fn is_full(&self) -> bool {
        self.queue.len() >= FULL
    }

    pub fn push(&mut self, bytes: &[u8]) {
        if self.to.is_some() && !self.ending {
            self.queue.extend(bytes);
        }
    }

    pub fn end(&mut self) {
        self.ending = true;
    }

    /// Writes what the process takes, and has the poller tell when it takes more.
    pub fn flush(&mut self, poller: &Poller, token: Token) -> Result<()> {
        while let Some(to) = &self.to {
            let (bytes, _) = self.queue.as_slices();
            if bytes.is_empty() {
                break;
            }
            match rustix::io::write(to, bytes) {
                Ok(written) => drop(self.queue.drain(..written)),
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) if self.watched => return Ok(()),
                Err(Errno::AGAIN) => {
                    poller.add(to, token, Events::OUT)?;
                    self.watched = true;
                    return Ok(());
                }
                // It has closed its stdin, or ended.
                Err(_) => {
                    self.close(poller);
                    return Ok(());
                }
            }
        }
        self.queue.shrink_to(4096);
        if self.ending {
            self.close(poller);
        } else {
            self.unwatch(poller);
        }
        Ok(())
    }

    pub fn close(&mut self, poller: &Poller) {
        self.unwatch(poller);
        self.to = None;
        self.queue = VecDeque::new();
    }

    fn unwatch(&mut self, poller: &Poller) {
        if std::mem::take(&mut self.watched)
            && let Some(to) = &self.to
        {
            poller.remove(to);
        }
    }
}
