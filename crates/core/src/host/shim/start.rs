//! `shimStart`, `shimGo`, `shimAbort`: the engine's side of the shim's control socket.

use super::program::own_programs;
use super::socket::{gone, parse, receive, send_json, send_message};
use crate::failure::{At, Result};
use crate::host::exits::Process;
use crate::host::files::make_directory;
use crate::host::handles;
use crate::host::launch::keeps_reaping;
use crate::host::processes::read_stat;
use crate::host::reaper;
use rundlet_plan::{
    Handle, MakeDirectory, ProcessRef, ShimCreated, ShimFailure, ShimGone, ShimSpec, ShimStarted,
    word,
};
use rustix::fd::OwnedFd;
use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};
use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::process::{Command, Stdio};

pub fn shim_start(spec: ShimSpec) -> Result<ShimStarted> {
    let socket = spawn(&spec)?;
    send_json(&socket, word::SPEC, &spec)?;
    let answer = receive(&socket)?;
    match answer.split_first() {
        Some((&word::STARTED, body)) => {
            let ShimCreated { pid, start_time, shim_pid } = parse(body)?;
            let handle = handles::keep_shim(socket);
            Ok(ShimStarted { handle, pid, start_time, shim_pid, failure: None })
        }
        Some((&word::FAILED, body)) => {
            let failure: ShimFailure = parse(body)?;
            until_gone(&socket)?;
            let failure = Some(failure);
            Ok(ShimStarted { handle: 0, pid: 0, start_time: 0, shim_pid: 0, failure })
        }
        _ => Err(gone("the container was created")),
    }
}

/// In its own session it is by itself; its stdin is our socket until it has taken it.
fn spawn(spec: &ShimSpec) -> Result<OwnedFd> {
    let program = own_programs(())?.shim;
    let log = |name: &str| log_file(&spec.shim_logs, name);
    make_directory(MakeDirectory { path: spec.shim_logs.clone(), mode: 0o711, parents: true })?;
    let (ours, theirs) =
        socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)
            .at("socketpair", "")?;
    let mut command = Command::new(&program);
    command.current_dir(&spec.bundle).stdin(Stdio::from(theirs));
    command.stdout(log("shim.stdout.log")?).stderr(log("shim.stderr.log")?);
    crate::sys::program::isolate(&mut command);
    let child = command.spawn().at("execve", &program)?;
    let pid = child.id() as i32;
    // A program that lives on must not keep it as a zombie; any other leaves it to its subreaper.
    if keeps_reaping()
        && let Ok(Some(stat)) = read_stat(pid)
        && let Ok(process) = Process::open(ProcessRef { pid, start_time: stat.start_time })
    {
        reaper::watch(process, Box::new(|_| {}));
    }
    Ok(ours)
}

fn log_file(directory: &str, name: &str) -> Result<File> {
    let path = format!("{directory}/{name}");
    OpenOptions::new().append(true).create(true).mode(0o600).open(&path).at("open", &path)
}

pub fn shim_go(args: Handle) -> Result<ShimGone> {
    let answer = order(args, word::GO)?;
    match answer.split_first() {
        Some((&word::GOING, _)) => Ok(ShimGone { failure: None }),
        Some((&word::FAILED, body)) => Ok(ShimGone { failure: Some(parse(body)?) }),
        _ => Err(gone("the container was started")),
    }
}

pub fn shim_abort(args: Handle) -> Result<()> {
    match order(args, word::ABORT)?.first() {
        Some(&(word::ABORTED | word::FAILED)) => Ok(()),
        _ => Err(gone("the container was taken back")),
    }
}

/// The last one: the handle is gone with it. A shim that failed meanwhile has answered already.
fn order(args: Handle, order: u8) -> Result<Vec<u8>> {
    let socket = handles::take_shim(args.handle)?;
    let sent = send_message(&socket, &[order]);
    let answer = receive(&socket)?;
    match sent {
        Err(failure) if answer.is_empty() => Err(failure),
        _ => {
            if matches!(answer.first(), Some(&(word::FAILED | word::ABORTED))) {
                until_gone(&socket)?;
            }
            Ok(answer)
        }
    }
}

/// It has nothing more to say: its end is that of all it made.
fn until_gone(socket: &OwnedFd) -> Result<()> {
    while !receive(socket)?.is_empty() {}
    Ok(())
}
