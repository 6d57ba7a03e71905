//! `shimWait`: the end of a container, from its shim or from what that wrote.

use super::socket::{connect_to, gone, receive, request};
use crate::failure::Result;
use crate::host::cancel::wait_readable;
use crate::host::files::{open, read_all};
use rundlet_plan::{ShimExit, ShimRequest, ShimWait, ShimWaited, word};
use rustix::fd::AsFd;
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
        if !wait_readable(socket.as_fd(), deadline, args.cancel, "shim")? {
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
