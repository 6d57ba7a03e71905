//! One thread that watches any number of processes for their exit.

use super::exits::Process;
use super::handles::lock_of;
use crate::failure::{At, Failure, Result};
use rundlet_plan::ExitStatus;
use rustix::event::epoll;
use rustix::fd::OwnedFd;
use rustix::io::Errno;
use std::collections::BTreeMap;
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
    watches: Mutex<(u64, BTreeMap<u64, Watch>)>,
}

/// Call `on_exit` when the process has exited, at once if it has already; also with the failure, if it
/// cannot be watched.
pub fn watch(process: Process, on_exit: OnExit) {
    if let Err((failure, on_exit)) = try_watch(process, on_exit) {
        on_exit(Err(*failure));
    }
}

fn try_watch(process: Process, on_exit: OnExit) -> std::result::Result<(), (Box<Failure>, OnExit)> {
    let reaper = match reaper() {
        Ok(reaper) => reaper,
        Err(failure) => return Err((Box::new(failure), on_exit)),
    };
    // Held until the watch is armed, so that the thread finds it whenever the event comes.
    let mut watches = lock_of(&reaper.watches);
    watches.0 += 1;
    let key = watches.0;
    let flags = epoll::EventFlags::IN | epoll::EventFlags::ONESHOT;
    match epoll::add(&reaper.epoll, &*process.pidfd, epoll::EventData::new_u64(key), flags) {
        Ok(()) => {
            watches.1.insert(key, Watch { process, on_exit });
            Ok(())
        }
        Err(errno) => {
            let subject = process.reference.pid.to_string();
            Err((Box::new(Failure::kernel("epoll_ctl", errno, subject)), on_exit))
        }
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
    let reaper = REAPER.get_or_init(|| Reaper { epoll, watches: Mutex::new((0, BTreeMap::new())) });
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
