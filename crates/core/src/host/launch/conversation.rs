//! One launch: its state, and the host's part of the conversation with init.

use super::channel::{Channel, Heard, Message};
use super::maps;
use super::peers::Peer;
use super::stage::{Stage, reap};
use super::stdio::give_away;
use crate::failure::{Failure, Result};
use crate::host::cgroups::Cgroups;
use crate::host::console::{leave_line_ends, take_window_size};
use crate::host::exits::Process;
use crate::spawn::Child;
use rundlet_plan::{CgroupPlan, FromInit, Gate, InitPlan, ProcessRef, StepList, ToInit, UserMaps};
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::io::Errno;
use std::collections::VecDeque;

/// Where a launch stands when the host side gets its turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// It has its plan and works.
    Started,
    Barrier(u32),
    Ready,
    /// `Gate::Fifo`: init has our word and goes to the gate; nothing more is heard of it.
    Released,
    Running,
}

impl Event {
    pub fn kind(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Barrier(_) => "barrier",
            Self::Ready => "ready",
            Self::Released => "released",
            Self::Running => "running",
        }
    }

    pub fn step(self) -> Option<u32> {
        match self {
            Self::Barrier(step) => Some(step),
            _ => None,
        }
    }
}

/// What init waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Waits {
    /// For nothing: it works.
    No,
    /// For nothing, but the caller has not asked yet how far it is.
    Started,
    AtBarrier,
    /// Reported ready; waits for the record to be written.
    Recorded,
    /// `Gate::Word`: waits for the word.
    Word,
    /// It is past the last `Go`.
    Over,
}

pub struct Launch {
    /// Until it has been reaped.
    pub(super) stage: Option<Child>,
    pub(super) channel: Option<Channel>,
    pub(super) process: Option<Process>,
    /// What the process said before stage 1 told of it.
    pub(super) early: VecDeque<Message>,
    pub(super) waits: Waits,
    pub gate: Gate,
    pub maps: Option<UserMaps>,
    pub cgroups: Cgroups,
    /// The exec.fifo that this launch made.
    pub fifo: Option<String>,
    pub console_peer: Option<Peer>,
    pub pidfd_peer: Option<Peer>,
    pub pidfd_text: &'static str,
    pub listener_peer: Option<Peer>,
    pub listener_state: Option<(String, String)>,
    pub(super) console: Option<OwnedFd>,
    pub(super) pipes: [Option<OwnedFd>; 3],
}

impl Launch {
    pub fn new(stage: Stage, pipes: [Option<OwnedFd>; 3]) -> Self {
        Self {
            stage: Some(stage.child),
            channel: Some(stage.channel),
            process: None,
            early: VecDeque::new(),
            waits: Waits::No,
            gate: Gate::Open {},
            maps: None,
            cgroups: Cgroups::default(),
            fifo: None,
            console_peer: None,
            pidfd_peer: None,
            pidfd_text: "standard",
            listener_peer: None,
            listener_state: None,
            console: None,
            pipes,
        }
    }

    pub fn give_pipes(&mut self) -> [i32; 3] {
        give_away(std::mem::take(&mut self.pipes))
    }

    pub fn has_console(&self) -> bool {
        self.console.is_some()
    }

    pub fn take_console(&mut self) -> Option<OwnedFd> {
        self.console.take()
    }

    pub fn process(&self) -> Result<Process> {
        self.process.clone().ok_or_else(|| {
            Failure::text("rundlet-init", "the container's process is not there yet")
        })
    }

    pub fn reference(&self) -> ProcessRef {
        self.process.as_ref().map_or(ProcessRef { pid: 0, start_time: 0 }, |it| it.reference)
    }

