//! A terminal for a process: the runtime makes it and sends the master over a socket.

use crate::failure::{At, Failure, Result};
use crate::places::listen_at;
use rustix::fd::{AsRawFd, OwnedFd};
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SocketFlags, SocketType, accept_with,
    recvmsg,
};
use std::io::IoSliceMut;
use std::mem::MaybeUninit;

pub struct Console {
    listener: OwnedFd,
    /// For the runtime: short, whatever the length of the directory's path.
    pub path: String,
}

impl Console {
    /// @param own stays open as long as the runtime may connect.
    pub fn listen(own: &OwnedFd, name: &str) -> Result<Self> {
        let listener = listen_at(own, name, SocketType::STREAM)?;
        let path = format!("/proc/{}/fd/{}/{name}", std::process::id(), own.as_raw_fd());
        Ok(Self { listener, path })
    }

    /// The runtime is done: what it sent is in the socket.
    pub fn take(self) -> Result<OwnedFd> {
        let socket =
            accept_with(&self.listener, SocketFlags::CLOEXEC).at("accept", "console socket")?;
        let _ = std::fs::remove_file(&self.path);
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut ancillary = RecvAncillaryBuffer::new(&mut space);
        let mut text = [0; 256];
        let mut parts = [IoSliceMut::new(&mut text)];
        let flags = RecvFlags::CMSG_CLOEXEC | RecvFlags::DONTWAIT;
        recvmsg(&socket, &mut parts, &mut ancillary, flags).at("recvmsg", "console socket")?;
        for message in ancillary.drain() {
            if let RecvAncillaryMessage::ScmRights(mut descriptors) = message
                && let Some(master) = descriptors.next()
            {
                return Ok(master);
            }
        }
        Err(Failure::text("recvmsg", "console socket", "the runtime sent no terminal"))
    }
}
