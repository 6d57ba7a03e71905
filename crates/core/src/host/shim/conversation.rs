//! A client's whole time with a shim: our stdin to the process, its output to our stdout and stderr,
//! until it ends or we leave. Bytes never cross into JavaScript.

use super::attach::{Attached, Stdio};
use super::detach_keys::DetachKeys;
use super::socket::{gone, send_message};
use super::wait::exit_code;
use crate::failure::{At, Result};
use crate::host::console::RawMode;
use crate::host::foreground::forwarded;
use crate::sys::fd::{StdFd, standard};
use crate::sys::signals::{Blocked, KernelSet, bit, signalfd};
use rundlet_plan::{ShimDetached, word};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::{FileType, fstat};
use rustix::io::Errno;
use rustix::net::{RecvFlags, SendFlags, recv, send};
use rustix::termios::{isatty, tcgetwinsize};

/// The longest message of a shim.
const CHUNK: usize = (64 << 10) + 1;
const TYPED: usize = 16 << 10;
/// What a pipe or terminal that is ready takes without waiting.
const CAREFUL: usize = 4096;

pub struct Wishes {
    pub detach_keys: Vec<u8>,
    pub signal_proxy: bool,
    pub redraw: bool,
}

/// Output that is not written yet.
struct Pending {
    to: StdFd,
    /// In the buffer.
    from: usize,
    until: usize,
}

pub struct Conversation<'a> {
    attached: &'a Attached,
    signals: Option<OwnedFd>,
    proxy: bool,
    keys: DetachKeys,
    buffer: Vec<u8>,
    pending: Option<Pending>,
    /// A message that the shim had no room for.
    typed: Vec<u8>,
    stdin_open: bool,
    /// Our stdin is a terminal, and so is the process's.
    screen: bool,
    raw: Option<RawMode>,
    blocked: Option<Blocked>,
}

impl<'a> Conversation<'a> {
    pub fn new(attached: &'a Attached, wishes: Wishes) -> Result<Self> {
        let own = matches!(attached.stdio, Stdio::Own);
        let screen = own && attached.tty && isatty(standard(StdFd::In));
        let proxy = wishes.signal_proxy && !attached.tty;
        let set = match (proxy, screen) {
            (true, _) => forwarded(),
            (_, true) => leaving() | bit(libc::SIGWINCH),
            _ => 0,
        };
        let (blocked, signals) = match set {
            0 => (None, None),
            _ => (Some(Blocked::new(set)), Some(signalfd(set).at("signalfd4", "")?)),
        };
        let keys = if attached.tty { wishes.detach_keys } else { Vec::new() };
        let conversation = Self {
            attached,
            signals,
            proxy,
            keys: DetachKeys::new(keys),
            buffer: vec![0; CHUNK],
            pending: None,
            typed: Vec::new(),
            stdin_open: attached.stdin,
            screen,
            raw: if screen && attached.stdin { RawMode::enter(false) } else { None },
            blocked,
        };
        conversation.send_size(if wishes.redraw { 1 } else { 0 });
        if wishes.redraw {
            conversation.send_size(0);
        }
        Ok(conversation)
    }

    pub fn run(mut self) -> Result<ShimDetached> {
        loop {
            let [socket, stdin, output, signals] = self.wait()?;
            if !signals.is_empty()
                && let Some(end) = self.take_signals()?
            {
                return Ok(end);
            }
            if !output.is_empty() && !self.write_output() {
                // As if by SIGPIPE.
                return Ok(signaled(libc::SIGPIPE));
            }
            if socket.contains(PollFlags::OUT) {
                self.send_typed()?;
            }
            if !stdin.is_empty() && self.read_stdin()? {
                return Ok(ShimDetached { kind: "detached".into(), exit_code: 0 });
            }
            if self.pending.is_none()
                && socket.intersects(PollFlags::IN | PollFlags::HUP | PollFlags::ERR)
                && let Some(end) = self.hear()?
            {
                return Ok(end);
            }
        }
    }

