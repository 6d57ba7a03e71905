//! epoll, level-triggered, with a token for everything that the loop waits for.

use crate::failure::{At, Result};
use crate::stream::Stream;
use rustix::event::{Timespec, epoll};
use rustix::fd::{AsFd, OwnedFd};
use rustix::io::Errno;
use std::time::Duration;

pub use rustix::event::epoll::EventFlags as Events;

/// Processes and clients by their place in the shim's lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Token {
    /// The engine.
    Control,
    /// SIGCHLD.
    Children,
    /// New clients.
    Listener,
    /// Who opens the fifos.
    Readers,
    /// The v1 group ran out of memory.
    Oom,
    Client(u32),
    /// A process's output.
    Output(u32, Stream),
    /// The fifo that mirrors an output, for a reader that is behind.
    Tap(u32, Stream),
    /// The fifo that feeds a process's input.
    Feed(u32),
    /// A process's input, when it could not take all.
    Input(u32),
}

impl Token {
    fn number(self) -> u64 {
        let (kind, place) = match self {
            Self::Control => (0, 0),
            Self::Children => (1, 0),
            Self::Listener => (2, 0),
            Self::Readers => (3, 0),
            Self::Oom => (4, 0),
            Self::Client(place) => (5, place),
            Self::Output(place, Stream::Stdout) => (6, place),
            Self::Output(place, Stream::Stderr) => (7, place),
            Self::Tap(place, Stream::Stdout) => (8, place),
            Self::Tap(place, Stream::Stderr) => (9, place),
            Self::Feed(place) => (10, place),
            Self::Input(place) => (11, place),
        };
        kind << 32 | u64::from(place)
    }

    fn from_number(number: u64) -> Option<Self> {
        let place = number as u32;
        Some(match number >> 32 {
            0 => Self::Control,
            1 => Self::Children,
            2 => Self::Listener,
            3 => Self::Readers,
            4 => Self::Oom,
            5 => Self::Client(place),
            6 => Self::Output(place, Stream::Stdout),
            7 => Self::Output(place, Stream::Stderr),
            8 => Self::Tap(place, Stream::Stdout),
            9 => Self::Tap(place, Stream::Stderr),
            10 => Self::Feed(place),
            11 => Self::Input(place),
            _ => return None,
        })
    }
}

pub struct Poller {
    epoll: OwnedFd,
    events: Vec<epoll::Event>,
}

impl Poller {
    pub fn new() -> Result<Self> {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC).at("epoll_create1", "")?;
        Ok(Self { epoll, events: Vec::with_capacity(16) })
    }

    pub fn add(&self, fd: impl AsFd, token: Token, events: Events) -> Result<()> {
        let data = epoll::EventData::new_u64(token.number());
        epoll::add(&self.epoll, fd, data, events).at("epoll_ctl", "")
    }

    pub fn modify(&self, fd: impl AsFd, token: Token, events: Events) -> Result<()> {
        let data = epoll::EventData::new_u64(token.number());
        epoll::modify(&self.epoll, fd, data, events).at("epoll_ctl", "")
    }

    /// What is not to be heard of is taken out: its hang-up would be reported again and again.
    pub fn remove(&self, fd: impl AsFd) {
        let _ = epoll::delete(&self.epoll, fd);
    }

    /// Waits, up to the limit, and gives what is ready.
    pub fn wait(&mut self, limit: Option<Duration>) -> Result<Vec<(Token, Events)>> {
        let limit = limit.map(|limit| Timespec::try_from(limit).unwrap_or_default());
        self.events.clear();
        let space = rustix::buffer::spare_capacity(&mut self.events);
        match epoll::wait(&self.epoll, space, limit.as_ref()) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(errno) => return Err(errno).at("epoll_wait", ""),
        }
        let known = |event: &epoll::Event| {
            Token::from_number(event.data.u64()).map(|token| (token, event.flags))
        };
        Ok(self.events.iter().filter_map(known).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_come_back() {
        for token in [
            Token::Control,
            Token::Children,
            Token::Listener,
            Token::Readers,
            Token::Oom,
            Token::Client(7),
            Token::Output(u32::MAX, Stream::Stdout),
            Token::Output(1, Stream::Stderr),
            Token::Tap(2, Stream::Stdout),
            Token::Tap(3, Stream::Stderr),
            Token::Feed(4),
            Token::Input(5),
        ] {
            assert_eq!(Token::from_number(token.number()), Some(token));
        }
        assert_eq!(Token::from_number(99 << 32), None);
    }
}
