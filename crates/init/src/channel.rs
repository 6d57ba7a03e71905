//! The socket to the host side: postcard in frames, descriptors beside them (see `rundlet_plan::wire`).

use crate::error::{Context, Error, Result};
use alloc::vec::Vec;
use core::mem::MaybeUninit;
use rundlet_plan::{FromInit, MAX_FRAME, ToInit};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::io::{Errno, IoSlice, IoSliceMut};
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, recvmsg, sendmsg,
};

const SUBJECT: &str = "socket to the runtime";
/// Most descriptors that come with one frame: one for each v1 hierarchy.
const MAX_FDS: usize = 32;

pub struct Channel {
    socket: OwnedFd,
}

impl AsFd for Channel {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

impl Channel {
    pub fn new(socket: OwnedFd) -> Channel {
        Channel { socket }
    }

    pub fn send(&self, message: &FromInit, fd: Option<BorrowedFd<'_>>) -> Result<()> {
        let frame = encode(message)?;
        let mut sent = 0;
        while sent < frame.len() {
            // Descriptors travel with the first byte.
            let outcome = match fd {
                Some(fd) if sent == 0 => self.send_with(&frame, fd),
                _ => self.write(&frame[sent..]),
            };
            match outcome {
                Ok(n) => sent += n,
                Err(Errno::INTR) => {}
                Err(Errno::PIPE | Errno::CONNRESET) => return Err(Error::Orphaned),
                Err(errno) => return Err(Error::kernel("sendmsg", errno, SUBJECT)),
            }
        }
        Ok(())
    }

    fn send_with(&self, frame: &[u8], fd: BorrowedFd<'_>) -> rustix::io::Result<usize> {
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut control = SendAncillaryBuffer::new(&mut space);
        let fds = [fd];
        control.push(SendAncillaryMessage::ScmRights(&fds));
        sendmsg(&self.socket, &[IoSlice::new(frame)], &mut control, SendFlags::NOSIGNAL)
    }

    /// By write(2): after the container's filter is loaded we may do no more than the program, and
    /// profiles without sendmsg(2) are common. A runtime that has gone ends us by SIGPIPE, which is as
    /// good as by our own choice.
    fn write(&self, bytes: &[u8]) -> rustix::io::Result<usize> {
        rustix::io::write(&self.socket, bytes)
    }

    /// Waits at the host side's eventfd, or for its end. A socket would do, but see `send_plan` there.
    pub fn wait_for(&self, wake: &OwnedFd) -> Result<()> {
        let mut fds =
            [PollFd::new(wake, PollFlags::IN), PollFd::new(&self.socket, PollFlags::empty())];
        loop {
            match poll(&mut fds, None) {
                Err(Errno::INTR) => {}
                other => return other.map(|_| ()).on("poll", SUBJECT),
            }
        }
    }

    pub fn receive(&self) -> Result<(ToInit, Vec<OwnedFd>)> {
        let mut fds = Vec::new();
        let mut head = [0u8; 4];
        self.fill(&mut head, &mut fds)?;
        let mut body = alloc::vec![0u8; frame_length(head)?];
        self.fill(&mut body, &mut fds)?;
        Ok((decode(&body)?, fds))
    }

    /// The pid, and pidfd, of the container's process: from stage 1 to a process that it made.
    pub fn receive_child(&self) -> Result<(i32, Option<OwnedFd>)> {
        let mut fds = Vec::new();
        let mut head = [0u8; 4];
        self.fill(&mut head, &mut fds)?;
        let mut body = alloc::vec![0u8; frame_length(head)?];
        self.fill(&mut body, &mut fds)?;
        match postcard::from_bytes(&body) {
            Ok(FromInit::Child { pid }) => Ok((pid, fds.pop())),
            _ => Err(Error::refused("recvmsg", SUBJECT, "it is not the word that was expected")),
        }
    }

    /// Waits for the host side's word.
    pub fn wait_go(&self) -> Result<()> {
        let mut head = [0u8; 4];
        self.read(&mut head)?;
        let mut body = alloc::vec![0u8; frame_length(head)?];
        self.read(&mut body)?;
        match decode(&body)? {
            ToInit::Go => Ok(()),
            ToInit::Plan(_) => Err(Error::refused("read", SUBJECT, "a second plan came")),
        }
    }

