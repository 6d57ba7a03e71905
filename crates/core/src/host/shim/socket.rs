//! Messages between us and a shim: the words of `rundlet_plan::word` over SOCK_SEQPACKET.

use crate::failure::{At, Failure, Result};
use rundlet_plan::{ShimRequest, word};
use rustix::fd::{AsRawFd, OwnedFd};
use rustix::fs::{Mode, OFlags, open};
use rustix::io::Errno;
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketAddrUnix, SocketFlags, SocketType, connect, recv,
    send, socket_with,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// To the socket at a path of any length: an address holds 107 bytes.
pub fn connect_to(path: &str) -> Result<OwnedFd> {
    let (directory, name) = path.rsplit_once('/').unwrap_or((".", path));
    let flags = OFlags::DIRECTORY | OFlags::PATH | OFlags::CLOEXEC;
    let directory = open(directory, flags, Mode::empty()).at("open", directory)?;
    let flags = SocketFlags::CLOEXEC;
    let socket =
        socket_with(AddressFamily::UNIX, SocketType::SEQPACKET, flags, None).at("socket", path)?;
    let short = format!("/proc/self/fd/{}/{name}", directory.as_raw_fd());
    let address = SocketAddrUnix::new(short).at("connect", path)?;
    loop {
        match connect(&socket, &address) {
            Err(Errno::INTR) => {}
            other => {
                other.at("connect", path)?;
                return Ok(socket);
            }
        }
    }
}

pub fn send_json(socket: &OwnedFd, kind: u8, body: &impl Serialize) -> Result<()> {
    let mut message = vec![kind];
    serde_json::to_writer(&mut message, body)
        .map_err(|error| Failure::text("shim", error.to_string()))?;
    send_message(socket, &message)
}

pub fn send_message(socket: &OwnedFd, message: &[u8]) -> Result<()> {
    loop {
        match send(socket, message, SendFlags::NOSIGNAL) {
            Err(Errno::INTR) => {}
            other => return other.map(drop).at("send", "shim"),
        }
    }
}

pub fn request(socket: &OwnedFd, request: &ShimRequest) -> Result<()> {
    send_json(socket, word::REQUEST, request)
}

/// The next message with its first byte; empty when the shim is gone. Longer ones are not sent.
pub fn receive(socket: &OwnedFd) -> Result<Vec<u8>> {
    loop {
        let peek = RecvFlags::PEEK | RecvFlags::TRUNC;
        let length = match recv(socket, &mut [0; 1][..], peek) {
            // A shim that went with something of ours unread: told once, before what it had said.
            Err(Errno::INTR | Errno::CONNRESET) => continue,
            other => other.at("recv", "shim")?.1,
        };
        let mut message = vec![0; length];
        if length == 0 {
            return Ok(message);
        }
        match recv(socket, &mut message[..], RecvFlags::empty()) {
            Err(Errno::INTR) => {}
            other => {
                other.at("recv", "shim")?;
                return Ok(message);
            }
        }
    }
}

pub fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T> {
    serde_json::from_slice(body)
        .map_err(|error| Failure::text("shim", format!("its answer is not understood: {error}")))
}

/// A shim that ended in the middle of a conversation; its log says why.
pub fn gone(doing: &str) -> Failure {
    Failure::text("shim", format!("it has ended while {doing}; see shim.stderr.log"))
}
