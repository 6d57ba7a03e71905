//! `launchAhead`: rundlet-init is cloned and executed while the caller still reads and plans. In Node that
//! is on another thread; the executable has `prespawn`, before JavaScript starts.

use super::stage::{self, Stage};
use super::stdio::{self, Prepared};
use crate::failure::Result;
use crate::host::handles;
use rundlet_plan::{Act, Handle, LaunchAhead, LaunchPlan, Stdio};
use rustix::fd::OwnedFd;

/// A rundlet-init that waits for its plan, and our ends of its pipes.
pub struct Ahead {
    pub stage: Stage,
    pub ends: [Option<OwnedFd>; 3],
}

impl Ahead {
    fn start(stdio: Stdio, preserve_fds: u32) -> Result<Self> {
        // Theirs of the descriptors are closed here at the end: init has them.
        let Prepared { numbers, ends, _theirs } = stdio::prepare(stdio)?;
        Ok(Self { stage: stage::take(numbers, preserve_fds)?, ends })
    }
}

/// `launchAhead`.
pub fn launch_ahead(args: LaunchAhead) -> Result<Handle> {
    let ahead = Ahead::start(args.stdio, args.preserve_fds)?;
    Ok(Handle { handle: handles::keep_ahead(ahead) })
}

/// `launchAheadEnd`: one that a launch has taken is no error, it is that launch's.
pub fn launch_ahead_end(args: Handle) -> Result<()> {
    if let Some(Ahead { stage, .. }) = handles::take_ahead(args.handle) {
        stage.end();
    }
    Ok(())
}

/// The one that the plan names; where there is none, a new one.
pub fn take_or_start(plan: &LaunchPlan) -> Result<Ahead> {
    let console = plan.steps.iter().any(|step| matches!(step.act, Act::Console(_)));
    match plan.ahead.and_then(handles::take_ahead) {
        // Nothing of a process with a console comes through pipes.
        Some(ahead) if console => Ok(Ahead { ends: [None, None, None], ..ahead }),
        Some(ahead) => Ok(ahead),
        // With a console the process gets the pty's other side; what it has until then does not matter,
        // so that an init started ahead with our own stdio will do.
        None => Ahead::start(if console { [0, 1, 2] } else { plan.stdio }, plan.preserve_fds),
    }
}
