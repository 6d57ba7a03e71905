//! The OCI runtime's command line, and other programs that the shim runs.

use crate::failure::{At, Failure, Result};
use crate::process::End;
use rundlet_plan::{ShimFailure, ShimSpec};
use rustix::fd::OwnedFd;
use serde::Deserialize;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::process::{Command, Stdio};

/// What a program that runs now is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    Create,
    Start,
    Delete,
    /// Of the process at this place.
    Exec(u32),
    Health,
}

pub struct Call {
    pub pid: i32,
    pub purpose: Purpose,
    /// Where the runtime's log ended before it.
    log_end: u64,
}

/// Descriptors of the program; None is /dev/null, and for stderr the shim's own, its log.
#[derive(Default)]
pub struct Stdio3 {
    pub stdin: Option<OwnedFd>,
    pub stdout: Option<OwnedFd>,
    pub stderr: Option<OwnedFd>,
}

/// `RUNTIME arguments… <id>`.
pub fn runtime(
    spec: &ShimSpec,
    purpose: Purpose,
    arguments: &[&str],
    stdio: Stdio3,
) -> Result<Call> {
    let mut argv: Vec<&str> = spec.runtime.iter().map(String::as_str).collect();
    argv.extend_from_slice(arguments);
    argv.push(&spec.id);
    let log_end = std::fs::metadata(log_path(spec)).map_or(0, |log| log.len());
    Ok(Call { pid: spawn(&argv, stdio)?, purpose, log_end })
}

pub fn program(argv: &[String], purpose: Purpose) -> Result<Call> {
    let argv: Vec<&str> = argv.iter().map(String::as_str).collect();
    Ok(Call { pid: spawn(&argv, Stdio3::default())?, purpose, log_end: 0 })
}

/// Starts a program that goes on without us.
pub fn leave_to(argv: &[String]) -> Result<()> {
    let argv: Vec<&str> = argv.iter().map(String::as_str).collect();
    // The bundle, where we are, is the engine's to remove.
    let _ = std::env::set_current_dir("/");
    spawn(&argv, Stdio3::default()).map(drop)
}

fn spawn(argv: &[&str], stdio: Stdio3) -> Result<i32> {
    let (name, arguments) =
        argv.split_first().ok_or_else(|| Failure::text("execve", "", "no program is named"))?;
    let mut command = Command::new(name);
    command.args(arguments);
    // What the engine's own manager said to the engine is not meant for the container.
    for variable in ["LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES", "NOTIFY_SOCKET"] {
        command.env_remove(variable);
    }
    let or_null = |fd: Option<OwnedFd>| fd.map_or_else(Stdio::null, Stdio::from);
    command.stdin(or_null(stdio.stdin)).stdout(or_null(stdio.stdout));
    command.stderr(stdio.stderr.map_or_else(Stdio::inherit, Stdio::from));
    // Reaped by pid, with all other children.
    Ok(command.spawn().at("execve", name)?.id() as i32)
}

fn log_path(spec: &ShimSpec) -> String {
    format!("{}/log.json", spec.bundle)
}

impl Call {
    /// Its end may come after that of the process which it has made.
    pub fn makes_a_process(&self) -> bool {
        matches!(self.purpose, Purpose::Create | Purpose::Exec(_))
    }

    /// Why it failed: the last error in the runtime's log, else what it said on stderr.
    pub fn failure(&self, spec: &ShimSpec, command: &str, end: End, stderr: &[u8]) -> ShimFailure {
        let said = || {
            let text = String::from_utf8_lossy(stderr);
            let line = text.lines().rev().find(|line| !line.trim().is_empty());
            line.map(|line| line.trim().to_owned())
        };
        let message = last_error(&log_path(spec), self.log_end).or_else(said);
        ShimFailure {
            command: command.to_owned(),
            exit_code: end.exit_code,
            message: message.unwrap_or_else(|| match end.signal {
                0 => format!("exit status {}", end.exit_code),
                signal => format!("killed by signal {signal}"),
            }),
        }
    }
}

#[derive(Deserialize)]
struct LogLine {
    level: String,
    msg: String,
}

fn last_error(path: &str, from: u64) -> Option<String> {
    const MOST: u64 = 1 << 20;
    let mut log = File::open(path).ok()?;
    log.seek(SeekFrom::Start(from)).ok()?;
    let mut text = Vec::new();
    log.take(MOST).read_to_end(&mut text).ok()?;
    let errors = text.split(|byte| *byte == b'\n').rev();
    errors
        .filter_map(|line| serde_json::from_slice::<LogLine>(line).ok())
        .find(|line| matches!(line.level.as_str(), "error" | "fatal"))
        .map(|line| line.msg)
}
