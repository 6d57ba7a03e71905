//! Every child that has ended: programs that we run, processes of the container, and orphans of theirs,
//! whose subreaper we are.

use crate::process::End;
use rustix::io::Errno;
use rustix::process::{WaitOptions, WaitStatus, wait};
use std::collections::VecDeque;

/// Ends of processes that nobody knows yet: the runtime's first process may be gone before the runtime
/// is, and its number is only learnt from the pid file.
#[derive(Default)]
pub struct Unclaimed(VecDeque<(i32, End)>);

impl Unclaimed {
    const MOST: usize = 256;

    pub fn note(&mut self, pid: i32, end: End) {
        if self.0.len() == Self::MOST {
            self.0.pop_front();
        }
        self.0.push_back((pid, end));
    }

    pub fn claim(&mut self, pid: i32) -> Option<End> {
        let place = self.0.iter().rposition(|(known, _)| *known == pid)?;
        self.0.remove(place).map(|(_, end)| end)
    }

    /// No program is under way that could tell of a process.
    pub fn forget(&mut self) {
        self.0.clear();
    }
}

/// The next child that has ended.
pub fn reap() -> Option<(i32, End)> {
    loop {
        match wait(WaitOptions::NOHANG) {
            Ok(Some((pid, status))) => return Some((pid.as_raw_nonzero().get(), end(status))),
            Err(Errno::INTR) => {}
            // No children at all.
            Ok(None) | Err(_) => return None,
        }
    }
}

fn end(status: WaitStatus) -> End {
    match (status.exit_status(), status.terminating_signal()) {
        (Some(exit_code), _) => End { exit_code, signal: 0 },
        (None, Some(signal)) => End { exit_code: 128 + signal, signal },
        (None, None) => End { exit_code: 255, signal: 0 },
    }
}
