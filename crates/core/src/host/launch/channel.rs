//! Our end of the conversation drawn in `rundlet_plan`'s wire module.

use crate::failure::{Failure, Result};
use rundlet_plan::{FromInit, MAX_FRAME, ToInit};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::io::Errno;
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, recvmsg, sendmsg,
};
use std::collections::VecDeque;
use std::io::{IoSlice, IoSliceMut};
use std::mem::MaybeUninit;

const SUBJECT: &str = "rundlet-init";
/// Descriptors in one message, at most: a plan has three, init sends one.
const MOST_FDS: usize = 4;

pub struct Channel {
    socket: OwnedFd,
    received: Vec<u8>,
    fds: VecDeque<OwnedFd>,
}

/// What came from init.
pub enum Heard {
    Message(FromInit),
    /// The socket is closed: execve, or death.
    End,
    /// The process is dead but somebody still holds its socket.
    Dead,
}

impl Channel {
    pub fn new(socket: OwnedFd) -> Self {
        Self { socket, received: Vec::new(), fds: VecDeque::new() }
    }

    pub fn send(&self, message: &ToInit, fds: &[BorrowedFd<'_>]) -> Result<()> {
        // Room for the length first, so that one buffer and one call do.
        let mut frame = postcard::to_extend(message, vec![0; 4])
            .map_err(|error| Failure::text(SUBJECT, error.to_string()))?;
        let length = u32::try_from(frame.len() - 4).unwrap_or(u32::MAX);
        if length > MAX_FRAME {
            return Err(Failure::text(SUBJECT, "the plan is too large"));
        }
        frame[..4].copy_from_slice(&length.to_le_bytes());
        self.send_all(&frame, fds).map_err(|errno| Failure::kernel("sendmsg", errno, SUBJECT))
    }

    fn send_all(&self, mut bytes: &[u8], mut fds: &[BorrowedFd<'_>]) -> rustix::io::Result<()> {
        while !bytes.is_empty() {
            let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MOST_FDS))];
            let mut control = SendAncillaryBuffer::new(&mut space);
            if !fds.is_empty() && !control.push(SendAncillaryMessage::ScmRights(fds)) {
                return Err(Errno::INVAL);
            }
            match sendmsg(&self.socket, &[IoSlice::new(bytes)], &mut control, SendFlags::NOSIGNAL) {
                Ok(sent) => {
                    bytes = &bytes[sent..];
                    // They travel with the first byte.
                    fds = &[];
                }
                Err(Errno::INTR) => {}
                Err(errno) => return Err(errno),
            }
        }
        Ok(())
    }

    /// The next message. `alive` is the process that should be speaking: its death ends the wait even
    /// if a child of its still holds the socket.
    pub fn hear(&mut self, alive: BorrowedFd<'_>) -> Result<Heard> {
        loop {
            if let Some(message) = self.take_frame()? {
                return Ok(Heard::Message(message));
            }
            let mut fds = [
                PollFd::new(&self.socket, PollFlags::IN),
                PollFd::from_borrowed_fd(alive, PollFlags::IN),
            ];
            match poll(&mut fds, None) {
                Err(Errno::INTR) => continue,
                Err(errno) => return Err(Failure::kernel("poll", errno, SUBJECT)),
                Ok(_) => {}
            }
            let dead = !fds[1].revents().is_empty();
            // Its last words first, whatever poll saw before they came.
            match self.receive() {
                Ok(0) => return Ok(Heard::End),
                Ok(_) => {}
                Err(Errno::AGAIN) if dead => return Ok(Heard::Dead),
                Err(Errno::AGAIN | Errno::INTR) => {}
                // It died with a message of ours unread.
                Err(Errno::CONNRESET) => return Ok(Heard::End),
                Err(errno) => return Err(Failure::kernel("recvmsg", errno, SUBJECT)),
            }
        }
    }

    fn receive(&mut self) -> rustix::io::Result<usize> {
        let mut bytes = [0; 4096];
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MOST_FDS))];
        let mut control = RecvAncillaryBuffer::new(&mut space);
        let message = recvmsg(
            &self.socket,
            &mut [IoSliceMut::new(&mut bytes)],
            &mut control,
            RecvFlags::CMSG_CLOEXEC | RecvFlags::DONTWAIT,
        )?;
        for part in control.drain() {
            if let RecvAncillaryMessage::ScmRights(fds) = part {
                self.fds.extend(fds);
            }
        }
        self.received.extend_from_slice(&bytes[..message.bytes]);
        Ok(message.bytes)
    }

    /// Init is ours, but it runs where the container may have had its hands: bounds are checked.
    fn take_frame(&mut self) -> Result<Option<FromInit>> {
        let Some(head) = self.received.first_chunk::<4>() else { return Ok(None) };
        let length = u32::from_le_bytes(*head);
        if length > MAX_FRAME {
            return Err(Failure::text(SUBJECT, format!("a frame of {length} bytes")));
        }
        let end = 4 + length as usize;
        if self.received.len() < end {
            return Ok(None);
        }
        let message = postcard::from_bytes(&self.received[4..end])
            .map_err(|error| Failure::text(SUBJECT, format!("unreadable message: {error}")))?;
        self.received.drain(..end);
        Ok(Some(message))
    }

    /// The descriptor that came with the message just heard.
    pub fn take_fd(&mut self) -> Result<OwnedFd> {
        self.fds
            .pop_front()
            .ok_or_else(|| Failure::text(SUBJECT, "a message came without its descriptor"))
    }
}

impl AsFd for Channel {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}