    pub fn tell(&self, message: &ToInit, fds: &[BorrowedFd<'_>]) -> Result<()> {
        match &self.channel {
            Some(channel) => channel.send(message, fds),
            None => Err(Failure::kernel("sendmsg", Errno::NOTCONN, "rundlet-init")),
        }
    }

    pub fn tell_plan(&self, plan: InitPlan, fds: &[BorrowedFd<'_>]) -> Result<()> {
        match &self.channel {
            Some(channel) => channel.send_plan(&ToInit::Plan(Box::new(plan)), fds),
            None => Err(Failure::kernel("sendmsg", Errno::NOTCONN, "rundlet-init")),
        }
    }

    fn go(&self) -> Result<()> {
        self.tell(&ToInit::Go, &[])
    }

    /// `launchContinue`: give the word that init waits for, and go on to the next event.
    pub fn go_on(&mut self) -> Result<Event> {
        let waited = std::mem::replace(&mut self.waits, Waits::No);
        if matches!(waited, Waits::No | Waits::Over) {
            self.waits = waited;
            return Err(Failure::text("launchContinue", "this launch waits for nothing"));
        }
        if waited == Waits::Started {
            return self.proceed();
        }
        // A dead init's last words, or its death, are worth more than EPIPE.
        match self.go() {
            Err(failure) if failure.is(Errno::PIPE) => {}
            other => other?,
        }
        match (waited, &self.gate) {
            (Waits::Recorded, Gate::Word {}) => {
                self.waits = Waits::Word;
                Ok(Event::Ready)
            }
            (Waits::Recorded, Gate::Fifo { .. }) => {
                self.waits = Waits::Over;
                // The gate is the record's now: nobody takes it away with this launch.
                self.fifo = None;
                self.channel = None;
                Ok(Event::Released)
            }
            (Waits::Recorded | Waits::Word, _) => {
                self.waits = Waits::Over;
                self.proceed()
            }
            _ => self.proceed(),
        }
    }

    /// `launchStart`: leave it to its work for now.
    pub fn stand_started(&mut self) -> Event {
        self.waits = Waits::Started;
        Event::Started
    }

    /// Answer init until it is the host's turn.
    pub fn proceed(&mut self) -> Result<Event> {
        loop {
            let message = match self.next_message()? {
                Heard::Message(message) => message,
                // Close-on-exec closed it. Or it is dead and has said nothing of a failure: then the
                // program has ended already, while some other process of this moment (a fork in
                // another thread, on its way to exec) still holds init's end of the socket. Its exit
                // status is for `wait` to tell.
                Heard::End | Heard::Dead if self.waits == Waits::Over => {
                    self.channel = None;
                    return Ok(Event::Running);
                }
                Heard::End | Heard::Dead => return Err(self.died()),
            };
            if let Some(event) = self.answer(message)? {
                return Ok(event);
            }
        }
    }

    /// Stage 1 and the process it clones speak on one socket, so that the process's first words may
    /// come before stage 1 has said that there is one. They wait for that.
    fn next_message(&mut self) -> Result<Heard> {
        if self.process.is_some()
            && let Some(message) = self.early.pop_front()
        {
            return Ok(Heard::Message(message));
        }
        loop {
            let heard = match (&mut self.channel, &self.process, &self.stage) {
                (Some(channel), Some(process), _) => channel.hear(process.pidfd.as_fd())?,
                (Some(channel), None, Some(stage)) => channel.hear(stage.pidfd.as_fd())?,
                _ => Heard::End,
            };
            match heard {
                Heard::Message(message)
                    if self.process.is_none() && is_of_process(&message.word) =>
                {
                    self.early.push_back(message);
                }
                other => return Ok(other),
            }
        }
    }

    fn answer(&mut self, mut message: Message) -> Result<Option<Event>> {
        match &message.word {
            FromInit::WantMaps => self.write_maps()?,
            FromInit::Child { pid } => self.meet(*pid, message.take_fd()?),
            FromInit::WantCgroup => {
                self.cgroups.join_v2(self.reference().pid)?;
                let tasks = self.cgroups.take_tasks();
                let fds: Vec<_> = tasks.iter().map(AsFd::as_fd).collect();
                self.tell(&ToInit::Go, &fds)?;
            }
            FromInit::Barrier { step } => {
                self.stand_still()?;
                self.waits = Waits::AtBarrier;
                return Ok(Some(Event::Barrier(*step)));
            }
            FromInit::Console => self.pass_console(message.take_fd()?)?,
            FromInit::SeccompListener => self.pass_listener(message.take_fd()?)?,
            FromInit::Ready => {
                self.stand_still()?;
                if let (Some(peer), Some(process)) = (self.pidfd_peer.take(), &self.process) {
                    peer.send(self.pidfd_text, &*process.pidfd)?;
                }
                self.waits = Waits::Recorded;
                return Ok(Some(Event::Ready));
            }
            FromInit::Failed(failure) => return Err(failure.clone().into()),
        }
        Ok(None)
    }

    /// A unit with stage 1 in it, which its child is then born into.
    pub fn start_unit(&mut self, cgroup: &CgroupPlan) -> Result<()> {
        match (&self.stage, &cgroup.systemd) {
            (Some(stage), Some(unit)) => self.cgroups.start_unit(unit, &cgroup.devices, stage.pid),
            _ => Ok(()),
        }
    }

    /// Stage 1 into the groups, which its child gets from it.
    pub fn join_early(&mut self) -> Result<()> {
        match &self.stage {
            Some(stage) => self.cgroups.join(stage.pid),
            None => Ok(()),
        }
    }

    fn write_maps(&self) -> Result<()> {
        match (&self.maps, &self.stage) {
            (Some(maps), Some(stage)) => maps::write(stage.pid, maps)?,
            _ => {
                return Err(Failure::text(
                    "rundlet-init",
                    "it asked for maps that are not planned",
                ));
            }
        }
        self.go()
    }

    fn meet(&mut self, pid: i32, pidfd: OwnedFd) {
        self.process = Some(Process::with_pidfd(pid, pidfd));
    }

    fn pass_console(&mut self, master: OwnedFd) -> Result<()> {
        match self.console_peer.take() {
            // Data as runc's: the name of what was opened.
            Some(peer) => peer.send("/dev/ptmx", master),
            None => {
                // Before the program can write, or ask for the size.
                leave_line_ends(&master);
                take_window_size(&master);
                self.console = Some(master);
                Ok(())
            }
        }
    }

    fn pass_listener(&mut self, listener: OwnedFd) -> Result<()> {
        let missing = || Failure::text("seccomp", "a filter notifies but no listener is planned");
        let peer = self.listener_peer.take().ok_or_else(missing)?;
        let (before, after) = self.listener_state.take().ok_or_else(missing)?;
        peer.send(&format!("{before}{}{after}", self.reference().pid), listener)
    }

    /// What hooks and the gate rely on: the network is as stage 1 leaves it, and the process is in its
    /// cgroups, also where the plan has no `cgroupReady` before.
    fn stand_still(&mut self) -> Result<()> {
        self.reap_stage()?;
        match &self.process {
            Some(process) => self.cgroups.join(process.reference.pid),
            None => Ok(()),
        }
    }

    /// Stage 1 exits once the process exists and the loopback interface is up. If that failed, it has
    /// said so.
    fn reap_stage(&mut self) -> Result<()> {
        let Some(stage) = self.stage.take() else { return Ok(()) };
        let status = reap(&stage);
        if status.is_none_or(|status| status.exit_status() == Some(0)) {
            return Ok(());
        }
        // It is dead: what it had to say lies in the socket. The process behind it may wait for ever.
        while let (Some(channel), Some(process)) = (&mut self.channel, &self.process) {
            match channel.hear_now(process.pidfd.as_fd())? {
                Heard::Message(Message { word: FromInit::Failed(failure), .. }) => {
                    return Err(failure.into());
                }
                Heard::Message(_) => {}
                Heard::End | Heard::Dead => break,
            }
        }
        let signal = status.and_then(|status| status.terminating_signal());
        let how = signal.map_or(String::new(), |signal| format!(": killed by signal {signal}"));
        Err(Failure::text("rundlet-init", format!("stage 1 ended with a failure{how}")))
    }
}

/// Said by the container's process, not by stage 1.
fn is_of_process(word: &FromInit) -> bool {
    match word {
        FromInit::WantMaps | FromInit::Child { .. } => false,
        FromInit::Failed(failure) => failure.list == StepList::Steps,
        _ => true,
    }
}
