//! `notifyOpen`, `notifyForward`: systemd's readiness protocol (sd_notify(3)) out of a container. The
//! program writes into a socket in the container's directory; that it is ready, and which process is the
//! service's main one, goes on to the manager whose socket is in `NOTIFY_SOCKET`.

use super::files::open;
use super::handles;
use super::processes::open_process;
use crate::failure::{At, Failure, Result};
use crate::sys::signals;
use rundlet_plan::{Handle, NotifyForward, NotifyOpen};
use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};
use rustix::fd::{AsFd, AsRawFd, OwnedFd};
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::net::{
    AddressFamily, SendAncillaryBuffer, SendAncillaryMessage, SendFlags, SocketAddrUnix,
    SocketFlags, SocketType, bind, connect, recv, sendmsg, socket_with,
};
use rustix::pipe::{PipeFlags, pipe_with};
use std::io::IoSlice;
use std::mem::MaybeUninit;

/// For the manager to have read what was sent (`BARRIER=1`); one that is older never answers.
const BARRIER: Timespec = Timespec { tv_sec: 30, tv_nsec: 0 };
/// Of one message, which systemd takes no longer.
const MAX_MESSAGE: usize = 4096;

pub struct Notify {
    socket: OwnedFd,
    manager: OwnedFd,
    /// Readable once the handle is closed.
    closed: OwnedFd,
}

/// The socket for the container, open to every user in it.
pub fn notify_open(args: NotifyOpen) -> Result<Handle> {
    // First: with a wrong address nothing begins.
    let manager = connect_manager(&args.manager)?;
    let path = args.path.as_str();
    let socket = datagram(path)?;
    // By way of its directory: an address is no longer than 107 bytes, and a root may be deep.
    let (dir, name) = path.rsplit_once('/').unwrap_or((".", path));
    let dir = open(dir, OFlags::PATH | OFlags::DIRECTORY, 0)?;
    let short = format!("/proc/self/fd/{}/{name}", dir.as_raw_fd());
    let address = SocketAddrUnix::new(short).at("bind", path)?;
    bind(&socket, &address).at("bind", path)?;
    rustix::fs::chmod(path, Mode::from_raw_mode(0o777)).at("chmod", path)?;
    let closed = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK).at("eventfd2", path)?;
    let notify = Notify { socket, manager, closed };
    Ok(Handle { handle: handles::keep_notify(notify) })
}

/// Waits until the program is ready or the process gone; with `background` a thread does.
pub fn notify_forward(args: NotifyForward) -> Result<()> {
    let notify = handles::notify(args.handle)?;
    let process = match open_process(args.process) {
        // It has ended; what it said lies in the socket.
        Err(failure) if failure.is(Errno::SRCH) => None,
        other => Some(other?),
    };
    if process.is_none() {
        close(&notify)?;
    }
    if !args.background {
        let done = forward(&notify, process.as_ref(), args.main_pid);
        handles::drop_notify(args.handle);
        return done;
    }
    let work = move || {
        signals::block(signals::KernelSet::MAX);
        // Nobody is there to be told.
        let _ = forward(&notify, process.as_ref(), args.main_pid);
    };
    std::thread::Builder::new()
        .name("notify".to_owned())
        .spawn(work)
        .map(drop)
        .map_err(|error| Failure::text("notify", error.to_string()))
}

/// `notifyClose`: also ends a background's wait. None any more is no error.
pub fn notify_close(args: Handle) -> Result<()> {
    if let Some(notify) = handles::drop_notify(args.handle) {
        close(&notify)?;
    }
    Ok(())
}

fn close(notify: &Notify) -> Result<()> {
    rustix::io::write(&notify.closed, &1_u64.to_ne_bytes()).map(drop).at("write", "notify")
}

fn forward(notify: &Notify, process: Option<&OwnedFd>, main: i32) -> Result<()> {
    let manager = &notify.manager;
    let Some(ready) = await_ready(notify, process)? else { return Ok(()) };
    send(manager, &[ready.as_slice(), b"\n"].concat(), None)?;
    send(manager, format!("MAINPID={main}\n").as_bytes(), None)?;
    barrier(manager)
}

/// The line `READY=…` of the first message that begins with it; none when the process is gone first.
fn await_ready(notify: &Notify, process: Option<&OwnedFd>) -> Result<Option<Vec<u8>>> {
    let subject = "notify.sock";
    loop {
        let mut fds = [
            PollFd::new(&notify.socket, PollFlags::IN),
            PollFd::new(process.unwrap_or(&notify.closed), PollFlags::IN),
            PollFd::new(&notify.closed, PollFlags::IN),
        ];
        match poll(&mut fds, None) {
            Err(Errno::INTR) => continue,
            other => other.at("poll", subject)?,
        };
        // What it said before it died counts.
        if !fds[0].revents().is_empty() {
            let mut bytes = [0; MAX_MESSAGE];
            match recv(&notify.socket, &mut bytes[..], rustix::net::RecvFlags::DONTWAIT) {
                Ok((length, _)) => {
                    let message = &bytes[..length.min(MAX_MESSAGE)];
                    if message.starts_with(b"READY=") {
                        let line = message.split(|&byte| byte == b'\n').next();
                        return Ok(line.map(<[u8]>::to_vec));
                    }
                }
                Err(Errno::INTR | Errno::AGAIN) => {}
                Err(errno) => return Err(Failure::kernel("recv", errno, subject)),
            }
        } else if !fds[1].revents().is_empty() || !fds[2].revents().is_empty() {
            return Ok(None);
        }
    }
}

/// The other end of the pipe is closed when the manager has come to this message.
fn barrier(manager: &OwnedFd) -> Result<()> {
    let (ours, theirs) = pipe_with(PipeFlags::CLOEXEC).at("pipe2", "notify")?;
    send(manager, b"BARRIER=1", Some(&theirs))?;
    drop(theirs);
    let mut fds = [PollFd::new(&ours, PollFlags::IN)];
    loop {
        match poll(&mut fds, Some(&BARRIER)) {
            Err(Errno::INTR) => {}
            other => return other.map(drop).at("poll", "notify"),
        }
    }
}

fn send(manager: &OwnedFd, message: &[u8], fd: Option<&OwnedFd>) -> Result<()> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    let fds = fd.map(AsFd::as_fd);
    if !fds.as_slice().is_empty() {
        control.push(SendAncillaryMessage::ScmRights(fds.as_slice()));
    }
    loop {
        match sendmsg(manager, &[IoSlice::new(message)], &mut control, SendFlags::NOSIGNAL) {
            Err(Errno::INTR) => {}
            other => return other.map(drop).at("sendmsg", "NOTIFY_SOCKET"),
        }
    }
}

/// A path, or with `@` a name without a file.
fn connect_manager(name: &str) -> Result<OwnedFd> {
    let socket = datagram(name)?;
    let address = match name.strip_prefix('@') {
        Some(abstract_name) => SocketAddrUnix::new_abstract_name(abstract_name.as_bytes()),
        None => SocketAddrUnix::new(name),
    };
    let address = address.at("connect", name)?;
    connect(&socket, &address).at("connect", name)?;
    Ok(socket)
}

fn datagram(subject: &str) -> Result<OwnedFd> {
    socket_with(AddressFamily::UNIX, SocketType::DGRAM, SocketFlags::CLOEXEC, None)
        .at("socket", subject)
}
