//! Is a group frozen; freeze and thaw it.
//! <https://docs.kernel.org/admin-guide/cgroup-v1/freezer-subsystem.html>

use crate::failure::{At, Failure, Result};
use crate::host::files::{open, read_small, write_all};
use rundlet_plan::Freeze;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::OFlags;
use rustix::io::Errno;
use std::time::{Duration, Instant};

/// After that a group that will not freeze is let run again.
const PATIENCE: Duration = Duration::from_secs(10);

/// Whether this very group was told to freeze, and not only one above it; a group that is gone is not
/// frozen. That some process still runs on (FREEZING, `frozen 0`) makes no difference: it will stop.
pub fn is_frozen(path: &str) -> bool {
    let says_one =
        |file: &str| read_small(&format!("{path}/{file}")).map(|text| text.trim() == "1");
    says_one("freezer.self_freezing").or_else(|_| says_one("cgroup.freeze")).unwrap_or(false)
}

pub fn freeze(args: Freeze) -> Result<()> {
    let v2 = format!("{}/cgroup.freeze", args.path);
    match open(&v2, OFlags::WRONLY, 0) {
        Ok(fd) => {
            write_all(&fd, if args.frozen { b"1" } else { b"0" }, &v2)?;
            if !args.frozen {
                return Ok(());
            }
            await_frozen(&args.path).inspect_err(|_| {
                let _ = write_all(&fd, b"0", &v2);
            })
        }
        Err(failure) if failure.is(Errno::NOENT) => {
            let group = GroupV1::new(&args.path);
            if !args.frozen {
                return group.set("THAWED");
            }
            group.freeze(PATIENCE).inspect_err(|_| group.thaw())
        }
        Err(failure) => Err(failure),
    }
}

/// `frozen 1` in `cgroup.events`; the kernel wakes pollers of that file (POLLPRI) when it changes.
fn await_frozen(path: &str) -> Result<()> {
    let name = format!("{path}/cgroup.events");
    let events = open(&name, OFlags::RDONLY, 0)?;
    let end = Instant::now() + PATIENCE;
    let mut text = [0_u8; 256];
    loop {
        let length = rustix::io::pread(&events, &mut text, 0).at("read", &name)?;
        if text[..length].split(|byte| *byte == b'\n').any(|line| line == b"frozen 1") {
            return Ok(());
        }
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            let reason = "timeout of 10s reached waiting for the cgroup to freeze";
            return Err(Failure::text(path, reason));
        }
        let limit = Timespec::try_from(left).unwrap_or_default();
        match poll(&mut [PollFd::new(&events, PollFlags::PRI)], Some(&limit)) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(errno) => return Err(Failure::kernel("poll", errno, name)),
        }
    }
}

/// `freezer.state` of a v1 group.
struct GroupV1 {
    file: String,
}

impl GroupV1 {
    fn new(path: &str) -> Self {
        Self { file: format!("{path}/freezer.state") }
    }

    fn state(&self) -> Result<String> {
        read_small(&self.file)
    }

    /// The kernel tells nobody when the last process stops: it counts them when `freezer.state` is
    /// read. So the file is read again, ever more seldom. A process that was forked meanwhile can
    /// leave the group in FREEZING; writing again helps, and now and then to let all run for a moment.
    fn freeze(&self, patience: Duration) -> Result<()> {
        let start = Instant::now();
        let mut pause = Duration::from_micros(50);
        for attempt in 1_u32.. {
            self.set("FROZEN")?;
            if self.state()?.trim() == "FROZEN" {
                return Ok(());
            }
            if start.elapsed() > patience {
                break;
            }
            std::thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(10));
            if attempt.is_multiple_of(32) {
                self.set("THAWED")?;
            }
        }
        Err(Failure::text(self.file.as_str(), "unable to freeze"))
    }

    fn set(&self, state: &str) -> Result<()> {
        let fd = open(&self.file, OFlags::WRONLY, 0)?;
        write_all(&fd, state.as_bytes(), &self.file)
    }

    /// Nothing can be done about a failure here; a group that is gone needs no thaw.
    fn thaw(&self) {
        let _ = self.set("THAWED");
    }
}

/// v1: stop all processes of the group for as long as the value lives, so that none can fork away
/// from a signal. A group that will not freeze in time is let go: signalling is then best effort.
pub struct FrozenV1(GroupV1);

impl FrozenV1 {
    const PATIENCE: Duration = Duration::from_secs(2);

    pub fn freeze(path: &str) -> Option<Self> {
        if is_frozen(path) {
            // Paused by its owner: it is stopped already and shall stay so.
            return None;
        }
        let group = GroupV1::new(path);
        // Also when it failed: perhaps some of them are frozen.
        let _ = group.freeze(Self::PATIENCE);
        Some(Self(group))
    }
}

impl Drop for FrozenV1 {
    fn drop(&mut self) {
        self.0.thaw();
    }
}
