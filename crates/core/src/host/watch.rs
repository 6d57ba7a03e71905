//! `watchOpen`, `watchNext`, `watchClose`: what happens to a container, without looking again and again.

use super::exits::Process;
use super::files::{open, read_small};
use super::handles;
use crate::failure::{At, Failure, Result};
use rundlet_plan::{CgroupVersion, Handle, WatchEvent, WatchOpen};
use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};
use rustix::fd::{AsFd, AsRawFd, OwnedFd};
use rustix::fs::inotify;
use rustix::fs::{Access, OFlags, access};
use rustix::io::Errno;
use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, timerfd_create, timerfd_settime,
};
use std::sync::atomic::{AtomicU64, Ordering};

pub struct Watch {
    process: Process,
    timer: Option<OwnedFd>,
    memory: Memory,
    /// Readable once the watch is closed.
    closed: OwnedFd,
}

enum Memory {
    None,
    /// An eventfd that the kernel adds to at every OOM, and when the group is removed.
    V1 {
        event: OwnedFd,
        control: String,
    },
    /// inotify of `memory.events`, and how many kills were in it.
    V2 {
        changes: OwnedFd,
        file: String,
        kills: AtomicU64,
    },
}

pub fn watch_open(args: WatchOpen) -> Result<Handle> {
    let process = Process::open(args.process)?;
    let memory = match (args.memory.as_str(), args.version) {
        ("", _) => Memory::None,
        (path, CgroupVersion::V1) => watch_v1(path)?,
        (path, CgroupVersion::V2) => watch_v2(path)?,
    };
    let timer = (args.interval > 0).then(|| ticks(args.interval)).transpose()?;
    let closed = eventfd(0, EventfdFlags::CLOEXEC).at("eventfd2", "")?;
    Ok(Handle { handle: handles::keep_watch(Watch { process, timer, memory, closed }) })
}

pub fn watch_next(args: Handle) -> Result<WatchEvent> {
    let kind = handles::watch(args.handle)?.next()?;
    Ok(WatchEvent { kind: kind.into() })
}

pub fn watch_close(args: Handle) -> Result<()> {
    match handles::take_watch(args.handle) {
        Some(watch) => {
            rustix::io::write(&watch.closed, &1_u64.to_ne_bytes()).at("write", "eventfd").map(drop)
        }
        None => Ok(()),
    }
}

/// <https://docs.kernel.org/admin-guide/cgroup-v1/memory.html#oom-control>
fn watch_v1(path: &str) -> Result<Memory> {
    let event = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK).at("eventfd2", path)?;
    let oom = open(&format!("{path}/memory.oom_control"), OFlags::RDONLY, 0)?;
    let control = format!("{path}/cgroup.event_control");
    let fd = open(&control, OFlags::WRONLY, 0)?;
    let line = format!("{} {}", event.as_raw_fd(), oom.as_raw_fd());
    rustix::io::write(&fd, line.as_bytes()).at("write", &control)?;
    Ok(Memory::V1 { event, control })
}

/// A kernel without the memory controller here has no OOM of this group to tell of.
fn watch_v2(path: &str) -> Result<Memory> {
    let file = format!("{path}/memory.events");
    let flags = inotify::CreateFlags::CLOEXEC | inotify::CreateFlags::NONBLOCK;
    let changes = inotify::init(flags).at("inotify_init1", path)?;
    match inotify::add_watch(&changes, &file, inotify::WatchFlags::MODIFY) {
        Ok(_) => {}
        Err(Errno::NOENT) => return Ok(Memory::None),
        Err(errno) => return Err(Failure::kernel("inotify_add_watch", errno, file)),
    }
    let kills = AtomicU64::new(oom_kills(&file));
    Ok(Memory::V2 { changes, file, kills })
}

fn oom_kills(file: &str) -> u64 {
    let text = read_small(file).unwrap_or_default();
    let count = text.lines().find_map(|line| line.strip_prefix("oom_kill "));
    count.and_then(|count| count.trim().parse().ok()).unwrap_or(0)
}

fn ticks(nanoseconds: u64) -> Result<OwnedFd> {
    let flags = TimerfdFlags::CLOEXEC | TimerfdFlags::NONBLOCK;
    let timer = timerfd_create(TimerfdClockId::Monotonic, flags).at("timerfd_create", "")?;
    let time = Timespec {
        tv_sec: (nanoseconds / 1_000_000_000) as i64,
        tv_nsec: (nanoseconds % 1_000_000_000) as i64,
    };
    let spec = Itimerspec { it_interval: time, it_value: time };
    timerfd_settime(&timer, TimerfdTimerFlags::empty(), &spec).at("timerfd_settime", "")?;
    Ok(timer)
}

impl Watch {
    /// An OOM comes before the end that it led to.
    fn next(&self) -> Result<&'static str> {
        loop {
            let memory = match &self.memory {
                Memory::None => None,
                Memory::V1 { event, .. } => Some(event),
                Memory::V2 { changes, .. } => Some(changes),
            };
            let mut fds = vec![
                PollFd::new(&*self.process.pidfd, PollFlags::IN),
                PollFd::new(&self.closed, PollFlags::IN),
            ];
            fds.extend(memory.map(|fd| PollFd::new(fd, PollFlags::IN)));
            fds.extend(self.timer.as_ref().map(|fd| PollFd::new(fd, PollFlags::IN)));
            match poll(&mut fds, None) {
                Err(Errno::INTR) => continue,
                other => other.at("poll", "")?,
            };
            let ready: Vec<bool> = fds.iter().map(|fd| !fd.revents().is_empty()).collect();
            if ready[1] {
                return Ok("ended");
            }
            if self.had_oom() {
                return Ok("oom");
            }
            if ready[0] {
                return Ok("ended");
            }
            if let Some(timer) = &self.timer
                && drained(timer)
            {
                return Ok("tick");
            }
        }
    }

    fn had_oom(&self) -> bool {
        match &self.memory {
            Memory::None => false,
            // The removal of the group is no OOM.
            Memory::V1 { event, control } => {
                drained(event) && access(control, Access::EXISTS).is_ok()
            }
            Memory::V2 { changes, file, kills } => {
                while drained(changes) {}
                let now = oom_kills(file);
                kills.fetch_max(now, Ordering::Relaxed) < now
            }
        }
    }
}

/// Whether there was something to read.
fn drained(fd: impl AsFd) -> bool {
    let mut bytes = [0_u8; 512];
    matches!(rustix::io::read(fd, &mut bytes), Ok(length) if length > 0)
}
