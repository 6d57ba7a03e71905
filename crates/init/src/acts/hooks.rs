//! Hooks that run in the container's namespaces. A hook gets stdio and nothing else of ours.

use crate::channel::Channel;
use crate::container::Container;
use crate::error::{Context, Error, Result, words};
use crate::sys::{self, Forked};
use alloc::ffi::CString;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::ffi::CStr;
use rundlet_plan::Hook;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::{Mode, OFlags, fcntl_setfl};
use rustix::io::Errno;
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::{Signal, fchdir, getpid, pidfd_send_signal, umask};

/// Of each stream; the rest is read and forgotten.
const MAX_OUTPUT: usize = 64 << 10;

pub fn run(container: &Container, channel: &Channel, hook: &Hook) -> Result<()> {
    // After the gate the host side may have gone, as after every `create`.
    let channel = (hook.kind != "startContainer").then_some(channel);
    let state = format!("{}{}{}", hook.state.0, getpid().as_raw_nonzero(), hook.state.1);
    sys::ignore_sigpipe(true);
    let outcome = spawn(container, hook).and_then(|child| attend(channel, child, hook, &state));
    sys::ignore_sigpipe(false);
    match outcome? {
        Outcome::Ended(end, _) if end == (CLD_EXITED, 0) => Ok(()),
        Outcome::Ended(end, output) => Err(failed(hook, &format!("{}, {output}", describe(end)))),
        Outcome::TimedOut(seconds) => {
            Err(failed(hook, &format!("hook ran past specified timeout of {seconds}.0s")))
        }
    }
}

/// runc's sentence.
fn failed(hook: &Hook, text: &str) -> Error {
    let sentence = format!("error running {} hook #{}: {text}", hook.kind, hook.index);
    Error::refused("hook", &hook.path, sentence)
}

const CLD_EXITED: i32 = 1;
const CLD_DUMPED: i32 = 3;

enum Outcome {
    Ended((i32, i32), String),
    TimedOut(u32),
}

struct Child {
    pid: i32,
    pidfd: Option<OwnedFd>,
    stdin: Option<OwnedFd>,
    streams: [Stream; 2],
}

struct Stream {
    fd: Option<OwnedFd>,
    text: Vec<u8>,
}

fn spawn(container: &Container, hook: &Hook) -> Result<Child> {
    let strings = |list: &[String]| -> Result<Vec<CString>> {
        let convert = |text: &String| CString::new(text.as_str());
        let list: core::result::Result<Vec<CString>, _> = list.iter().map(convert).collect();
        list.map_err(|_| failed(hook, "NUL in a string"))
    };
    let path = CString::new(hook.path.as_str()).map_err(|_| failed(hook, "NUL in the path"))?;
    let mut args = strings(&hook.args)?;
    if args.is_empty() {
        args.push(path.clone());
    }
    // The host side fills in what the hook inherits; our own environment is empty.
    let mut env = strings(hook.env.as_deref().unwrap_or_default())?;
    if hook.set_home == Some(true)
        && let Some(home) = &container.home
    {
        env.extend(CString::new(format!("HOME={home}")));
    }
    let new_pipe = || pipe_with(PipeFlags::CLOEXEC).on("pipe2", &hook.path);
    let (input, output, errors, report) = (new_pipe()?, new_pipe()?, new_pipe()?, new_pipe()?);
    let forked = sys::clone(0, None).on("fork", &hook.path)?;
    let Forked::Parent { pid, pidfd } = forked else {
        sys::ignore_sigpipe(false);
        umask(Mode::from_raw_mode(container.umask));
        // As runc: a createContainer hook, which sees the old root still, stands in the new one.
        if hook.kind == "createContainer"
            && let Some(root) = container.rootfs()
        {
            let _ = fchdir(root);
        }
        let ends = [&input.0, &output.1, &errors.1];
        become_hook(&path, &args, &env, ends, &report.1)
    };
    drop(report.1);
    let mut errno = [0u8; 4];
    if rustix::io::read(&report.0, &mut errno).on("read", &hook.path)? == errno.len() {
        let _ = sys::wait_exit(pid, true);
        let errno = Errno::from_raw_os_error(i32::from_ne_bytes(errno));
        return Err(failed(hook, &format!("fork/exec {}: {}", hook.path, words(errno))));
    }
    for fd in [&input.1, &output.0, &errors.0] {
        fcntl_setfl(fd, OFlags::NONBLOCK).on("fcntl", &hook.path)?;
    }
    let stream = |fd| Stream { fd: Some(fd), text: Vec::new() };
    let streams = [stream(output.0), stream(errors.0)];
    Ok(Child { pid, pidfd, stdin: Some(input.1), streams })
}

fn become_hook(
    path: &CStr,
    args: &[CString],
    env: &[CString],
    ends: [&OwnedFd; 3],
    report: &OwnedFd,
) -> ! {
    let dup = |(number, end): (usize, &&OwnedFd)| sys::dup_onto(*end, number as i32);
    let errno = match ends.iter().enumerate().try_for_each(dup) {
        Ok(()) => {
            sys::close_range(3, u32::MAX, true);
            let args: Vec<&CStr> = args.iter().map(CString::as_c_str).collect();
            let env: Vec<&CStr> = env.iter().map(CString::as_c_str).collect();
            sys::execve(path, &args, &env)
        }
        Err(errno) => errno,
    };
    let _ = rustix::io::write(report, &errno.raw_os_error().to_ne_bytes());
    sys::exit(127)
}

