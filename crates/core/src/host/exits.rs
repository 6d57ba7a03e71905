//! How a process ended, by whatever way the kernel tells it to us.

use super::handles::lock_of;
use super::processes::{open_process, read_stat};
use crate::failure::{At, Failure, Result};
use crate::sys::pidfd::exit_code;
use rundlet_plan::{ExitStatus, ProcessRef};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::{AsFd, OwnedFd};
use rustix::io::Errno;
use rustix::process::{WaitId, WaitIdOptions, WaitIdStatus, waitid};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

/// A process and the pidfd that holds it.
#[derive(Debug, Clone)]
pub struct Process {
    pub reference: ProcessRef,
    pub pidfd: Arc<OwnedFd>,
}

impl Process {
    pub fn open(reference: ProcessRef) -> Result<Self> {
        Ok(Self { reference, pidfd: Arc::new(open_process(reference)?) })
    }

    /// A child of ours that nobody else reaps: its number is its own.
    pub fn with_pidfd(pid: i32, pidfd: OwnedFd) -> Self {
        let stat = read_stat(pid).ok().flatten();
        let start_time = stat.map_or(0, |stat| stat.start_time);
        Self { reference: ProcessRef { pid, start_time }, pidfd: Arc::new(pidfd) }
    }

    /// Wait until it has exited; forever without a limit. False: time is up.
    pub fn await_exit(&self, limit: Option<Timespec>) -> Result<bool> {
        loop {
            let mut fds = [PollFd::new(&*self.pidfd, PollFlags::IN)];
            match poll(&mut fds, limit.as_ref()) {
                Err(Errno::INTR) => {}
                Ok(count) => return Ok(count > 0),
                Err(errno) => {
                    return Err(Failure::kernel("poll", errno, self.reference.pid.to_string()));
                }
            }
        }
    }

    /// Reap it if it is our child, and say how it ended. Only once it has exited.
    pub fn exit_status(&self) -> Result<ExitStatus> {
        let mut exited = lock_of(&EXITED);
        if let Some(status) = exited.find(self.reference) {
            return Ok(status);
        }
        // The lock is held until the status is noted, so that a second waiter finds it.
        match waitid(
            WaitId::PidFd(self.pidfd.as_fd()),
            WaitIdOptions::EXITED | WaitIdOptions::NOHANG,
        ) {
            Ok(Some(status)) => {
                let status = from_waitid(&status);
                exited.note(self.reference, status.clone());
                Ok(status)
            }
            Ok(None) | Err(Errno::CHILD) => Ok(self.status_of_stranger()),
            Err(errno) => Err(errno).at("waitid", &self.reference.pid.to_string()),
        }
    }

    /// Not our child. Reaped already: the pidfd tells (kernel 6.15). A zombie: /proc tells those who
    /// may trace it. Asked again in case it was reaped between the two.
    fn status_of_stranger(&self) -> ExitStatus {
        let zombie = || match read_stat(self.reference.pid) {
            Ok(Some(stat)) if stat.start_time == self.reference.start_time && !stat.alive() => {
                Some(stat.exit_code)
            }
            _ => None,
        };
        let told = || exit_code(self.pidfd.as_fd());
        told().or_else(zombie).or_else(told).map_or_else(unknown, from_wait_status)
    }
}

pub fn unknown() -> ExitStatus {
    ExitStatus { kind: "unknown".into(), value: 0 }
}

/// What is remembered of a process that this program has reaped.
pub fn remembered(process: ProcessRef) -> Option<ExitStatus> {
    lock_of(&EXITED).find(process)
}

fn from_waitid(status: &WaitIdStatus) -> ExitStatus {
    match (status.exit_status(), status.terminating_signal()) {
        (Some(code), _) => ExitStatus { kind: "exited".into(), value: code },
        (None, Some(signal)) => ExitStatus { kind: "signaled".into(), value: signal },
        (None, None) => unknown(),
    }
}

/// `wait(2)`'s status word.
fn from_wait_status(status: i32) -> ExitStatus {
    match status & 0x7f {
        0 => ExitStatus { kind: "exited".into(), value: status >> 8 & 0xff },
        signal => ExitStatus { kind: "signaled".into(), value: signal },
    }
}

/// Exits of our own children, the latest ones: two may ask for the same.
struct Exited(VecDeque<(ProcessRef, ExitStatus)>);

static EXITED: Mutex<Exited> = Mutex::new(Exited(VecDeque::new()));

impl Exited {
    const MOST: usize = 1024;

    fn find(&self, process: ProcessRef) -> Option<ExitStatus> {
        let found = self.0.iter().rev().find(|(known, _)| *known == process);
        found.map(|(_, status)| status.clone())
    }

    fn note(&mut self, process: ProcessRef, status: ExitStatus) {
        if self.0.len() == Self::MOST {
            self.0.pop_front();
        }
        self.0.push_back((process, status));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn status_words() {
        assert_eq!(from_wait_status(7 << 8), ExitStatus { kind: "exited".into(), value: 7 });
        assert_eq!(from_wait_status(9), ExitStatus { kind: "signaled".into(), value: 9 });
        assert_eq!(from_wait_status(11 | 0x80), ExitStatus { kind: "signaled".into(), value: 11 });
    }

    #[test]
    fn own_child_twice() {
        #[expect(clippy::zombie_processes, reason = "reaping it is what is tested")]
        let child = Command::new("sh").args(["-c", "sleep 0.05; exit 7"]).spawn().unwrap();
        let pid = child.id() as i32;
        let start_time = read_stat(pid).unwrap().unwrap().start_time;
        let process = Process::open(ProcessRef { pid, start_time }).unwrap();
        assert!(process.await_exit(None).unwrap());
        for _ in 0..2 {
            assert_eq!(process.exit_status().unwrap().value, 7);
        }
        assert_eq!(remembered(process.reference).unwrap().value, 7);
    }

    /// A grandchild whose parent leaves it a zombie: the status comes from /proc.
    #[test]
    fn zombie_of_another() {
        let script = "sh -c 'sleep 0.05; exit 5' & echo $!; exec sleep 1";
        let mut parent = Command::new("sh")
            .args(["-c", script])
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut stdout = std::io::BufReader::new(parent.stdout.take().unwrap());
        std::io::BufRead::read_line(&mut stdout, &mut line).unwrap();
        let pid: i32 = line.trim().parse().unwrap();
        let start_time = read_stat(pid).unwrap().unwrap().start_time;
        let process = Process::open(ProcessRef { pid, start_time }).unwrap();
        process.await_exit(None).unwrap();
        let status = process.exit_status().unwrap();
        assert_eq!((status.kind.as_str(), status.value), ("exited", 5));
        parent.kill().unwrap();
        parent.wait().unwrap();
    }
}
