//! `runProgram`: hooks on the host, by the standard library: it does nothing between fork and exec that
//! is not sound in a threaded process, and neither do we (see `isolate`).

use super::exits::{Process, unknown};
use super::processes::read_stat;
use crate::failure::{At, Failure, Result};
use rundlet_plan::{ExitStatus, ProcessRef, ProgramResult, RunProgram};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use rustix::io::Errno;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// What is kept of each output where the caller does not say; the rest is read and dropped, so that the
/// program never blocks on it.
const KEPT: usize = 64 << 10;

pub fn run_program(args: RunProgram) -> Result<ProgramResult> {
    let mut child = start(&args)?;
    let keep = args.keep.map_or(KEPT, |keep| keep as usize);
    let mut talk = Talk::new(&mut child, args.stdin.into_bytes(), keep)?;
    let limit = (args.timeout > 0).then(|| Duration::from_millis(args.timeout.into()));
    let timed_out = match talk.until_exit(&child, limit) {
        Ok(in_time) => !in_time,
        Err(failure) => {
            kill(&mut child);
            return Err(failure);
        }
    };
    if timed_out {
        kill(&mut child);
    }
    let status = child.wait().at("waitid", &args.path)?;
    talk.drain();
    Ok(ProgramResult {
        status: exit_status(status),
        stdout: String::from_utf8_lossy(&talk.stdout.text).into_owned(),
        stderr: String::from_utf8_lossy(&talk.stderr.text).into_owned(),
        timed_out,
    })
}

fn start(args: &RunProgram) -> Result<Child> {
    let mut command = Command::new(&args.path);
    if let Some((name, rest)) = args.args.split_first() {
        command.arg0(name).args(rest);
    }
    if let Some(env) = &args.env {
        command.env_clear();
        // Without `=` an entry is no variable; the standard library cannot pass it on.
        command.envs(env.iter().filter_map(|entry| entry.split_once('=')));
    }
    if !args.cwd.is_empty() {
        command.current_dir(&args.cwd);
    }
    if args.timeout > 0 {
        // A group of its own, so that what it started can be killed with it.
        command.process_group(0);
    }
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    crate::sys::program::isolate(&mut command);
    command.spawn().at("execve", &args.path)
}

/// The whole group where there is one (then its number is the child's, which is not reaped yet).
fn kill(child: &mut Child) {
    let _ = crate::sys::pidfd::kill(-(child.id() as i32), libc::SIGKILL);
    let _ = child.kill();
}

fn exit_status(status: std::process::ExitStatus) -> ExitStatus {
    match (status.code(), status.signal()) {
        (Some(value), _) => ExitStatus { kind: "exited".into(), value },
        (None, Some(value)) => ExitStatus { kind: "signaled".into(), value },
        (None, None) => unknown(),
    }
}

/// One output of the program.
struct Output {
    fd: Option<OwnedFd>,
    text: Vec<u8>,
    keep: usize,
}

impl Output {
    fn new(fd: Option<impl Into<OwnedFd>>, keep: usize) -> Result<Self> {
        let fd = fd.map(Into::into);
        fd.as_ref().map_or(Ok(()), no_waiting)?;
        Ok(Self { fd, text: Vec::new(), keep })
    }

    /// Read all that is there now.
    fn read(&mut self) {
        let mut chunk = [0; 4096];
        while let Some(fd) = &self.fd {
            match rustix::io::read(fd, &mut chunk) {
                Ok(length @ 1..) => {
                    let room = self.keep - self.text.len();
                    self.text.extend_from_slice(&chunk[..length.min(room)]);
                }
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => return,
                Ok(_) | Err(_) => self.fd = None,
            }
        }
    }
}

fn no_waiting(fd: &OwnedFd) -> Result<()> {
    let flags = fcntl_getfl(fd).at("fcntl", "pipe")?;
    fcntl_setfl(fd, flags | OFlags::NONBLOCK).at("fcntl", "pipe")
}

/// Stdin is written while the outputs are read: neither side can block the other for ever.
struct Talk {
    stdin: Option<OwnedFd>,
    left: Vec<u8>,
    stdout: Output,
    stderr: Output,
}

