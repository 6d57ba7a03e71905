//! Bytes through the shim: from a process to log, clients and fifo, and from clients and fifo to it.

use crate::client::Client;
use crate::failure::Result;
use crate::fifo::{self, Fed};
use crate::outbox::Reader;
use crate::output::Read;
use crate::poller::Token;
use crate::shim::{CONTAINER, Shim};
use crate::stream::Stream;

impl Shim {
    /// Hands on one chunk of output; false when there is none now, or never again.
    pub fn carry(&mut self, place: u32, stream: Stream) -> Result<bool> {
        let mut buffer = std::mem::take(&mut self.buffer);
        let output = self.process(place).and_then(|process| process.output(stream));
        let read = output.map_or(Read::Nothing, |output| output.read(&mut buffer));
        let more = match read {
            Read::Bytes(length) => {
                self.tee(place, stream, &buffer[..length]);
                true
            }
            Read::Nothing => false,
            Read::End => {
                if let Some(process) = self.processes[place as usize].as_mut() {
                    process.close_output(place, stream, &self.poller)?;
                }
                false
            }
        };
        self.buffer = buffer;
        match read {
            Read::Bytes(_) => self.pace(place)?,
            Read::End => self.output_ended(place)?,
            Read::Nothing => {}
        }
        Ok(more)
    }

    /// The log first: what a client has seen is in it.
    fn tee(&mut self, place: u32, stream: Stream, bytes: &[u8]) {
        if place == CONTAINER {
            self.log.write(stream, bytes);
        }
        for number in 0..self.clients.len() {
            let wants = |client: &&mut Client| {
                client.process == Some(place) && client.wants[stream.index()] && !client.served
            };
            if let Some(client) = self.clients[number].as_mut().filter(wants)
                && client.tell_output(stream.word(), bytes) == Reader::Gone
            {
                self.drop_client(number as u32);
            }
        }
        if let Some(tap) =
            self.process_mut(place).and_then(|process| process.taps[stream.index()].as_mut())
        {
            tap.write(bytes);
        }
    }

    /// Output is read as fast as its readers take it, but for those that have stalled. That of a
    /// process that has ended waits for nobody: it is only what its pipes still hold.
    pub fn pace(&mut self, place: u32) -> Result<()> {
        let mut held = false;
        for number in 0..self.clients.len() as u32 {
            let client = self.clients[number as usize].as_ref();
            if let Some(client) = client.filter(|client| client.process == Some(place)) {
                held |= client.outbox.holds_up();
                self.watch_client(number)?;
            }
        }
        let Some(process) = self.processes[place as usize].as_mut() else { return Ok(()) };
        for stream in Stream::BOTH {
            if let Some(tap) = &mut process.taps[stream.index()] {
                tap.flush(&self.poller, Token::Tap(place, stream))?;
                held |= tap.outbox().holds_up();
            }
        }
        // Before it is created its pipes are the runtime's.
        let reads = process.pid > 0 && (!held || process.end.is_some());
        process.watch_outputs(place, &self.poller, reads)
    }

    /// From the fifo to the process.
    pub fn feed(&mut self, place: u32) -> Result<()> {
        let mut chunk = [0; 4096];
        if let Some(process) = self.process_mut(place)
            && let Some(feed) = process.feed()
            && let Fed::Bytes(bytes) = fifo::read(feed, &mut chunk)
        {
            process.input.push(bytes);
        }
        self.input_changed(place)
    }

    /// Something was added to the input, or there is room in it again.
    pub fn input_changed(&mut self, place: u32) -> Result<()> {
        let Some(process) = self.processes[place as usize].as_mut() else { return Ok(()) };
        process.input.flush(&self.poller, Token::Input(place))?;
        process.watch_feed(place, &self.poller)?;
        for number in 0..self.clients.len() as u32 {
            let feeds = |client: &&Client| client.feeds && client.process == Some(place);
            if self.clients[number as usize].as_ref().filter(feeds).is_some() {
                self.watch_client(number)?;
            }
        }
        Ok(())
    }
}
