//! A container's console at our own terminal: raw mode, bytes both ways, the window's size.

use crate::failure::{At, Result};
use crate::sys::fd::{StdFd, standard};
use rustix::event::{PollFd, PollFlags};
use rustix::fd::OwnedFd;
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use rustix::io::Errno;
use rustix::termios::{
    OptionalActions, OutputModes, Termios, tcgetattr, tcgetwinsize, tcsetattr, tcsetwinsize,
};

const CHUNK: usize = 4096;

/// One direction: bytes read and not yet written.
#[derive(Default)]
struct Flow {
    pending: Vec<u8>,
    /// No more can be read.
    ended: bool,
}

impl Flow {
    fn wants_read(&self) -> bool {
        self.pending.is_empty() && !self.ended
    }
}

/// Give the console the size of our own window; without a terminal there is none to give.
pub fn take_window_size(master: &OwnedFd) {
    if let Ok(size) = tcgetwinsize(standard(StdFd::In)) {
        let _ = tcsetwinsize(master, size);
    }
}

pub struct Console {
    master: OwnedFd,
    /// Our stdin → master.
    input: Flow,
    /// Master → our stdout.
    output: Flow,
    _raw: Option<RawMode>,
}

impl Console {
    pub fn new(master: OwnedFd) -> Result<Self> {
        let flags = fcntl_getfl(&master).at("fcntl", "console")?;
        fcntl_setfl(&master, flags | OFlags::NONBLOCK).at("fcntl", "console")?;
        // As runc: so our own messages begin at the left margin.
        let raw = RawMode::enter(true);
        let console = Self { master, input: Flow::default(), output: Flow::default(), _raw: raw };
        console.resize();
        Ok(console)
    }

    pub fn resize(&self) {
        take_window_size(&self.master);
    }

    /// What to poll for: master, stdin, stdout, those of no interest left out (poll would report their
    /// hang-up again and again). `carry` takes the answers in this order. Once the other side is
    /// closed nothing is left but to wait for the exit.
    pub fn interests<'a>(&'a self, fds: &mut Vec<PollFd<'a>>) {
        if self.output.ended && self.output.pending.is_empty() {
            return;
        }
        let mut master = PollFlags::empty();
        if self.output.wants_read() {
            master |= PollFlags::IN;
        }
        if !self.input.pending.is_empty() {
            master |= PollFlags::OUT;
        }
        if !master.is_empty() {
            fds.push(PollFd::new(&self.master, master));
        }
        if self.input.wants_read() {
            fds.push(PollFd::from_borrowed_fd(standard(StdFd::In), PollFlags::IN));
        }
        if !self.output.pending.is_empty() {
            fds.push(PollFd::from_borrowed_fd(standard(StdFd::Out), PollFlags::OUT));
        }
    }

    /// Take what `interests` asked for and poll found.
    pub fn carry(&mut self, ready: &[PollFlags]) {
        if self.output.ended && self.output.pending.is_empty() {
            return;
        }
        let mut ready = ready.iter().copied();
        let mut next = |asked: bool| match asked {
            true => ready.next().unwrap_or(PollFlags::empty()),
            false => PollFlags::empty(),
        };
        let master = next(self.output.wants_read() || !self.input.pending.is_empty());
        let stdin = next(self.input.wants_read());
        let stdout = next(!self.output.pending.is_empty());
        if !stdout.is_empty() {
            self.write_stdout();
        }
        if !stdin.is_empty() {
            self.read_stdin();
        }
        if master.contains(PollFlags::OUT) {
            self.write_master();
        }
        if self.output.wants_read()
            && master.intersects(PollFlags::IN | PollFlags::HUP | PollFlags::ERR)
        {
            self.read_master();
        }
    }

    fn read_stdin(&mut self) {
        let mut chunk = [0; CHUNK];
        match rustix::io::read(standard(StdFd::In), &mut chunk) {
            Ok(0) => self.input.ended = true,
            Ok(length) => {
                self.input.pending.extend_from_slice(&chunk[..length]);
                self.write_master();
            }
            Err(Errno::AGAIN | Errno::INTR) => {}
            // EIO: our terminal hung up, or we are in its background.
            Err(_) => self.input.ended = true,
        }
    }

    fn write_master(&mut self) {
        match rustix::io::write(&self.master, &self.input.pending) {
            Ok(length) => drop(self.input.pending.drain(..length)),
            Err(Errno::AGAIN | Errno::INTR) => {}
            Err(_) => self.input = Flow { pending: Vec::new(), ended: true },
        }
    }

    /// False when there is nothing to read now.
    fn read_master(&mut self) -> bool {
        let mut chunk = [0; CHUNK];
        match rustix::io::read(&self.master, &mut chunk) {
            Ok(0) => self.output.ended = true,
            Ok(length) => {
                self.output.pending.extend_from_slice(&chunk[..length]);
                return true;
            }
            Err(Errno::INTR) => return true,
            Err(Errno::AGAIN) => {}
            // EIO: the last holder of the other side closed it, and all it wrote has been read.
            Err(_) => self.output.ended = true,
        }
        false
    }

    fn write_stdout(&mut self) {
        match rustix::io::write(standard(StdFd::Out), &self.output.pending) {
            Ok(length) => drop(self.output.pending.drain(..length)),
            Err(Errno::AGAIN | Errno::INTR) => {}
            // Nobody reads our output any more: the container's must not stop for that.
            Err(_) => self.output.pending.clear(),
        }
    }

    /// The process has exited: carry over what it left. The kernel flushes the line before it says
    /// EAGAIN, so nothing written before the exit is missed.
    pub fn finish(mut self) {
        loop {
            let bytes = std::mem::take(&mut self.output.pending);
            if super::files::write_all(standard(StdFd::Out), &bytes, "stdout").is_err() {
                return;
            }
            if !self.read_master() {
                return;
            }
        }
    }
}

/// As runc: line ends go out as the program wrote them; our own terminal, or the file that we write to,
/// makes of them what it always does.
pub fn leave_line_ends(master: &OwnedFd) {
    if let Ok(mut modes) = tcgetattr(master) {
        modes.output_modes -= OutputModes::ONLCR;
        let _ = tcsetattr(master, OptionalActions::Now, &modes);
    }
}

/// Raw mode of our own terminal until dropped.
pub struct RawMode {
    before: Termios,
}

impl RawMode {
    /// `None`: stdin is no terminal. With `processing` the terminal still makes lines of what is written.
    pub fn enter(processing: bool) -> Option<Self> {
        let before = tcgetattr(standard(StdFd::In)).ok()?;
        let mut raw = before.clone();
        raw.make_raw();
        if processing {
            raw.output_modes |= OutputModes::OPOST;
        }
        tcsetattr(standard(StdFd::In), OptionalActions::Now, &raw).ok()?;
        Some(Self { before })
    }
}

impl Drop for RawMode {
    fn drop(&mut self) {
        let _ = tcsetattr(standard(StdFd::In), OptionalActions::Now, &self.before);
    }
}
