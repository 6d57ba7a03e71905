//! Waiting with a limit: for a process's end, or for time to pass.

use super::cancel::wait_readable;
use super::processes::open_process;
use crate::failure::Result;
use rundlet_plan::{AwaitEnd, Ended, Pause};
use rustix::fd::AsFd;
use rustix::io::Errno;
use std::time::{Duration, Instant};

/// `awaitEnd`: whether the process has ended within the time.
pub fn await_end(args: AwaitEnd) -> Result<Ended> {
    let pidfd = match open_process(args.process) {
        Err(failure) if failure.is(Errno::SRCH) => return Ok(Ended { ended: true }),
        other => other?,
    };
    let deadline = args.timeout.map(|limit| Instant::now() + Duration::from_millis(limit.into()));
    wait_readable(pidfd.as_fd(), deadline, args.cancel, "pidfd").map(|ended| Ended { ended })
}

/// `pause`: lets time pass.
pub fn pause(args: Pause) -> Result<()> {
    std::thread::sleep(Duration::from_millis(args.milliseconds.into()));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::processes::read_stat;
    use super::*;
    use rundlet_plan::ProcessRef;

    #[test]
    fn tells_an_end_from_a_time_out() {
        let mut child =
            std::process::Command::new("cat").stdin(std::process::Stdio::piped()).spawn().unwrap();
        let pid = child.id() as i32;
        let start_time = read_stat(pid).unwrap().unwrap().start_time;
        let wait = |limit| {
            await_end(AwaitEnd {
                process: ProcessRef { pid, start_time },
                timeout: limit,
                cancel: None,
            })
            .unwrap()
            .ended
        };
        assert!(!wait(Some(10)));
        drop(child.stdin.take());
        assert!(wait(None));
        child.wait().unwrap();
        assert!(wait(Some(0)));
    }
}
