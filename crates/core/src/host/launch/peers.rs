//! Sockets of others that a launch hands a descriptor to: console, seccomp agent, pidfd receiver.
//! They are connected before anything is made, so that a wrong path fails early and leaves nothing.

use crate::failure::{At, Failure, Result};
use crate::host::files::open;
use rustix::fd::{AsFd, AsRawFd, OwnedFd};
use rustix::fs::OFlags;
use rustix::io::Errno;
use rustix::net::{
    AddressFamily, SendAncillaryBuffer, SendAncillaryMessage, SendFlags, SocketAddrUnix,
    SocketFlags, SocketType, connect, sendmsg, socket_with,
};
use std::io::IoSlice;
use std::mem::MaybeUninit;

pub struct Peer {
    socket: OwnedFd,
    path: String,
}

impl Peer {
    /// <https://man7.org/linux/man-pages/man7/unix.7.html>
    pub fn connect(path: &str) -> Result<Self> {
        let kind = (AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC);
        let socket = socket_with(kind.0, kind.1, kind.2, None).at("socket", path)?;
        match SocketAddrUnix::new(path) {
            Ok(address) => connect_patiently(&socket, &address).at("connect", path)?,
            // Longer than 107 bytes: by way of a descriptor of it.
            Err(Errno::NAMETOOLONG) => {
                let fd = open(path, OFlags::PATH, 0)?;
                let short = format!("/proc/self/fd/{}", fd.as_raw_fd());
                let address = SocketAddrUnix::new(short).at("connect", path)?;
                connect_patiently(&socket, &address).at("connect", path)?;
            }
            Err(errno) => return Err(Failure::kernel("connect", errno, path)),
        }
        Ok(Self { socket, path: path.to_owned() })
    }

    pub fn connect_optional(path: Option<&str>) -> Result<Option<Self>> {
        path.map(Self::connect).transpose()
    }

    /// One message, one descriptor.
    pub fn send(&self, text: &str, fd: impl AsFd) -> Result<()> {
        let fds = [fd.as_fd()];
        let mut rest = text.as_bytes();
        let mut first = true;
        while first || !rest.is_empty() {
            let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
            let mut control = SendAncillaryBuffer::new(&mut space);
            if first {
                control.push(SendAncillaryMessage::ScmRights(&fds));
            }
            match sendmsg(&self.socket, &[IoSlice::new(rest)], &mut control, SendFlags::NOSIGNAL) {
                Ok(sent) => {
                    rest = &rest[sent..];
                    first = false;
                }
                Err(Errno::INTR) => {}
                Err(errno) => return Err(Failure::kernel("sendmsg", errno, self.path.as_str())),
            }
        }
        Ok(())
    }
}

fn connect_patiently(socket: &OwnedFd, address: &SocketAddrUnix) -> rustix::io::Result<()> {
    loop {
        match connect(socket, address) {
            Err(Errno::INTR) => {}
            other => return other,
        }
    }
}
