//! A program at the shim's socket: attached, of an exec, or waiting for the end.

use crate::outbox::{Outbox, Reader};
use crate::poller::Events;
use rundlet_plan::word;
use rustix::fd::OwnedFd;
use rustix::io::Errno;
use rustix::net::{RecvFlags, SendAncillaryBuffer, SendFlags, recv, send, sendmsg};
use std::io::IoSlice;

pub struct Client {
    pub socket: OwnedFd,
    /// Whose output and end it is told of; none before its request.
    pub process: Option<u32>,
    /// stdout, stderr.
    pub wants: [bool; 2],
    /// Its input goes to the process.
    pub feeds: bool,
    pub outbox: Outbox,
    /// As the poller has it.
    pub watched: Events,
    /// It has been told all.
    pub served: bool,
}

/// What came from it.
pub enum Incoming<'a> {
    Message(u8, &'a [u8]),
    Nothing,
    Gone,
}

impl Client {
    pub fn new(socket: OwnedFd) -> Self {
        Self {
            socket,
            process: None,
            wants: [false; 2],
            feeds: false,
            outbox: Outbox::new(),
            watched: Events::empty(),
            served: false,
        }
    }

    pub fn receive<'a>(&self, buffer: &'a mut [u8]) -> Incoming<'a> {
        loop {
            match recv(&self.socket, &mut *buffer, RecvFlags::DONTWAIT) {
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => return Incoming::Nothing,
                Ok((length @ 1.., _)) => return Incoming::Message(buffer[0], &buffer[1..length]),
                Ok(_) | Err(_) => return Incoming::Gone,
            }
        }
    }

    /// Bytes of an output. They are dropped when the client has stalled.
    pub fn tell_output(&mut self, kind: u8, bytes: &[u8]) -> Reader {
        if !self.outbox.admits(bytes.len()) {
            return Reader::There;
        }
        self.tell_missed();
        self.tell(kind, bytes)
    }

    fn tell_missed(&mut self) {
        if let Some(missed) = self.outbox.take_missed() {
            self.tell(word::MISSED, &missed.to_le_bytes());
        }
    }

    /// A message that is never dropped.
    pub fn tell(&mut self, kind: u8, body: &[u8]) -> Reader {
        if self.outbox.is_empty() {
            loop {
                match self.send_now(kind, body) {
                    Ok(()) => {
                        self.outbox.progressed();
                        return Reader::There;
                    }
                    Err(Errno::INTR) => {}
                    Err(Errno::AGAIN) => break,
                    Err(_) => return Reader::Gone,
                }
            }
        }
        let mut message = Vec::with_capacity(body.len() + 1);
        message.push(kind);
        message.extend_from_slice(body);
        self.outbox.push(message);
        Reader::There
    }

    /// The last message.
    pub fn tell_end(&mut self, exit_code: i32) -> Reader {
        self.tell_missed();
        self.served = true;
        self.tell(word::EXITED, &exit_code.to_le_bytes())
    }

    pub fn flush(&mut self) -> Reader {
        let socket = &self.socket;
        let flags = SendFlags::DONTWAIT | SendFlags::NOSIGNAL;
        let reader = self.outbox.flush(|bytes| send(socket, bytes, flags));
        // There may be no further output that it could be told before.
        if reader == Reader::There && self.outbox.is_empty() {
            self.tell_missed();
        }
        reader
    }

    fn send_now(&self, kind: u8, body: &[u8]) -> rustix::io::Result<()> {
        let parts = [IoSlice::new(std::slice::from_ref(&kind)), IoSlice::new(body)];
        let flags = SendFlags::DONTWAIT | SendFlags::NOSIGNAL;
        sendmsg(&self.socket, &parts, &mut SendAncillaryBuffer::default(), flags).map(drop)
    }

    /// What to wait for; nothing of its own while its process's input is full.
    pub fn interest(&self, input_full: bool) -> Events {
        let mut interest = Events::empty();
        if !(self.feeds && input_full) {
            interest |= Events::IN;
        }
        if !self.outbox.is_empty() {
            interest |= Events::OUT;
        }
        interest
    }
}