impl Talk {
    fn new(child: &mut Child, text: Vec<u8>, keep: usize) -> Result<Self> {
        let stdin = child.stdin.take().map(OwnedFd::from);
        stdin.as_ref().map_or(Ok(()), no_waiting)?;
        Ok(Self {
            stdin,
            left: text,
            stdout: Output::new(child.stdout.take(), keep)?,
            stderr: Output::new(child.stderr.take(), keep)?,
        })
    }

    /// False: time is up.
    fn until_exit(&mut self, child: &Child, limit: Option<Duration>) -> Result<bool> {
        let pid = child.id() as i32;
        // Our own unreaped child: its number is still its own.
        let start_time = read_stat(pid)?.map_or(0, |stat| stat.start_time);
        let process = Process::open(ProcessRef { pid, start_time })?;
        let start = Instant::now();
        loop {
            self.write();
            let left = match limit.map(|limit| limit.checked_sub(start.elapsed())) {
                Some(None) => return Ok(false),
                Some(Some(left)) => Timespec::try_from(left).ok(),
                None => None,
            };
            let mut fds = vec![PollFd::new(&*process.pidfd, PollFlags::IN)];
            let outputs = [&self.stdout, &self.stderr];
            fds.extend(
                outputs
                    .iter()
                    .filter_map(|output| output.fd.as_ref())
                    .map(|fd| PollFd::new(fd, PollFlags::IN)),
            );
            fds.extend(self.stdin.as_ref().map(|fd| PollFd::new(fd, PollFlags::OUT)));
            match poll(&mut fds, left.as_ref()) {
                Ok(_) | Err(Errno::INTR) => {}
                Err(errno) => return Err(Failure::kernel("poll", errno, "")),
            }
            let exited = !fds[0].revents().is_empty();
            drop(fds);
            self.drain();
            if exited {
                return Ok(true);
            }
        }
    }

    /// As much of stdin as the pipe takes. A program that does not read it (EPIPE) is no failure.
    fn write(&mut self) {
        while let Some(fd) = &self.stdin {
            match rustix::io::write(fd.as_fd(), &self.left) {
                Ok(length) if length < self.left.len() => drop(self.left.drain(..length)),
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => return,
                Ok(_) | Err(_) => self.stdin = None,
            }
        }
    }

    fn drain(&mut self) {
        self.stdout.read();
        self.stderr.read();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sh(script: &str, stdin: &str, timeout: u32) -> ProgramResult {
        run_program(RunProgram {
            path: "/bin/sh".into(),
            args: ["sh", "-c", script].map(String::from).into(),
            env: Some(vec!["A=b=c".into()]),
            cwd: "/".into(),
            stdin: stdin.into(),
            timeout,
            keep: None,
        })
        .unwrap()
    }

    #[test]
    fn stdin_outputs_environment_and_status() {
        let result = sh("/bin/cat; echo \"$A\" >&2; exit 3", "in", 0);
        assert_eq!((result.stdout.as_str(), result.stderr.as_str()), ("in", "b=c\n"));
        assert_eq!((result.status.kind.as_str(), result.status.value), ("exited", 3));
    }

    #[test]
    fn large_both_ways_is_capped_and_does_not_block() {
        let result = sh("/bin/cat", &"x".repeat(1 << 20), 0);
        assert_eq!(result.stdout.len(), KEPT);
        assert_eq!(sh("exit 0", &"x".repeat(1 << 20), 0).status.value, 0);
    }

    #[test]
    fn time_is_up_for_it_and_its_children() {
        let start = Instant::now();
        let result = sh("/bin/sleep 30 & /bin/sleep 30", "", 100);
        assert!(result.timed_out && start.elapsed() < Duration::from_secs(5));
        assert_eq!((result.status.kind.as_str(), result.status.value), ("signaled", 9));
    }

    #[test]
    fn no_such_program() {
        let args = RunProgram {
            path: "/nonexistent".into(),
            args: vec![],
            env: None,
            cwd: String::new(),
            stdin: String::new(),
            timeout: 0,
            keep: None,
        };
        assert!(run_program(args).unwrap_err().is(Errno::NOENT));
    }
}
