//! Is a group frozen; freeze and thaw it.

use crate::failure::Result;
use crate::host::files::{open, read_small, write_all};
use rustix::fs::OFlags;
use std::time::{Duration, Instant};

/// v1 `freezer.state`, v2 `frozen 1` in `cgroup.events`; a group that is gone is not frozen.
/// v2 says `frozen 0` while some process still runs on; runc looks at `cgroup.freeze` too, then waits.
pub fn is_frozen(path: &str) -> bool {
    if let Ok(state) = read_small(&format!("{path}/freezer.state")) {
        return state.trim() == "FROZEN";
    }
    read_small(&format!("{path}/cgroup.freeze")).is_ok_and(|asked| asked.trim() == "1")
        && read_small(&format!("{path}/cgroup.events"))
            .is_ok_and(|events| events.lines().any(|line| line == "frozen 1"))
}

/// v1: stop all processes of the group for as long as the value lives, so that none can fork away
/// from a signal. A group that will not freeze in time is let go: signalling is then best effort.
pub struct FrozenV1 {
    file: String,
}

impl FrozenV1 {
    const PATIENCE: Duration = Duration::from_secs(2);

    pub fn freeze(path: &str) -> Option<Self> {
        let file = format!("{path}/freezer.state");
        if read_small(&file).is_ok_and(|state| state.trim() == "FROZEN") {
            // Paused by its owner: it is stopped already and shall stay so.
            return None;
        }
        let frozen = Self { file };
        let start = Instant::now();
        let mut pause = Duration::from_micros(50);
        loop {
            // Writing again helps a group that a fork left in FREEZING.
            if frozen.set("FROZEN").is_err() {
                return None;
            }
            let state = read_small(&frozen.file).unwrap_or_default();
            if state.trim() == "FROZEN" || start.elapsed() > Self::PATIENCE {
                return Some(frozen);
            }
            std::thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(10));
        }
    }

    fn set(&self, state: &str) -> Result<()> {
        let fd = open(&self.file, OFlags::WRONLY, 0)?;
        write_all(&fd, state.as_bytes(), &self.file)
    }
}

impl Drop for FrozenV1 {
    fn drop(&mut self) {
        // Nothing can be done about a failure here; a group that is gone needs no thaw.
        let _ = self.set("THAWED");
    }
}
