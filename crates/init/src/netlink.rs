//! rtnetlink as far as moving an interface needs it: one request, its answer.
//! <https://man7.org/linux/man-pages/man7/rtnetlink.7.html>

use crate::error::{Context, Result};
use alloc::vec::Vec;
use rustix::fd::OwnedFd;
use rustix::io::Errno;
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, recv, send, socket_with,
};

/// Message types and flags of <linux/netlink.h> and <linux/rtnetlink.h>.
const NLMSG_ERROR: u16 = 2;
const NLMSG_DONE: u16 = 3;
const NLM_F_REQUEST: u16 = 1;
const NLM_F_ACK: u16 = 4;
pub const NLM_F_DUMP: u16 = 0x300;
pub const NLM_F_CREATE_NEW: u16 = 0x600;
const HEADER: usize = 16;
/// Larger than any message of the kernel's (it fills pages or 32 KiB at most).
const BUFFER: usize = 64 << 10;

/// A socket in the network namespace that the caller is in now.
pub struct Netlink {
    socket: OwnedFd,
}

/// The body of a request: a fixed structure, then attributes.
pub struct Body(Vec<u8>);

impl Body {
    pub fn new(fixed: &[u8]) -> Body {
        Body(fixed.to_vec())
    }

    pub fn with(mut self, kind: u16, value: &[u8]) -> Body {
        let length = 4 + value.len();
        self.0.extend_from_slice(&(length as u16).to_ne_bytes());
        self.0.extend_from_slice(&kind.to_ne_bytes());
        self.0.extend_from_slice(value);
        self.0.resize(aligned(self.0.len()), 0);
        self
    }
}

fn aligned(length: usize) -> usize {
    (length + 3) & !3
}

impl Netlink {
    pub fn open() -> Result<Netlink> {
        let flags = SocketFlags::CLOEXEC;
        // No protocol is number 0, NETLINK_ROUTE.
        let socket = socket_with(AddressFamily::NETLINK, SocketType::RAW, flags, None)
            .on("socket", "netlink")?;
        Ok(Netlink { socket })
    }

    /// Sends and waits for the kernel's yes or no.
    pub fn request(&self, kind: u16, flags: u16, body: &Body) -> rustix::io::Result<()> {
        self.send(kind, flags | NLM_F_ACK, body)?;
        self.answers(|_, _| {})
    }

    /// Every answer of a dump: its type and its body.
    pub fn dump(
        &self,
        kind: u16,
        body: &Body,
        each: impl FnMut(u16, &[u8]),
    ) -> rustix::io::Result<()> {
        self.send(kind, NLM_F_DUMP, body)?;
        self.answers(each)
    }

    fn send(&self, kind: u16, flags: u16, body: &Body) -> rustix::io::Result<()> {
        let length = (HEADER + body.0.len()) as u32;
        let mut message = Vec::with_capacity(length as usize);
        message.extend_from_slice(&length.to_ne_bytes());
        message.extend_from_slice(&kind.to_ne_bytes());
        message.extend_from_slice(&(flags | NLM_F_REQUEST).to_ne_bytes());
        message.extend_from_slice(&[1, 0, 0, 0, 0, 0, 0, 0]);
        message.extend_from_slice(&body.0);
        send(&self.socket, &message, SendFlags::empty()).map(drop)
    }

    fn answers(&self, mut each: impl FnMut(u16, &[u8])) -> rustix::io::Result<()> {
        let mut buffer = alloc::vec![0u8; BUFFER];
        loop {
            let (length, _) = match recv(&self.socket, &mut buffer[..], RecvFlags::empty()) {
                Err(Errno::INTR) => continue,
                other => other?,
            };
            let mut rest = &buffer[..length.min(BUFFER)];
            while let Some((kind, body, more)) = next_message(rest) {
                match kind {
                    NLMSG_ERROR => return errno_of(body),
                    NLMSG_DONE => return Ok(()),
                    _ => each(kind, body),
                }
                rest = more;
            }
        }
    }
}

fn errno_of(body: &[u8]) -> rustix::io::Result<()> {
    match body.first_chunk::<4>().map(|bytes| i32::from_ne_bytes(*bytes)) {
        Some(0) => Ok(()),
        Some(code) => Err(Errno::from_raw_os_error(-code)),
        None => Err(Errno::BADMSG),
    }
}

/// Type, body, and what follows.
fn next_message(bytes: &[u8]) -> Option<(u16, &[u8], &[u8])> {
    let length = u32::from_ne_bytes(*bytes.first_chunk()?) as usize;
    let kind = u16::from_ne_bytes([*bytes.get(4)?, *bytes.get(5)?]);
    let body = bytes.get(HEADER..length)?;
    Some((kind, body, bytes.get(aligned(length)..).unwrap_or(&[])))
}

/// Type and value of each attribute behind a fixed structure.
pub fn attributes(body: &[u8], fixed: usize) -> impl Iterator<Item = (u16, &[u8])> {
    let mut rest = body.get(fixed..).unwrap_or(&[]);
    core::iter::from_fn(move || {
        let head = rest.first_chunk::<4>()?;
        let length = usize::from(u16::from_ne_bytes([head[0], head[1]]));
        let kind = u16::from_ne_bytes([head[2], head[3]]);
        let value = rest.get(4..length)?;
        rest = rest.get(aligned(length)..).unwrap_or(&[]);
        Some((kind, value))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_come_back() {
        let body = Body::new(&[0; 16]).with(3, b"eth0\0").with(28, &7u32.to_ne_bytes());
        let found: Vec<_> = attributes(&body.0, 16).collect();
        assert_eq!(found, [(3, &b"eth0\0"[..]), (28, &7u32.to_ne_bytes()[..])]);
        assert_eq!(attributes(&[1, 0, 0, 0], 0).count(), 0);
        assert_eq!(attributes(&[200, 0, 0, 0], 0).count(), 0);
    }

    #[test]
    fn cut_messages_end_the_list() {
        assert!(next_message(&[16, 0, 0]).is_none());
        assert!(next_message(&[255, 0, 0, 0, 2, 0]).is_none());
        assert_eq!(errno_of(&(-17i32).to_ne_bytes()), Err(Errno::EXIST));
        assert_eq!(errno_of(&[]), Err(Errno::BADMSG));
    }
}
