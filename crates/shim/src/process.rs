//! A process with its stdio: the container's first, or that of an exec.

use crate::console::Console;
use crate::failure::Result;
use crate::fifo::Tap;
use crate::input::Input;
use crate::output::Output;
use crate::poller::{Events, Poller, Token};
use crate::stream::Stream;
use rustix::fd::OwnedFd;
use std::time::{Duration, Instant};

/// How long output is awaited of those who outlive the process and still hold its pipes. Two seconds, as
/// dockerd; containerd's shim waits ten.
pub const DRAIN: Duration = Duration::from_secs(2);

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct End {
    /// 128 and the signal if it was killed.
    pub exit_code: i32,
    /// 0 for none.
    pub signal: i32,
}

pub struct Process {
    /// Its fifos' name: `init`, or the exec's id.
    pub name: String,
    /// 0 before it is created.
    pub pid: i32,
    pub tty: bool,
    /// It has a stdin.
    pub stdin: bool,
    /// Who asked for it and waits for the answer; of an exec.
    pub asker: Option<u32>,
    pub end: Option<End>,
    /// Output is read no longer than this.
    pub drain_until: Option<Instant>,
    outputs: [Option<Output>; 2],
    pub taps: [Option<Tap>; 2],
    pub input: Input,
    /// The fifo that feeds the input.
    feed: Option<OwnedFd>,
    feed_watched: bool,
    /// For its size.
    pub terminal: Option<OwnedFd>,
    /// Where the runtime sends the terminal, while it is created.
    pub console: Option<Console>,
}

impl Process {
    pub fn new(name: &str, stdin: bool, tty: bool) -> Self {
        Self {
            name: name.to_owned(),
            pid: 0,
            tty,
            stdin,
            asker: None,
            end: None,
            drain_until: None,
            outputs: [None, None],
            taps: [None, None],
            input: Input::new(None),
            feed: None,
            feed_watched: false,
            terminal: None,
            console: None,
        }
    }

    pub fn set_feed(&mut self, fifo: OwnedFd) {
        self.feed = Some(fifo);
    }

    pub fn feed(&self) -> Option<&OwnedFd> {
        self.feed.as_ref()
    }

    pub fn set_output(&mut self, stream: Stream, fd: OwnedFd) {
        self.outputs[stream.index()] = Some(Output::new(fd));
    }

    pub fn output(&self, stream: Stream) -> Option<&Output> {
        self.outputs[stream.index()].as_ref()
    }

    pub fn outputs_ended(&self) -> bool {
        self.outputs.iter().all(Option::is_none)
    }

    /// No more is read from it, and its fifo's reader sees the end.
    pub fn close_output(&mut self, place: u32, stream: Stream, poller: &Poller) -> Result<()> {
        if let Some(mut output) = self.outputs[stream.index()].take() {
            output.watch(poller, Token::Output(place, stream), false)?;
        }
        Ok(())
    }

    /// Have the poller tell of output, or not: while a reader holds it up.
    pub fn watch_outputs(&mut self, place: u32, poller: &Poller, wanted: bool) -> Result<()> {
        for stream in Stream::BOTH {
            if let Some(output) = &mut self.outputs[stream.index()] {
                output.watch(poller, Token::Output(place, stream), wanted)?;
            }
        }
        Ok(())
    }

    /// Read from the fifo only what the input has room for.
    pub fn watch_feed(&mut self, place: u32, poller: &Poller) -> Result<()> {
        let wanted = !self.input.is_full();
        if let Some(feed) = &self.feed
            && wanted != self.feed_watched
        {
            self.feed_watched = wanted;
            match wanted {
                true => poller.add(feed, Token::Feed(place), Events::IN)?,
                false => poller.remove(feed),
            }
        }
        Ok(())
    }

    /// Everything out of the poller and closed.
    pub fn close(&mut self, place: u32, poller: &Poller) -> Result<()> {
        for stream in Stream::BOTH {
            self.close_output(place, stream, poller)?;
            if let Some(tap) = self.taps[stream.index()].take() {
                tap.close(poller);
            }
        }
        self.input.close(poller);
        if let Some(feed) = self.feed.take()
            && self.feed_watched
        {
            poller.remove(feed);
        }
        self.terminal = None;
        Ok(())
    }
}
