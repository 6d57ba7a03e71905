//! What an attached client sends: input, its end, sizes, signals.

use crate::failure::Result;
use crate::outbox::Reader;
use crate::process::Process;
use crate::shim::{CONTAINER, Shim};
use crate::{note, signals};
use rundlet_plan::word;
use rustix::termios::{Winsize, tcsetwinsize};

impl Shim {
    pub fn message(&mut self, number: u32, kind: u8, body: &[u8]) -> Result<()> {
        let client = self.clients[number as usize].as_ref();
        let process = client.and_then(|client| client.process);
        match (kind, process) {
            (word::REQUEST, None) => self.first_message(number, body),
            (word::INPUT, Some(_)) if body.is_empty() => self.input_ends(number),
            (word::INPUT, Some(place)) => self.input_comes(number, place, body),
            (word::SIZE, Some(place)) => {
                if let [w0, w1, h0, h1] = *body {
                    let size = [u16::from_le_bytes([w0, w1]), u16::from_le_bytes([h0, h1])];
                    self.resize(place, size);
                }
                Ok(())
            }
            (word::SIGNAL, Some(place)) => {
                if let Ok(signal) = body.try_into() {
                    self.signal(place, i32::from_le_bytes(signal));
                }
                Ok(())
            }
            // Words that this shim does not know are of an engine that is newer.
            _ => Ok(()),
        }
    }

    fn input_comes(&mut self, number: u32, place: u32, bytes: &[u8]) -> Result<()> {
        let feeds = self.clients[number as usize].as_ref().is_some_and(|client| client.feeds);
        if let Some(process) = self.process_mut(place).filter(|_| feeds) {
            process.input.push(bytes);
            // Before it is created there is none to write to.
            if process.pid > 0 {
                return self.input_changed(place);
            }
        }
        Ok(())
    }

    /// A client's stdin is over, or the client is. The process's ends with it if it was for this client;
    /// else, as in Docker, the client is no longer attached.
    pub fn input_ends(&mut self, number: u32) -> Result<()> {
        let Some(client) = &mut self.clients[number as usize] else { return Ok(()) };
        let (Some(place), true) = (client.process, client.feeds) else { return Ok(()) };
        client.feeds = false;
        let Some(process) = self.process(place) else { return Ok(()) };
        let theirs = place != CONTAINER || self.spec.stdin_once;
        if theirs && !process.tty {
            let created = process.pid > 0;
            if let Some(process) = self.process_mut(place) {
                process.input.end();
            }
            return if created { self.input_changed(place) } else { Ok(()) };
        }
        if let Some(client) = &mut self.clients[number as usize] {
            client.served = true;
            if client.tell(word::DETACHED, &[]) == Reader::Gone || client.outbox.is_empty() {
                self.drop_client(number);
            }
        }
        Ok(())
    }

    /// False: it has no terminal.
    pub fn resize(&self, place: u32, [width, height]: [u16; 2]) -> bool {
        let size = Winsize { ws_row: height, ws_col: width, ws_xpixel: 0, ws_ypixel: 0 };
        let terminal = self.process(place).and_then(|process| process.terminal.as_ref());
        terminal.is_some_and(|terminal| tcsetwinsize(terminal, size).is_ok())
    }

    fn signal(&self, place: u32, signal: i32) {
        let alive = |process: &&Process| process.pid > 0 && process.end.is_none();
        if let Some(process) = self.process(place).filter(alive)
            && let Err(failure) = signals::kill(process.pid, signal)
        {
            note(&failure);
        }
    }
}
