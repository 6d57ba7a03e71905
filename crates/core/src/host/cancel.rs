//! `cancelOpen`, `cancel`, `cancelClose`: what ends an operation that waits, from another thread.

use super::handles;
use crate::failure::{At, Failure, Result};
use rundlet_plan::Handle;
use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::io::Errno;
use std::sync::Arc;
use std::time::Instant;

/// Readable once it is cancelled, for ever.
pub struct Cancel(OwnedFd);

pub fn cancel_open(_: ()) -> Result<Handle> {
    let event = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK).at("eventfd2", "")?;
    Ok(Handle { handle: handles::keep_cancel(Cancel(event)) })
}

pub fn cancel(args: Handle) -> Result<()> {
    let Cancel(event) = &*handles::cancel(args.handle)?;
    rustix::io::write(event, &1_u64.to_ne_bytes()).at("write", "eventfd").map(drop)
}

pub fn cancel_close(args: Handle) -> Result<()> {
    handles::drop_cancel(args.handle);
    Ok(())
}

/// Until `fd` has something to say, or the time is over: then false. Fails with ECANCELED.
pub fn wait_readable(
    fd: BorrowedFd<'_>,
    deadline: Option<Instant>,
    cancel: Option<u32>,
    subject: &str,
) -> Result<bool> {
    let cancel: Option<Arc<Cancel>> = cancel.map(handles::cancel).transpose()?;
    loop {
        let left = deadline.map(|moment| moment.saturating_duration_since(Instant::now()));
        let limit = left.map(|left| Timespec::try_from(left).unwrap_or_default());
        let mut fds = vec![PollFd::from_borrowed_fd(fd, PollFlags::IN)];
        fds.extend(
            cancel.iter().map(|cancel| PollFd::from_borrowed_fd(cancel.0.as_fd(), PollFlags::IN)),
        );
        match poll(&mut fds, limit.as_ref()) {
            Err(Errno::INTR) => continue,
            other => other.at("poll", subject)?,
        };
        if !fds[0].revents().is_empty() {
            return Ok(true);
        }
        if fds.get(1).is_some_and(|fd| !fd.revents().is_empty()) {
            return Err(Failure::kernel("poll", Errno::CANCELED, subject));
        }
        if left.is_some_and(|left| left.is_zero()) {
            return Ok(false);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::pipe::{PipeFlags, pipe_with};

    #[test]
    fn ends_a_wait_of_another_thread_and_all_later_ones() {
        let (read, _write) = pipe_with(PipeFlags::CLOEXEC).unwrap();
        let Handle { handle } = cancel_open(()).unwrap();
        let wait = |deadline| wait_readable(read.as_fd(), deadline, Some(handle), "");
        assert!(!wait(Some(Instant::now())).unwrap());
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| wait(None));
            cancel(Handle { handle }).unwrap();
            assert!(waiting.join().unwrap().unwrap_err().is(Errno::CANCELED));
        });
        assert!(wait(None).unwrap_err().is(Errno::CANCELED));
        cancel_close(Handle { handle }).unwrap();
        assert!(wait(None).unwrap_err().is(Errno::BADF));
    }

    #[test]
    fn what_is_there_is_told_first() {
        let (read, write) = pipe_with(PipeFlags::CLOEXEC).unwrap();
        let Handle { handle } = cancel_open(()).unwrap();
        cancel(Handle { handle }).unwrap();
        rustix::io::write(&write, b"x").unwrap();
        assert!(wait_readable(read.as_fd(), None, Some(handle), "").unwrap());
        cancel_close(Handle { handle }).unwrap();
    }
}
