//! Our end of the conversation drawn in `rundlet_plan`'s wire module.

use crate::failure::{At, Failure, Result};
use rundlet_plan::{FromInit, MAX_FRAME, ToInit};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::io::Errno;
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, Shutdown, recvmsg, sendmsg, shutdown,
};
use std::collections::VecDeque;
use std::io::{IoSlice, IoSliceMut};
use std::mem::MaybeUninit;

const SUBJECT: &str = "rundlet-init";
/// Descriptors in one message, at most: a plan has three, init sends one.
const MOST_FDS: usize = 32;
/// For an init that is being given up.
const PATIENCE: Timespec = Timespec { tv_sec: 2, tv_nsec: 0 };

pub struct Channel {
    socket: OwnedFd,
    /// An eventfd.
    wake: OwnedFd,
    received: Vec<u8>,
    fds: VecDeque<OwnedFd>,
}

/// A message and the descriptor that came with it.
pub struct Message {
    pub word: FromInit,
    fd: Option<OwnedFd>,
}

impl Message {
    pub fn take_fd(&mut self) -> Result<OwnedFd> {
        self.fd
            .take()
            .ok_or_else(|| Failure::text(SUBJECT, "a message came without its descriptor"))
    }
}

/// What came from init.
pub enum Heard {
    Message(Message),
    /// The socket is closed: execve, or death.
    End,
    /// The process is dead but somebody still holds its socket.
    Dead,
}

impl Channel {
    pub fn new(socket: OwnedFd, wake: OwnedFd) -> Self {
        Self { socket, wake, received: Vec::new(), fds: VecDeque::new() }
    }

    /// The plan. Init waits for it at the eventfd: what wakes somebody at a socket tells the scheduler that
    /// the sender is about to wait, so that init would run in our place, on our CPU, while we still have
    /// cgroups to make.
    pub fn send_plan(&self, plan: &ToInit, fds: &[BorrowedFd<'_>]) -> Result<()> {
        let frame = frame_of(plan)?;
        // As much as the socket holds; of a larger one init has to take before the rest has room.
        let sent = match self.send_some(&frame, fds, SendFlags::DONTWAIT) {
            Err(Errno::AGAIN | Errno::INTR) => 0,
            other => other.at("sendmsg", SUBJECT)?,
        };
        rustix::io::write(&self.wake, &1u64.to_ne_bytes()).at("write", SUBJECT)?;
        let rest = if sent == 0 { fds } else { &[] };
        self.send_all(&frame[sent..], rest).at("sendmsg", SUBJECT)
    }

    pub fn send(&self, message: &ToInit, fds: &[BorrowedFd<'_>]) -> Result<()> {
        self.send_all(&frame_of(message)?, fds).at("sendmsg", SUBJECT)
    }

    fn send_all(&self, mut bytes: &[u8], mut fds: &[BorrowedFd<'_>]) -> rustix::io::Result<()> {
        while !bytes.is_empty() {
            match self.send_some(bytes, fds, SendFlags::empty()) {
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

    fn send_some(
        &self,
        bytes: &[u8],
        fds: &[BorrowedFd<'_>],
        flags: SendFlags,
    ) -> rustix::io::Result<usize> {
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MOST_FDS))];
        let mut control = SendAncillaryBuffer::new(&mut space);
        if !fds.is_empty() && !control.push(SendAncillaryMessage::ScmRights(fds)) {
            return Err(Errno::INVAL);
        }
        sendmsg(&self.socket, &[IoSlice::new(bytes)], &mut control, flags | SendFlags::NOSIGNAL)
    }

    /// The next message. `alive` is the process that should be speaking: its death ends the wait even
    /// if a child of its still holds the socket.
    pub fn hear(&mut self, alive: BorrowedFd<'_>) -> Result<Heard> {
        self.hear_within(alive, None)
    }

    /// No more words of ours: init's next wait for one ends with end of file. Then what it still has
    /// to say, for a while.
    pub fn hear_out(&mut self, alive: BorrowedFd<'_>) -> Result<Heard> {
        // Not connected any more means that it is over already.
        let _ = shutdown(&self.socket, Shutdown::Write);
        self.hear_within(alive, Some(&PATIENCE))
    }

    /// What has been said already; `Dead` if that is nothing.
    pub fn hear_now(&mut self, alive: BorrowedFd<'_>) -> Result<Heard> {
        self.hear_within(alive, Some(&Timespec { tv_sec: 0, tv_nsec: 0 }))
    }

    fn hear_within(&mut self, alive: BorrowedFd<'_>, limit: Option<&Timespec>) -> Result<Heard> {
        loop {
            if let Some(message) = self.take_frame()? {
                return Ok(Heard::Message(message));
            }
            let mut fds = [
                PollFd::new(&self.socket, PollFlags::IN),
                PollFd::from_borrowed_fd(alive, PollFlags::IN),
            ];
            match poll(&mut fds, limit) {
                Ok(0) => return Ok(Heard::Dead),
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
    fn take_frame(&mut self) -> Result<Option<Message>> {
        let Some(head) = self.received.first_chunk::<4>() else { return Ok(None) };
        let length = u32::from_le_bytes(*head);
        if length > MAX_FRAME {
            return Err(Failure::text(SUBJECT, format!("a frame of {length} bytes")));
        }
        let end = 4 + length as usize;
        if self.received.len() < end {
            return Ok(None);
        }
        let word = postcard::from_bytes(&self.received[4..end])
            .map_err(|error| Failure::text(SUBJECT, format!("unreadable message: {error}")))?;
        self.received.drain(..end);
        // Descriptors come in the order of the messages that they belong to, and not after them.
        let fd = match word {
            FromInit::Child { .. } | FromInit::Console | FromInit::SeccompListener => {
                self.fds.pop_front()
            }
            _ => None,
        };
        Ok(Some(Message { word, fd }))
    }
}

/// Length and body, room for the length first, so that one buffer and one call do.
fn frame_of(message: &ToInit) -> Result<Vec<u8>> {
    let mut frame = postcard::to_extend(message, vec![0; 4])
        .map_err(|error| Failure::text(SUBJECT, error.to_string()))?;
    let length = u32::try_from(frame.len() - 4).unwrap_or(u32::MAX);
    if length > MAX_FRAME {
        return Err(Failure::text(SUBJECT, "the plan is too large"));
    }
    frame[..4].copy_from_slice(&length.to_le_bytes());
    Ok(frame)
}

impl AsFd for Channel {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}
