//! One output of a process: the reading end of its pipe, or its terminal.

use crate::failure::Result;
use crate::poller::{Events, Poller, Token};
use rustix::fd::OwnedFd;
use rustix::io::Errno;

pub struct Output {
    fd: OwnedFd,
    watched: bool,
}

pub enum Read {
    Bytes(usize),
    Nothing,
    End,
}

impl Output {
    /// @param fd non-blocking.
    pub fn new(fd: OwnedFd) -> Self {
        Self { fd, watched: false }
    }

    pub fn watch(&mut self, poller: &Poller, token: Token, wanted: bool) -> Result<()> {
        if wanted == self.watched {
            return Ok(());
        }
        self.watched = wanted;
        match wanted {
            true => poller.add(&self.fd, token, Events::IN),
            false => {
                poller.remove(&self.fd);
                Ok(())
            }
        }
    }

    pub fn read(&self, buffer: &mut [u8]) -> Read {
        loop {
            match rustix::io::read(&self.fd, &mut *buffer) {
                Ok(length @ 1..) => return Read::Bytes(length),
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => return Read::Nothing,
                // EIO: nobody holds the terminal's other side any more.
                Ok(_) | Err(_) => return Read::End,
            }
        }
    }
}