/// Feeds, reads, and waits for the end; the runtime's death ends the hook too.
fn attend(
    channel: Option<&Channel>,
    mut child: Child,
    hook: &Hook,
    state: &str,
) -> Result<Outcome> {
    let deadline = hook.timeout.map(|seconds| sys::milliseconds() + u64::from(seconds) * 1000);
    let mut state = state.as_bytes();
    loop {
        if let Some(end) = sys::wait_exit(child.pid, false).on("waitid", &hook.path)? {
            child.streams.iter_mut().for_each(Stream::drain);
            return Ok(Outcome::Ended(end, child.output()));
        }
        let left = deadline.map(|deadline| deadline.saturating_sub(sys::milliseconds()));
        if left == Some(0) {
            child.kill();
            return Ok(Outcome::TimedOut(hook.timeout.unwrap_or(0)));
        }
        if child.wait_for_something(channel, left)? {
            child.kill();
            return Err(Error::Orphaned);
        }
        child.feed(&mut state);
        child.streams.iter_mut().for_each(Stream::drain);
    }
}

impl Child {
    /// True when the runtime is gone.
    fn wait_for_something(&self, channel: Option<&Channel>, left: Option<u64>) -> Result<bool> {
        let mut fds = Vec::new();
        fds.extend(channel.map(|channel| PollFd::new(channel, PollFlags::empty())));
        fds.extend(self.pidfd.as_ref().map(|fd| PollFd::new(fd, PollFlags::IN)));
        fds.extend(self.stdin.as_ref().map(|fd| PollFd::new(fd, PollFlags::OUT)));
        let open = self.streams.iter().filter_map(|stream| stream.fd.as_ref());
        fds.extend(open.map(|fd| PollFd::new(fd, PollFlags::IN)));
        // Kernels without pidfds: look again soon.
        let soon = if self.pidfd.is_none() { Some(20) } else { None };
        let limit = left.into_iter().chain(soon).min().map(|milliseconds| Timespec {
            tv_sec: (milliseconds / 1000) as i64,
            tv_nsec: (milliseconds % 1000 * 1_000_000) as i64,
        });
        match poll(&mut fds, limit.as_ref()) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(errno) => return Err(Error::kernel("poll", errno, "hook")),
        }
        let gone = PollFlags::HUP | PollFlags::ERR;
        Ok(channel.is_some() && fds[0].revents().intersects(gone))
    }

    fn feed(&mut self, state: &mut &[u8]) {
        let Some(stdin) = &self.stdin else { return };
        match rustix::io::write(stdin, state) {
            Ok(length) => *state = &state[length..],
            Err(Errno::AGAIN | Errno::INTR) => return,
            // It does not want to read: its choice.
            Err(_) => *state = &[],
        }
        if state.is_empty() {
            self.stdin = None;
        }
    }

    fn kill(&self) {
        match &self.pidfd {
            Some(pidfd) => {
                let _ = pidfd_send_signal(pidfd, Signal::KILL);
            }
            None => {
                if let Some(pid) = rustix::process::Pid::from_raw(self.pid) {
                    let _ = rustix::process::kill_process(pid, Signal::KILL);
                }
            }
        }
        let _ = sys::wait_exit(self.pid, true);
    }

    fn output(&self) -> String {
        let [out, err] = &self.streams;
        format!(
            "stdout: {}, stderr: {}",
            String::from_utf8_lossy(&out.text),
            String::from_utf8_lossy(&err.text)
        )
    }
}

impl Stream {
    /// What there is now.
    fn drain(&mut self) {
        let mut buffer = [0u8; 4096];
        while let Some(fd) = &self.fd {
            match rustix::io::read(fd.as_fd(), &mut buffer) {
                Ok(0) => self.fd = None,
                Ok(length) => {
                    let room = MAX_OUTPUT.saturating_sub(self.text.len());
                    self.text.extend_from_slice(&buffer[..length.min(room)]);
                }
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => return,
                Err(_) => self.fd = None,
            }
        }
    }
}

/// Go's words for the way a process ended.
fn describe((code, status): (i32, i32)) -> String {
    if code == CLD_EXITED {
        return format!("exit status {status}");
    }
    let name = match status {
        1 => "hangup",
        2 => "interrupt",
        3 => "quit",
        4 => "illegal instruction",
        6 => "aborted",
        7 => "bus error",
        8 => "floating point exception",
        9 => "killed",
        11 => "segmentation fault",
        13 => "broken pipe",
        14 => "alarm clock",
        15 => "terminated",
        31 => "bad system call",
        other => return format!("signal: signal {other}"),
    };
    let core = if code == CLD_DUMPED { " (core dumped)" } else { "" };
    format!("signal: {name}{core}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn describes_ends_as_go() {
        assert_eq!(describe((CLD_EXITED, 3)), "exit status 3");
        assert_eq!(describe((2, 9)), "signal: killed");
        assert_eq!(describe((CLD_DUMPED, 11)), "signal: segmentation fault (core dumped)");
    }
}
