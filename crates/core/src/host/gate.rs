//! The start gate: runc's `exec.fifo`. Init opens it for writing, which waits for a reader; `start` is
//! that reader. Init then writes one byte and executes the program.

use super::processes::open_process;
use crate::failure::{At, Failure, Result};
use crate::host::files::open;
use rundlet_plan::{OpenGate, ProcessRef};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::fd::OwnedFd;
use rustix::fs::{CWD, FileType, Mode, OFlags};
use rustix::io::Errno;

/// Make it, mode 0622 whatever the umask: in a user namespace init is none of owner and group. → an
/// O_PATH descriptor, through which init reaches it after its root has changed.
pub fn make(dir: &str) -> Result<(OwnedFd, String)> {
    let path = fifo_path(dir);
    let mode = Mode::from_raw_mode(0o622);
    rustix::fs::mknodat(CWD, &path, FileType::Fifo, mode, 0).at("mkfifo", &path)?;
    let opened = (|| {
        rustix::fs::chmod(&path, mode).at("chmod", &path)?;
        open(&path, OFlags::PATH | OFlags::NOFOLLOW, 0)
    })();
    match opened {
        Ok(fd) => Ok((fd, path)),
        Err(failure) => {
            let _ = rustix::fs::unlink(&path);
            Err(failure)
        }
    }
}

fn fifo_path(dir: &str) -> String {
    format!("{dir}/exec.fifo")
}

/// `openGate`. ENOENT: the gate has been opened before. ESRCH: the process is gone.
pub fn open_gate(args: OpenGate) -> Result<()> {
    let path = fifo_path(&args.dir);
    let pidfd = open_process(args.process)?;
    // Non-blocking: without a writer a blocking open would wait for one that may have died.
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOFOLLOW;
    let fifo = open(&path, flags, 0)?;
    let stat = rustix::fs::fstat(&fifo).at("fstat", &path)?;
    if FileType::from_raw_mode(stat.st_mode) != FileType::Fifo {
        return Err(Failure::text(path, "not a fifo"));
    }
    await_byte(&fifo, &pidfd, &path, args.process)?;
    match rustix::fs::unlink(&path) {
        Ok(()) | Err(Errno::NOENT) => Ok(()),
        Err(errno) => Err(Failure::kernel("unlink", errno, path)),
    }
}

fn await_byte(fifo: &OwnedFd, pidfd: &OwnedFd, path: &str, process: ProcessRef) -> Result<()> {
    loop {
        let mut fds = [PollFd::new(fifo, PollFlags::IN), PollFd::new(pidfd, PollFlags::IN)];
        match poll(&mut fds, None) {
            Err(Errno::INTR) => continue,
            other => other.at("poll", path)?,
        };
        let exited = !fds[1].revents().is_empty();
        match rustix::io::read(fifo, &mut [0_u8; 8]) {
            Ok(1..) => return Ok(()),
            // The writer came and went, its byte was read by another `start`.
            Ok(0) if !exited && !fds[0].revents().is_empty() => {
                return Err(Failure::kernel("read", Errno::NOENT, path));
            }
            Ok(0) | Err(Errno::AGAIN | Errno::INTR) => {}
            Err(errno) => return Err(Failure::kernel("read", errno, path)),
        }
        if exited {
            return Err(Failure::kernel("poll", Errno::SRCH, process.pid.to_string()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::processes::read_stat;
    use std::process::Command;

    fn scratch(name: &str) -> String {
        let dir = std::env::temp_dir().join(format!("rundlet-gate-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        dir.to_str().unwrap().to_owned()
    }

    fn start_time(pid: u32) -> ProcessRef {
        let pid = pid as i32;
        ProcessRef { pid, start_time: read_stat(pid).unwrap().unwrap().start_time }
    }

    #[test]
    fn reads_the_byte_of_a_late_writer_and_removes_the_fifo() {
        let dir = scratch("late");
        let (fd, path) = make(&dir).unwrap();
        assert_eq!(rustix::fs::stat(&path).unwrap().st_mode & 0o777, 0o622);
        drop(fd);
        let writer = format!("sleep 0.05; printf 0 > {path}; sleep 5");
        let mut child = Command::new("sh").args(["-c", &writer]).spawn().unwrap();
        let process = start_time(child.id());
        open_gate(OpenGate { dir: dir.clone(), process }).unwrap();
        assert!(!std::path::Path::new(&path).exists());
        let again = open_gate(OpenGate { dir: dir.clone(), process }).unwrap_err();
        assert!(again.is(Errno::NOENT));
        child.kill().unwrap();
        child.wait().unwrap();
        std::fs::remove_dir_all(dir).unwrap();
    }

    #[test]
    fn a_process_that_dies_meanwhile_is_told() {
        let dir = scratch("dies");
        let (_fd, _path) = make(&dir).unwrap();
        let mut child = Command::new("sleep").arg("0.05").spawn().unwrap();
        let process = start_time(child.id());
        let failure = open_gate(OpenGate { dir: dir.clone(), process }).unwrap_err();
        assert!(failure.is(Errno::SRCH));
        child.wait().unwrap();
        std::fs::remove_dir_all(dir).unwrap();
    }
}
