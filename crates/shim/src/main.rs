//! rundlet-shim: one per running container. It holds what has to outlive the engine's command: the
//! container's stdio (fifos, pipes or a terminal), its log, the clients that are attached, the wait for
//! its end. It knows nothing of images or of policy; docs/design/shim.md has the reasons.
//!
//! Single-threaded: one epoll loop (`shim`), which reads a stream and hands each chunk to the log, to
//! the clients and to the fifo, in this order.
#![deny(unsafe_code)]

mod call;
mod children;
mod client;
mod console;
mod control;
mod ending;
mod exec;
mod exit_record;
mod failure;
mod fifo;
mod input;
mod log;
mod messages;
mod moment;
mod oom;
mod outbox;
mod output;
mod places;
mod poller;
mod process;
mod readers;
mod requests;
mod shim;
mod signals;
mod stream;
mod streams;
mod text;

use std::io::Write;
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    let done = match (words.next().as_deref(), words.next()) {
        (Some(log::gzip::WORD), Some(path)) => log::gzip::gzip(&path),
        _ => control::Control::inherit().and_then(shim::run),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            note(&failure);
            ExitCode::FAILURE
        }
    }
}

/// One line in shim.stderr.log, which is our stderr. A full disk keeps us from telling, not from going on.
pub fn note(line: &dyn std::fmt::Display) {
    let now = moment::Moment::now();
    let _ = writeln!(std::io::stderr(), "{} {line}", now.rfc3339());
}
