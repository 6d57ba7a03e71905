//! Whether the container ran out of memory.

use crate::failure::{At, Result};
use rundlet_plan::{CgroupVersion, ShimOom};
use rustix::event::{EventfdFlags, eventfd};
use rustix::fd::{AsRawFd, OwnedFd};

pub struct OomWatch {
    group: ShimOom,
    /// v1: written to by the kernel when the group is out of memory, also when nobody is killed for it.
    event: Option<OwnedFd>,
    seen: bool,
}

impl OomWatch {
    /// The group exists.
    pub fn open(group: &ShimOom) -> Result<Self> {
        let event = match group.version {
            CgroupVersion::V1 => Some(register(&group.memory)?),
            CgroupVersion::V2 => None,
        };
        Ok(Self { group: group.clone(), event, seen: false })
    }

    pub fn event(&self) -> Option<&OwnedFd> {
        self.event.as_ref()
    }

    /// The event is there. It is also when the group is removed.
    pub fn take(&mut self) {
        let mut count = [0; 8];
        let fired = self.event.as_ref().is_some_and(|fd| rustix::io::read(fd, &mut count).is_ok());
        if fired && std::fs::exists(&self.group.memory).unwrap_or(false) {
            self.seen = true;
        }
    }

    /// Asked when the container has ended, and before its groups go: memory.events counts the kills of v2,
    /// and on v1 memory.oom_control does, in case the event has not come yet.
    pub fn killed(&self) -> bool {
        let file = match self.group.version {
            CgroupVersion::V1 => "memory.oom_control",
            CgroupVersion::V2 => "memory.events",
        };
        let text = std::fs::read_to_string(format!("{}/{file}", self.group.memory));
        let kills = text.unwrap_or_default().lines().find_map(|line| {
            line.strip_prefix("oom_kill ").and_then(|count| count.trim().parse::<u64>().ok())
        });
        self.seen || kills.is_some_and(|count| count > 0)
    }
}

/// <https://docs.kernel.org/admin-guide/cgroup-v1/memory.html>, OOM control.
fn register(group: &str) -> Result<OwnedFd> {
    let event = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK).at("eventfd", "")?;
    let path = format!("{group}/memory.oom_control");
    let control = std::fs::File::open(&path).at("open", &path)?;
    let words = format!("{} {}", event.as_raw_fd(), control.as_raw_fd());
    let path = format!("{group}/cgroup.event_control");
    std::fs::write(&path, words).at("write", &path)?;
    Ok(event)
}
