//! The one interface of a new network namespace.

use crate::error::{Context, Result};
use crate::sys;
use rustix::fd::AsFd;
use rustix::net::{AddressFamily, SocketFlags, SocketType, socket_with};

pub fn up() -> Result<()> {
    let flags = SocketFlags::CLOEXEC;
    let socket =
        socket_with(AddressFamily::INET, SocketType::DGRAM, flags, None).on("socket", "lo")?;
    sys::loopback_up(socket.as_fd()).on("ioctl(SIOCSIFFLAGS)", "lo")
}