    /// By read(2), see `write`; a descriptor that came along would be dropped by the kernel.
    fn read(&self, buffer: &mut [u8]) -> Result<()> {
        let mut done = 0;
        while done < buffer.len() {
            match rustix::io::read(&self.socket, &mut buffer[done..]) {
                Ok(0) | Err(Errno::CONNRESET) => return Err(Error::Orphaned),
                Ok(n) => done += n,
                Err(Errno::INTR) => {}
                Err(errno) => return Err(Error::kernel("read", errno, SUBJECT)),
            }
        }
        Ok(())
    }

    fn fill(&self, buffer: &mut [u8], fds: &mut Vec<OwnedFd>) -> Result<()> {
        let mut done = 0;
        while done < buffer.len() {
            let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MAX_FDS))];
            let mut control = RecvAncillaryBuffer::new(&mut space);
            let mut parts = [IoSliceMut::new(&mut buffer[done..])];
            let flags = RecvFlags::CMSG_CLOEXEC;
            let got = match recvmsg(&self.socket, &mut parts, &mut control, flags) {
                Err(Errno::INTR) => continue,
                Err(Errno::CONNRESET) => return Err(Error::Orphaned),
                other => other.on("recvmsg", SUBJECT)?,
            };
            for message in control.drain() {
                if let RecvAncillaryMessage::ScmRights(rights) = message {
                    fds.extend(rights);
                }
            }
            if got.bytes == 0 {
                return Err(Error::Orphaned);
            }
            done += got.bytes;
        }
        Ok(())
    }
}

fn encode(message: &FromInit) -> Result<Vec<u8>> {
    let body = postcard::to_allocvec(message)
        .map_err(|_| Error::refused("sendmsg", SUBJECT, "a message could not be encoded"))?;
    let mut frame = Vec::with_capacity(body.len() + 4);
    frame.extend_from_slice(&(body.len() as u32).to_le_bytes());
    frame.extend_from_slice(&body);
    Ok(frame)
}

fn frame_length(head: [u8; 4]) -> Result<usize> {
    let length = u32::from_le_bytes(head);
    if length > MAX_FRAME {
        return Err(Error::refused("recvmsg", SUBJECT, "the frame is too long"));
    }
    Ok(length as usize)
}

/// Exactly one message: trailing bytes are an error (CVE-2021-43784 smuggled settings that way).
fn decode(body: &[u8]) -> Result<ToInit> {
    match postcard::take_from_bytes(body) {
        Ok((message, [])) => Ok(message),
        Ok(_) => Err(Error::refused("recvmsg", SUBJECT, "bytes follow the message")),
        Err(_) => Err(Error::refused("recvmsg", SUBJECT, "the message cannot be decoded")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decodes_exactly_one_message() {
        let body = postcard::to_allocvec(&ToInit::Go).unwrap();
        assert_eq!(decode(&body).unwrap(), ToInit::Go);
        let mut longer = body.clone();
        longer.push(0);
        assert!(decode(&longer).is_err());
        assert!(decode(&[]).is_err());
        assert!(decode(&[0xff; 64]).is_err());
    }

    #[test]
    fn refuses_frames_above_the_cap() {
        assert!(frame_length((MAX_FRAME + 1).to_le_bytes()).is_err());
        assert_eq!(frame_length(7u32.to_le_bytes()).unwrap(), 7);
    }

    #[test]
    fn frames_carry_their_length() {
        let frame = encode(&FromInit::Ready).unwrap();
        assert_eq!(frame[..4], ((frame.len() - 4) as u32).to_le_bytes());
    }

    #[test]
    fn survives_any_bytes() {
        let mut seed = 0x1234_5678_u32;
        for length in 0..400usize {
            let body: Vec<u8> = (0..length)
                .map(|_| {
                    seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    (seed >> 24) as u8
                })
                .collect();
            drop(decode(&body));
        }
    }
}
