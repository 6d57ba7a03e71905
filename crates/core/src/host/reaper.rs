//! One thread that watches any number of processes for their exit.

use super::exits::Process;
use super::handles::lock_of;
use crate::failure::{At, Failure, Result};
use rundlet_plan::ExitStatus;
use rustix::event::epoll;
use rustix::fd::OwnedFd;
use rustix::io::Errno;
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, OnceLock};

/// Takes the status on the reaper's thread.
pub type OnExit = Box<dyn FnOnce(Result<ExitStatus>) + Send>;

struct Watch {
    process: Process,
    on_exit: OnExit,
}

struct Reaper {
    epoll: OwnedFd,
    watches: Mutex<(u64, HashMap<u64, Watch>)>,
}

/// Call `on_exit` when the process has exited, at once if it has already.
pub fn watch(process: Process, on_exit: OnExit) -> std::result::Result<(), (Failure, OnExit)> {
    let reaper = match reaper() {
        Ok(reaper) => reaper,
        Err(failure) => return Err((failure, on_exit)),
    };
    let mut watches = lock_of(&reaper.watches);
    watches.0 += 1;
    let key = watches.0;
    let pidfd = process.pidfd.clone();
    watches.1.insert(key, Watch { process, on_exit });
    // The lock is still held, so that the thread finds the watch whenever the event comes.
    let flags = epoll::EventFlags::IN | epoll::EventFlags::ONESHOT;
    let added = epoll::add(&reaper.epoll, &*pidfd, epoll::EventData::new_u64(key), flags);
    match (added, watches.1.get(&key).is_some()) {
        (Err(errno), true) => match watches.1.remove(&key) {
            Some(watch) => Err((Failure::kernel("epoll_ctl", errno, ""), watch.on_exit)),
            None => Ok(()),
        },
        _ => Ok(()),
    }
}

fn reaper() -> Result<&'static Reaper> {
    static REAPER: OnceLock<Reaper> = OnceLock::new();
    static STARTING: Mutex<()> = Mutex::new(());
    if let Some(reaper) = REAPER.get() {
        return Ok(reaper);
    }
    let _one_at_a_time = lock_of(&STARTING);
    if let Some(reaper) = REAPER.get() {
        return Ok(reaper);
    }
    let epoll = epoll::create(epoll::CreateFlags::CLOEXEC).at("epoll_create1", "")?;
    let reaper = REAPER.get_or_init(|| Reaper { epoll, watches: Mutex::new((0, HashMap::new())) });
    std::thread::Builder::new()
        .name("rundlet-reaper".into())
        .stack_size(256 << 10)
        .spawn(move || reaper.run())
        .at("clone3", "rundlet-reaper")?;
    Ok(reaper)
}

impl Reaper {
    fn run(&self) {
        crate::sys::signals::block(u64::MAX);
        let mut events = Vec::with_capacity(64);
        loop {
            let space = rustix::buffer::spare_capacity(&mut events);
            match epoll::wait(&self.epoll, space, None) {
                Ok(_) | Err(Errno::INTR) => {}
                // Only EBADF and the like are left, and those cannot be: the epoll lives for ever.
                Err(_) => return,
            }
            for event in events.drain(..) {
                self.exited(event.data.u64());
            }
        }
    }

    fn exited(&self, key: u64) {
        let Some(watch) = lock_of(&self.watches).1.remove(&key) else { return };
        // The pidfd may have other holders, and epoll watches files, not numbers.
        let _ = epoll::delete(&self.epoll, &*watch.process.pidfd);
        let status = watch.process.exit_status();
        // A panicking host must not end the watch over all the others.
        let _ = catch_unwind(AssertUnwindSafe(move || (watch.on_exit)(status)));
    }
}
