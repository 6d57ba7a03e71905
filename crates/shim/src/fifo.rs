//! The fifos beside a container's runtime files: `<name>-stdin`, `<name>-stdout`, `<name>-stderr`.
//! They are for whoever comes by with `echo` and `cat`; nothing of the engine needs them.
//!
//! The shim holds both ends of each, so that a program of the moment opens them without waiting, and
//! sees an end only when the process's own output ends. What nobody reads stays in the kernel's buffer,
//! which keeps the latest of it: a `cat` that comes after the answer still shows it.

use crate::failure::{At, Failure, Result};
use crate::outbox::{Outbox, Reader};
use crate::poller::{Events, Poller, Token};
use rustix::fd::OwnedFd;
use rustix::fs::{CWD, FileType, Mode, OFlags, fchmod, fstat, mkfifoat, open, unlink};
use rustix::io::Errno;

/// Makes the fifo anew and opens both of its ends.
pub fn make(path: &str) -> Result<OwnedFd> {
    match unlink(path) {
        Ok(()) | Err(Errno::NOENT) => {}
        Err(errno) => return Err(errno).at("unlink", path),
    }
    let mode = Mode::RWXU;
    mkfifoat(CWD, path, mode).at("mkfifo", path)?;
    let flags = OFlags::RDWR | OFlags::NONBLOCK | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let fd = open(path, flags, Mode::empty()).at("open", path)?;
    let kind = FileType::from_raw_mode(fstat(&fd).at("fstat", path)?.st_mode);
    if kind != FileType::Fifo {
        return Err(Failure::text("open", path, "not the fifo that was made"));
    }
    // Whatever the umask.
    fchmod(&fd, mode).at("fchmod", path)?;
    Ok(fd)
}

/// An output's mirror.
pub struct Tap {
    fd: OwnedFd,
    /// How many others have it open, as inotify tells; it tells of our own too.
    pub readers: isize,
    outbox: Outbox,
    watched: bool,
}

impl Tap {
    pub fn make(path: &str) -> Result<Self> {
        Ok(Self { fd: make(path)?, readers: -1, outbox: Outbox::new(), watched: false })
    }

    pub fn outbox(&self) -> &Outbox {
        &self.outbox
    }

    /// The next bytes of the output. Without a reader the oldest in the fifo make room for them.
    pub fn write(&mut self, mut bytes: &[u8]) {
        if !self.outbox.is_empty() {
            if self.outbox.admits(bytes.len()) {
                self.outbox.push(bytes.to_vec());
            }
            return;
        }
        while !bytes.is_empty() {
            match rustix::io::write(&self.fd, bytes) {
                Ok(written) => bytes = &bytes[written..],
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) if self.readers > 0 => {
                    self.outbox.push(bytes.to_vec());
                    return;
                }
                Err(Errno::AGAIN) if self.forget_oldest() => {}
                Err(_) => return,
            }
        }
    }

    fn forget_oldest(&self) -> bool {
        let mut oldest = [0; 16 << 10];
        rustix::io::read(&self.fd, &mut oldest).is_ok_and(|length| length > 0)
    }

    /// The last reader went: what it did not take is as if it had never come.
    pub fn readers_changed(&mut self) {
        if self.readers <= 0 && !self.outbox.is_empty() {
            self.outbox = Outbox::new();
        }
    }

    pub fn flush(&mut self, poller: &Poller, token: Token) -> Result<()> {
        let fd = &self.fd;
        if self.outbox.flush(|bytes| rustix::io::write(fd, bytes)) == Reader::Gone {
            self.outbox = Outbox::new();
        }
        // A reader of the moment need not be told in the stream itself, which is the process's alone.
        if self.outbox.is_empty() {
            self.outbox.take_missed();
        }
        match (self.outbox.is_empty(), self.watched) {
            (false, false) => {
                poller.add(&self.fd, token, Events::OUT)?;
                self.watched = true;
            }
            (true, true) => {
                poller.remove(&self.fd);
                self.watched = false;
            }
            _ => {}
        }
        Ok(())
    }

    /// Out of the poller, before it is dropped.
    pub fn close(self, poller: &Poller) {
        if self.watched {
            poller.remove(&self.fd);
        }
    }
}

/// What an input's fifo brought.
pub enum Fed<'a> {
    Bytes(&'a [u8]),
    Nothing,
}

/// Both ends are ours: there is no end of file when a writer goes.
pub fn read<'a>(fd: &OwnedFd, buffer: &'a mut [u8]) -> Fed<'a> {
    match rustix::io::read(fd, &mut *buffer) {
        Ok(length @ 1..) => Fed::Bytes(&buffer[..length]),
        Ok(_) | Err(_) => Fed::Nothing,
    }
}
