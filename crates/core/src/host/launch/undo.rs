//! The end of a launch that fails or is given up.

use super::channel::Heard;
use super::conversation::{Launch, Waits};
use super::stage::{end, reap};
use crate::failure::Failure;
use crate::host::exits::Process;
use crate::spawn::Child;
use crate::sys::pidfd::send_signal;
use rundlet_plan::FromInit;
use rustix::fd::AsFd;

impl Launch {
    /// Init is gone without a word.
    pub(super) fn died(&mut self) -> Failure {
        if self.cgroups.had_oom_kill() {
            // runc's words, which callers match.
            let words = "container init was OOM-killed (memory limit too low?)";
            return Failure::text("rundlet-init", words);
        }
        let how = match (&self.process, &self.stage) {
            (Some(process), _) => {
                // It may have closed its socket and still be there.
                let _ = send_signal(process.pidfd.as_fd(), libc::SIGKILL);
                let _ = process.await_exit(None);
                process.exit_status().ok().map(|status| (status.kind == "signaled", status.value))
            }
            (None, Some(stage)) => end_status(stage),
            (None, None) => None,
        };
        let words = match how {
            Some((true, signal)) => format!("init died: killed by signal {signal}"),
            Some((false, code)) => format!("init died: exit status {code}"),
            None => "init died".to_owned(),
        };
        Failure::text("rundlet-init", words)
    }

    /// Stage 1 may just be making the process when the launch is given up on our side: it is ours to
    /// reap, so hear of it first.
    fn find_process(&mut self) {
        let (None, Some(stage), Some(channel)) = (&self.process, &self.stage, &mut self.channel)
        else {
            return;
        };
        while let Ok(Heard::Message(mut message)) = channel.hear_out(stage.pidfd.as_fd()) {
            let FromInit::Child { pid } = message.word else { continue };
            self.process = message.take_fd().ok().map(|pidfd| Process::with_pidfd(pid, pidfd));
            return;
        }
    }

    /// Everything that this launch made goes, in the order in which nothing can be left over:
    /// processes, then what they were in.
    pub fn undo(&mut self) {
        self.waits = Waits::Over;
        self.find_process();
        self.channel = None;
        if let Some(process) = self.process.take() {
            let _ = send_signal(process.pidfd.as_fd(), libc::SIGKILL);
            let _ = process.await_exit(None);
            let _ = process.exit_status();
        }
        if let Some(stage) = self.stage.take() {
            end(&stage);
        }
        self.cgroups.undo();
        if let Some(path) = self.fifo.take() {
            let _ = rustix::fs::unlink(path);
        }
        self.console = None;
        self.pipes = [None, None, None];
    }
}

fn end_status(stage: &Child) -> Option<(bool, i32)> {
    let _ = send_signal(stage.pidfd.as_fd(), libc::SIGKILL);
    let status = reap(stage)?;
    match (status.terminating_signal(), status.exit_status()) {
        (Some(signal), _) => Some((true, signal)),
        (None, Some(code)) => Some((false, code)),
        (None, None) => None,
    }
}
