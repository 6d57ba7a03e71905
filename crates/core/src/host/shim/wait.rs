//! `shimWait`: the end of a container, from its shim or from what that wrote.

use super::socket::{connect_to, gone, receive, request};
use crate::failure::{At, Result};
use crate::host::files::{open, read_all};
use rundlet_plan::{ShimExit, ShimRequest, ShimWait, ShimWaited, word};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::OwnedFd;
use rustix::fs::OFlags;
use rustix::io::Errno;
use std::time::{Duration, Instant};

pub fn shim_wait(args: ShimWait) -> Result<ShimWaited> {
    let deadline =
        args.timeout_ms.map(|limit| Instant::now() + Duration::from_millis(limit.into()));
    let over = |exit_code| ShimWaited { ended: true, exit_code };
    let socket = match connect_to(&args.socket) {
        Ok(socket) => socket,
        Err(failure) => return recorded(&args.socket)?.map(over).ok_or(failure),
    };
    // A shim that goes now has written its record.
    let _ = request(&socket, &ShimRequest::Wait);
    loop {
        if !readable(&socket, deadline)? {
            return Ok(ShimWaited { ended: false, exit_code: 0 });
        }
        let message = receive(&socket)?;
        match message.split_first() {
            Some((&word::EXITED, code)) => return Ok(over(exit_code(code)?)),
            Some(_) => {}
            None => {
                let code = recorded(&args.socket)?;
                return code.map(over).ok_or_else(|| gone("the container ran"));
            }
        }
    }
}

/// Body of word::EXITED.
pub fn exit_code(body: &[u8]) -> Result<i32> {
    body.try_into().map(i32::from_le_bytes).map_err(|_| gone("it told of the end"))
}

/// What exit.json beside the socket says.
fn recorded(socket: &str) -> Result<Option<i32>> {
    let directory = socket.rsplit_once('/').map_or(".", |(directory, _)| directory);
    let path = format!("{directory}/exit.json");
    let fd = match open(&path, OFlags::RDONLY, 0) {
        Err(failure) if failure.is(Errno::NOENT) => return Ok(None),
        other => other?,
    };
    let text = read_all(&fd, 64 << 10, &path)?;
    Ok(serde_json::from_slice::<ShimExit>(&text).ok().map(|exit| exit.exit_code))
}

/// False: time is up.
fn readable(socket: &OwnedFd, deadline: Option<Instant>) -> Result<bool> {
    loop {
        let left = deadline.map(|moment| moment.saturating_duration_since(Instant::now()));
        let limit = left.map(|left| Timespec::try_from(left).unwrap_or_default());
        match poll(&mut [PollFd::new(socket, PollFlags::IN)], limit.as_ref()) {
            Err(Errno::INTR) => {}
            other => return Ok(other.at("poll", "shim")? > 0),
        }
    }
}
