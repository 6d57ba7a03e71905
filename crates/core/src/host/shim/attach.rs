//! `shimAttachOpen`, `shimAttach`, `shimResize`.

use super::conversation::{Conversation, Wishes};
use super::socket::{connect_to, gone, parse, receive, request};
use crate::failure::{Failure, Result};
use crate::host::handles;
use rundlet_plan::{
    ShimAccepted, ShimAttach, ShimAttachOpen, ShimAttached, ShimDetached, ShimFailure, ShimRequest,
    ShimResize, ShimSize, ShimStreams, word,
};
use rustix::fd::OwnedFd;
use rustix::io::Errno;

/// A client of a shim, between its request and its conversation.
pub struct Attached {
    pub socket: OwnedFd,
    pub tty: bool,
    pub stdin: bool,
}

pub fn shim_attach_open(args: ShimAttachOpen) -> Result<ShimAttached> {
    let ShimAttachOpen { socket, stdin, stdout, stderr } = args;
    let socket = connect_to(&socket)?;
    request(&socket, &ShimRequest::Attach(ShimStreams { stdin, stdout, stderr }))?;
    let accepted = accepted(&socket)?.map_err(failed)?;
    let tty = accepted.tty;
    let handle = handles::keep_attached(Attached { socket, tty, stdin });
    Ok(ShimAttached { handle, tty, pid: accepted.pid })
}

pub fn shim_attach(args: ShimAttach) -> Result<ShimDetached> {
    let attached = handles::take_attached(args.handle)?;
    let wishes = Wishes {
        detach_keys: args.detach_keys,
        signal_proxy: args.signal_proxy,
        redraw: args.redraw,
    };
    Conversation::new(&attached, wishes)?.run()
}

pub fn shim_resize(args: ShimResize) -> Result<()> {
    let ShimResize { socket, exec_id, width, height } = args;
    let socket = connect_to(&socket)?;
    request(&socket, &ShimRequest::Resize(ShimSize { exec_id, width, height }))?;
    match accepted(&socket)? {
        Ok(_) => Ok(()),
        Err(failure) => Err(Failure::kernel("resize", Errno::NOENT, "").detail(failure.message)),
    }
}

/// The shim's answer to a request.
pub fn accepted(socket: &OwnedFd) -> Result<std::result::Result<ShimAccepted, ShimFailure>> {
    let answer = receive(socket)?;
    match answer.split_first() {
        Some((&word::ACCEPTED, body)) => Ok(Ok(parse(body)?)),
        Some((&word::FAILED, body)) => Ok(Err(parse(body)?)),
        _ => Err(gone("it was asked")),
    }
}

fn failed(failure: ShimFailure) -> Failure {
    Failure::text(failure.command, failure.message)
}
