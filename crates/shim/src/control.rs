//! The engine's end: the command that starts the container, at the other side of what is our stdin.

use crate::failure::{At, Failure, Result};
use rundlet_plan::{ShimSpec, word};
use rustix::fd::OwnedFd;
use rustix::fs::{Mode, OFlags, open};
use rustix::io::{Errno, fcntl_dupfd_cloexec};
use rustix::net::{RecvFlags, SendFlags, recv, send};
use rustix::stdio::{dup2_stdin, stdin};
use serde::Serialize;

pub struct Control {
    socket: OwnedFd,
}

/// What the engine wants.
pub enum Order {
    Go,
    Abort,
    /// It is no more.
    Gone,
    /// Nothing (any more).
    None,
}

impl Control {
    /// The socket is our stdin; afterwards that is /dev/null, so that no program of ours inherits it.
    pub fn inherit() -> Result<Self> {
        let socket = fcntl_dupfd_cloexec(stdin(), 3).at("fcntl", "stdin")?;
        let null = open("/dev/null", OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())
            .at("open", "/dev/null")?;
        dup2_stdin(&null).at("dup2", "stdin")?;
        Ok(Self { socket })
    }

    pub fn socket(&self) -> &OwnedFd {
        &self.socket
    }

    pub fn spec(&self) -> Result<ShimSpec> {
        let peek = RecvFlags::PEEK | RecvFlags::TRUNC;
        let (_, length) = recv(&self.socket, &mut [0; 1][..], peek).at("recv", "stdin")?;
        let mut message = vec![0; length];
        recv(&self.socket, &mut message[..], RecvFlags::empty()).at("recv", "stdin")?;
        match message.split_first() {
            Some((&word::SPEC, spec)) => serde_json::from_slice(spec)
                .map_err(|error| Failure::text("spec", "", format!("not understood: {error}"))),
            _ => Err(Failure::text("spec", "", "stdin is not the socket of an engine")),
        }
    }

    pub fn order(&self) -> Order {
        let mut message = [0; 1];
        loop {
            match recv(&self.socket, &mut message, RecvFlags::DONTWAIT) {
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => return Order::None,
                Ok((1, _)) if message[0] == word::GO => return Order::Go,
                Ok((1, _)) if message[0] == word::ABORT => return Order::Abort,
                Ok(_) | Err(_) => return Order::Gone,
            }
        }
    }

    /// An engine that is gone is noticed by `order`.
    pub fn tell(&self, kind: u8, body: &impl Serialize) {
        let mut message = vec![kind];
        if serde_json::to_writer(&mut message, body).is_ok() {
            let _ = send(&self.socket, &message, SendFlags::NOSIGNAL);
        }
    }
}
