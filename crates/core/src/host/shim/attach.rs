//! `shimAttachOpen`, `shimAttach`, `shimResize`.

use super::conversation::{Conversation, Wishes};
use super::socket::{connect_to, gone, parse, receive, request};
use crate::failure::{At, Failure, Result};
use crate::host::handles;
use crate::host::launch::give_away;
use crate::sys::fd::{StdFd, standard};
use rundlet_plan::{
    ShimAccepted, ShimAttach, ShimAttachOpen, ShimAttached, ShimDetached, ShimFailure, ShimRequest,
    ShimResize, ShimSize, ShimStreams, word,
};
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::io::Errno;
use rustix::pipe::{PipeFlags, pipe_with};

/// A client of a shim, between its request and its conversation.
pub struct Attached {
    pub socket: OwnedFd,
    pub tty: bool,
    pub stdin: bool,
    pub stdio: Stdio,
}

/// Whose streams a client passes on.
pub enum Stdio {
    /// This process's own.
    Own,
    /// Our ends of pipes; none for a stream that was not asked for.
    Pipes([Option<OwnedFd>; 3]),
}

impl Attached {
    pub fn fd(&self, which: StdFd) -> Option<BorrowedFd<'_>> {
        match &self.stdio {
            Stdio::Own => Some(standard(which)),
            Stdio::Pipes(ends) => ends[which as usize].as_ref().map(AsFd::as_fd),
        }
    }
}

impl Stdio {
    /// With new pipes for the streams of `asked` when `pipes`, and the caller's ends of them.
    pub fn new(pipes: bool, asked: &ShimStreams) -> Result<(Self, [i32; 3])> {
        if !pipes {
            return Ok((Self::Own, [-1; 3]));
        }
        let (mut ours, mut theirs) = ([None, None, None], [None, None, None]);
        for (place, wanted) in [asked.stdin, asked.stdout, asked.stderr].into_iter().enumerate() {
            if wanted {
                let (read, write) = pipe_with(PipeFlags::CLOEXEC).at("pipe2", "stdio")?;
                let (our, their) = if place == 0 { (read, write) } else { (write, read) };
                (ours[place], theirs[place]) = (Some(our), Some(their));
            }
        }
        Ok((Self::Pipes(ours), give_away(theirs)))
    }
}

pub fn shim_attach_open(args: ShimAttachOpen) -> Result<ShimAttached> {
    let ShimAttachOpen { socket, stdin, stdout, stderr, pipes } = args;
    let socket = connect_to(&socket)?;
    let streams = ShimStreams { stdin, stdout, stderr };
    request(&socket, &ShimRequest::Attach(streams.clone()))?;
    let accepted = accepted(&socket)?.map_err(failed)?;
    let tty = accepted.tty;
    let (stdio, pipes) = Stdio::new(pipes == Some(true), &streams)?;
    let handle = handles::keep_attached(Attached { socket, tty, stdin, stdio });
    Ok(ShimAttached { handle, tty, pid: accepted.pid, pipes })
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
