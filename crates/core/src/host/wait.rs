//! `wait`: on the calling thread, or through the reaper.

use super::exits::{Process, remembered, unknown};
use super::{foreground, handles, reaper};
use crate::failure::{Failure, Result};
use rundlet_plan::{ExitStatus, Wait};
use rustix::io::Errno;

enum Target {
    Process(Process),
    /// It has been reaped, by us or by a stranger who keeps its status to himself.
    Gone(ExitStatus),
}

pub fn wait(args: Wait) -> Result<ExitStatus> {
    let status = match target(&args)? {
        Target::Gone(status) => status,
        Target::Process(process) if args.foreground => {
            let console = args.handle.and_then(|handle| {
                handles::lock_of(&*handles::launch(handle).ok()?).take_console()
            });
            foreground::attend(&process, console)?;
            process.exit_status()?
        }
        Target::Process(process) => {
            process.await_exit(None)?;
            process.exit_status()?
        }
    };
    finish(&args);
    Ok(status)
}

/// A launch that has been waited for is over: its handle ends.
fn finish(args: &Wait) {
    if let Some(handle) = args.handle {
        handles::take_launch(handle);
    }
}

pub fn wait_on_reaper(args: Wait, done: reaper::OnExit) {
    if args.foreground {
        return done(Err(Failure::text("wait", "the foreground needs a thread of its own")));
    }
    match target(&args) {
        Err(failure) => done(Err(failure)),
        Ok(Target::Gone(status)) => {
            finish(&args);
            done(Ok(status));
        }
        Ok(Target::Process(process)) => {
            let finished = Box::new(move |status| {
                finish(&args);
                done(status);
            });
            reaper::watch(process, finished);
        }
    }
}

fn target(args: &Wait) -> Result<Target> {
    match (args.handle, args.process) {
        (Some(handle), _) => {
            let launch = handles::launch(handle)?;
            let process = handles::lock_of(&launch).process();
            process.map(Target::Process)
        }
        (None, Some(reference)) => match remembered(reference) {
            Some(status) => Ok(Target::Gone(status)),
            None => match Process::open(reference) {
                Ok(process) => Ok(Target::Process(process)),
                Err(failure) if failure.is(Errno::SRCH) => {
                    Ok(Target::Gone(remembered(reference).unwrap_or_else(unknown)))
                }
                Err(failure) => Err(failure),
            },
        },
        (None, None) => Err(Failure::text("wait", "neither a handle nor a process was given")),
    }
}
