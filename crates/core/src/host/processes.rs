//! Processes that this program may not have started: known by number and start time.

use crate::failure::{At, Failure, Result};
use crate::host::files::open;
use crate::sys::pidfd::send_signal;
use rundlet_plan::{ContainerStatusFacts, ContainerStatusQuery, ProcessRef, ProcessStatus, Signal};
use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::{FileType, OFlags};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, pidfd_open};

/// What is needed of /proc/PID/stat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stat {
    /// Field 3.
    pub state: char,
    /// Field 22.
    pub start_time: u64,
    /// Field 52: the wait status, of a zombie and for those who may trace it.
    pub exit_code: i32,
}

impl Stat {
    /// A zombie or dead process is not alive, though it still has its number.
    pub fn alive(&self) -> bool {
        !matches!(self.state, 'Z' | 'X' | 'x')
    }
}

/// `None`: there is no such process.
pub fn read_stat(pid: i32) -> Result<Option<Stat>> {
    let path = format!("/proc/{pid}/stat");
    let fd = match open(&path, OFlags::RDONLY, 0) {
        Err(failure) if failure.is(Errno::NOENT) => return Ok(None),
        other => other?,
    };
    let mut text = [0_u8; 1024];
    match rustix::io::read(&fd, &mut text) {
        Ok(length) => parse_stat(&text[..length])
            .map(Some)
            .ok_or_else(|| Failure::text(path, "not in the form of proc(5)")),
        Err(Errno::SRCH) => Ok(None),
        Err(errno) => Err(Failure::kernel("read", errno, path)),
    }
}

/// The name in parentheses may hold anything, `") R "` too: fields are counted from its last `)`.
fn parse_stat(text: &[u8]) -> Option<Stat> {
    let text = String::from_utf8_lossy(text);
    let mut fields = text.get(text.rfind(')')? + 1..)?.split_ascii_whitespace();
    let state = fields.next()?.chars().next()?;
    // State is field 3, so field 22 is 18 further on, field 52 another 29.
    let start_time = fields.nth(18)?.parse().ok()?;
    let exit_code = fields.nth(29).and_then(|field| field.parse().ok()).unwrap_or(0);
    Some(Stat { state, start_time, exit_code })
}

pub fn process_status(args: ProcessRef) -> Result<ProcessStatus> {
    Ok(match read_stat(args.pid)? {
        Some(stat) if stat.start_time == args.start_time => {
            ProcessStatus { alive: stat.alive(), state: stat.state.to_string() }
        }
        _ => ProcessStatus { alive: false, state: String::new() },
    })
}

pub fn container_status(args: ContainerStatusQuery) -> Result<ContainerStatusFacts> {
    let alive = process_status(args.process)?.alive;
    if !alive {
        // Nothing else matters then, and its group may be gone.
        return Ok(ContainerStatusFacts { alive, fifo: false, frozen: false });
    }
    let fifo = rustix::fs::lstat(format!("{}/exec.fifo", args.dir))
        .is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::Fifo);
    let frozen = !args.freezer.is_empty() && super::cgroups::is_frozen(&args.freezer);
    Ok(ContainerStatusFacts { alive, fifo, frozen })
}

/// A pidfd of exactly this process: opened first, compared after, since the number cannot pass to
/// another process while the pidfd's own is alive. ESRCH when it is gone.
pub fn open_process(process: ProcessRef) -> Result<OwnedFd> {
    let subject = process.pid.to_string();
    let gone = || Failure::kernel("pidfd_open", Errno::SRCH, subject.as_str());
    let pid = Pid::from_raw(process.pid.max(0)).ok_or_else(gone)?;
    let pidfd = pidfd_open(pid, PidfdFlags::empty()).at("pidfd_open", &subject)?;
    match read_stat(process.pid)? {
        Some(stat) if stat.start_time == process.start_time => Ok(pidfd),
        _ => Err(gone()),
    }
}

/// To a zombie the kernel sends as to a living process; to the caller it is gone.
pub fn signal(args: Signal) -> Result<()> {
    let pidfd = open_process(args.process)?;
    send_signal(pidfd.as_fd(), args.signal)
        .map_err(|errno| Failure::kernel("pidfd_send_signal", errno, args.process.pid.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_may_hold_anything() {
        let tail: String = (4..=52).map(|field| format!(" {field}")).collect();
        let text = format!("7 (a) Z 1 (b) R ) S{tail}");
        let stat = parse_stat(text.as_bytes()).unwrap();
        assert_eq!(stat, Stat { state: 'S', start_time: 22, exit_code: 52 });
        assert_eq!(parse_stat(b"7 (a"), None);
    }

    #[test]
    fn own_process() {
        let pid = std::process::id() as i32;
        let stat = read_stat(pid).unwrap().unwrap();
        let process = ProcessRef { pid, start_time: stat.start_time };
        assert!(process_status(process).unwrap().alive);
        open_process(process).unwrap();
        let other = ProcessRef { start_time: stat.start_time + 1, ..process };
        assert!(!process_status(other).unwrap().alive);
        assert!(open_process(other).unwrap_err().is(Errno::SRCH));
        assert!(open_process(ProcessRef { pid: -1, start_time: 0 }).is_err());
    }
}