    /// Answers of poll for the socket, stdin, the output that is pending, and signals.
    fn wait(&self) -> Result<[PollFlags; 4]> {
        let mut socket = PollFlags::empty();
        if self.pending.is_none() {
            socket |= PollFlags::IN;
        }
        if !self.typed.is_empty() {
            socket |= PollFlags::OUT;
        }
        let reads = self.stdin_open && self.typed.is_empty();
        let mut fds = Vec::with_capacity(4);
        let mut places = [None; 4];
        let mut ask = |place: usize, fd| {
            places[place] = Some(fds.len());
            fds.push(fd);
        };
        if !socket.is_empty() {
            ask(0, PollFd::new(&self.attached.socket, socket));
        }
        if let (true, Some(stdin)) = (reads, self.attached.fd(StdFd::In)) {
            ask(1, PollFd::from_borrowed_fd(stdin, PollFlags::IN));
        }
        if let Some(output) = self.pending.as_ref().and_then(|pending| self.attached.fd(pending.to))
        {
            ask(2, PollFd::from_borrowed_fd(output, PollFlags::OUT));
        }
        if let Some(signals) = &self.signals {
            ask(3, PollFd::new(signals, PollFlags::IN));
        }
        match poll(&mut fds, None) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(errno) => return Err(errno).at("poll", ""),
        }
        let found = |place: Option<usize>| place.map_or(PollFlags::empty(), |at| fds[at].revents());
        Ok(places.map(found))
    }

    /// The shim's next message.
    fn hear(&mut self) -> Result<Option<ShimDetached>> {
        let length = match recv(&self.attached.socket, &mut self.buffer[..], RecvFlags::DONTWAIT) {
            // A shim that went with something of ours unread: told once, before what it had said.
            Err(Errno::AGAIN | Errno::INTR | Errno::CONNRESET) => return Ok(None),
            other => other.at("recv", "shim")?.0,
        };
        let Some((&kind, body)) = self.buffer[..length].split_first() else {
            return Err(gone("the container ran"));
        };
        let to = match kind {
            word::STDOUT => StdFd::Out,
            word::STDERR => StdFd::Err,
            word::EXITED => {
                let exit_code = exit_code(body)?;
                return Ok(Some(ShimDetached { kind: "ended".into(), exit_code }));
            }
            word::DETACHED => {
                return Ok(Some(ShimDetached { kind: "detached".into(), exit_code: 0 }));
            }
            word::MISSED => {
                let count = body.try_into().map_or(0, u64::from_le_bytes);
                let text = format!(
                    "rundlet: {count} bytes of output are left out here, since they were not read in time\r\n"
                );
                if self.attached.fd(StdFd::Err).is_some() {
                    self.buffer[1..=text.len()].copy_from_slice(text.as_bytes());
                    self.pending = Some(Pending { to: StdFd::Err, from: 1, until: 1 + text.len() });
                }
                return Ok(None);
            }
            _ => return Ok(None),
        };
        if self.attached.fd(to).is_some() {
            self.pending = Some(Pending { to, from: 1, until: length });
        }
        Ok(None)
    }

    /// False: nobody reads it any more.
    fn write_output(&mut self) -> bool {
        let Some(pending) = &mut self.pending else { return true };
        let Some(fd) = self.attached.fd(pending.to) else { return true };
        let most = if is_file(fd) { CHUNK } else { CAREFUL };
        let until = pending.until.min(pending.from + most);
        match rustix::io::write(fd, &self.buffer[pending.from..until]) {
            Ok(written) => pending.from += written,
            Err(Errno::AGAIN | Errno::INTR) => {}
            Err(_) => return false,
        }
        if pending.from == pending.until {
            self.pending = None;
        }
        true
    }

    /// True: the detach keys were typed.
    fn read_stdin(&mut self) -> Result<bool> {
        let mut typed = [0; TYPED];
        let Some(stdin) = self.attached.fd(StdFd::In) else { return Ok(false) };
        let length = match rustix::io::read(stdin, &mut typed) {
            Err(Errno::AGAIN | Errno::INTR) => return Ok(false),
            Ok(length) => length,
            // EIO: our terminal hung up, or we are in its background.
            Err(_) => 0,
        };
        self.stdin_open = length > 0;
        self.typed.push(word::INPUT);
        let detached = self.keys.filter(&typed[..length], &mut self.typed);
        if length > 0 && self.typed.len() == 1 {
            // All of it may become a detach sequence; an empty message would be the end.
            self.typed.clear();
        }
        self.send_typed()?;
        Ok(detached)
    }

    fn send_typed(&mut self) -> Result<()> {
        if self.typed.is_empty() {
            return Ok(());
        }
        let flags = SendFlags::DONTWAIT | SendFlags::NOSIGNAL;
        match send(&self.attached.socket, &self.typed, flags) {
            Err(Errno::AGAIN | Errno::INTR) => Ok(()),
            // What it said before it went is still to be heard.
            Ok(_) | Err(Errno::PIPE | Errno::CONNRESET) => {
                self.typed.clear();
                Ok(())
            }
            Err(errno) => Err(errno).at("send", "shim"),
        }
    }

    fn take_signals(&mut self) -> Result<Option<ShimDetached>> {
        let Some(signals) = &self.signals else { return Ok(None) };
        let mut info = [0_u8; 128];
        loop {
            match rustix::io::read(signals, &mut info) {
                Ok(_) => {}
                Err(Errno::INTR) => continue,
                Err(_) => return Ok(None),
            }
            let signal = i32::from_ne_bytes([info[0], info[1], info[2], info[3]]);
            if signal == libc::SIGWINCH {
                self.send_size(0);
            } else if self.proxy {
                let [a, b, c, d] = signal.to_le_bytes();
                let _ = send_message(&self.attached.socket, &[word::SIGNAL, a, b, c, d]);
            } else {
                return Ok(Some(signaled(signal)));
            }
        }
    }

    /// Our window's, for its terminal; `more` to make it differ from what it was.
    fn send_size(&self, more: u16) {
        if self.screen
            && let Ok(size) = tcgetwinsize(standard(StdFd::In))
        {
            let [w0, w1] = size.ws_col.saturating_add(more).to_le_bytes();
            let [h0, h1] = size.ws_row.saturating_add(more).to_le_bytes();
            let _ = send_message(&self.attached.socket, &[word::SIZE, w0, w1, h0, h1]);
        }
    }
}

impl Drop for Conversation<'_> {
    fn drop(&mut self) {
        // The terminal first: a signal that waits may end us.
        self.raw = None;
        self.blocked = None;
    }
}

/// Asks to end: our terminal has to be put back before.
fn leaving() -> KernelSet {
    [libc::SIGTERM, libc::SIGINT, libc::SIGHUP, libc::SIGQUIT]
        .iter()
        .fold(0, |set, signal| set | bit(*signal))
}

fn signaled(signal: i32) -> ShimDetached {
    ShimDetached { kind: "signaled".into(), exit_code: 128 + signal }
}

fn is_file(fd: impl AsFd) -> bool {
    fstat(fd).is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile)
}
