//! The end: output to its end, the log closed, exit.json, the waiters, the runtime's `delete`, the
//! engine's cleanup; in this order.

use crate::call::{self, Purpose, Stdio3};
use crate::exit_record::write_record;
use crate::failure::Result;
use crate::moment::Moment;
use crate::note;
use crate::places;
use crate::process::{DRAIN, End};
use crate::shim::{Aim, CONTAINER, Phase, Shim};
use crate::stream::Stream;
use rundlet_plan::{ShimExit, ShimFailure, word};
use std::time::Instant;

/// A process that has ended cannot have left more than this in a pipe.
const MOST_CHUNKS: usize = 32;

/// Somebody killed it before the engine let it run.
fn too_late() -> ShimFailure {
    let message = "container has ended before it was started".to_owned();
    ShimFailure { command: "start".into(), exit_code: 1, message }
}

impl Shim {
    pub fn process_ended(&mut self, place: u32, end: End) -> Result<()> {
        let exited_at = Moment::now();
        let Some(process) = self.process_mut(place) else { return Ok(()) };
        process.end = Some(end);
        process.drain_until = Some(Instant::now() + DRAIN);
        if place == CONTAINER {
            // Its groups are there until the runtime deletes them.
            if let Some(oom) = &mut self.oom {
                oom.take();
            }
            let oom_killed = self.oom.as_ref().is_some_and(crate::oom::OomWatch::killed);
            let started = !matches!(self.phase, Phase::Creating | Phase::Created);
            self.exit = Some(ShimExit {
                exit_code: end.exit_code,
                signal: end.signal,
                oom_killed,
                exited_at: exited_at.rfc3339(),
                started,
            });
            if self.phase == Phase::Created && matches!(self.aim, Aim::Run) {
                self.aim = Aim::Undone(Some(too_late()));
            }
            self.phase = Phase::Ending;
        }
        for stream in Stream::BOTH {
            for _ in 0..MOST_CHUNKS {
                if !self.carry(place, stream)? {
                    break;
                }
            }
        }
        self.output_ended(place)?;
        self.end_holders()?;
        self.pace(place)
    }

    /// Somebody else still holds the container's pipes: of one without a pid namespace of its own these
    /// are processes that `delete` kills.
    fn end_holders(&mut self) -> Result<()> {
        let known = self.is_deleted || self.is_running(Purpose::Delete);
        match self.phase == Phase::Ending && !self.is_running(Purpose::Start) && !known {
            true => self.delete(),
            false => Ok(()),
        }
    }

    /// The runtime's `start` is over too, which alone says whether the container ran at all.
    pub fn start_is_over(&mut self) -> Result<()> {
        if self.phase == Phase::Ending {
            self.output_ended(CONTAINER)?;
            self.end_holders()?;
        }
        Ok(())
    }

    /// An output is at its end; is it all of the process?
    pub fn output_ended(&mut self, place: u32) -> Result<()> {
        let Some(process) = self.process(place) else { return Ok(()) };
        let ended = process.drain_until.is_some() && process.outputs_ended();
        match ended && !(place == CONTAINER && self.is_running(Purpose::Start)) {
            true => self.finish(place),
            false => Ok(()),
        }
    }

    /// Time is up: what is in the pipes now is the rest.
    pub fn give_up_output(&mut self, place: u32) -> Result<()> {
        for stream in Stream::BOTH {
            for _ in 0..MOST_CHUNKS {
                if !self.carry(place, stream)? {
                    break;
                }
            }
        }
        // Reading may have found the end.
        match self.process(place).is_some_and(|process| process.drain_until.is_some()) {
            true if place == CONTAINER && self.is_running(Purpose::Start) => {
                self.processes[0].as_mut().map_or(Ok(()), |process| {
                    process.drain_until = Some(Instant::now() + DRAIN);
                    Ok(())
                })
            }
            true => self.finish(place),
            false => Ok(()),
        }
    }

    fn finish(&mut self, place: u32) -> Result<()> {
        let Some(process) = self.processes[place as usize].as_mut() else { return Ok(()) };
        process.drain_until = None;
        process.close(place, &self.poller)?;
        if place == CONTAINER {
            self.log.close();
            self.record_end();
            self.phase = Phase::Deleting;
        } else {
            self.remove_files_of(place);
        }
        for number in 0..self.clients.len() as u32 {
            let client = self.clients[number as usize].as_ref();
            if client.is_some_and(|client| client.process == Some(place) && !client.served) {
                self.tell_end(number, place);
                self.watch_client(number)?;
            }
        }
        if place != CONTAINER {
            self.processes[place as usize] = None;
            return Ok(());
        }
        if self.is_running(Purpose::Delete) {
            return Ok(());
        }
        match self.is_deleted {
            true => self.clean_up(),
            false => self.delete(),
        }
    }

    fn record_end(&mut self) {
        if matches!(self.aim, Aim::Undone(_)) {
            return;
        }
        if let Some(exit) = &self.exit
            && let Err(failure) = write_record(&self.spec.own_directory, "exit.json", exit)
        {
            note(&failure);
        }
    }

    /// The runtime made nothing.
    pub fn never_created(&mut self, failure: ShimFailure) -> Result<()> {
        if let Some(process) = self.processes[0].as_mut() {
            process.end = Some(End { exit_code: failure.exit_code, signal: 0 });
            process.close(CONTAINER, &self.poller)?;
        }
        self.log.close();
        self.exit = Some(ShimExit {
            exit_code: failure.exit_code,
            signal: 0,
            oom_killed: false,
            exited_at: Moment::now().rfc3339(),
            started: false,
        });
        if !matches!(self.aim, Aim::Abandoned) {
            self.aim = Aim::Undone(Some(failure));
        }
        self.record_end();
        self.clean_up()
    }

    fn is_running(&self, purpose: Purpose) -> bool {
        self.calls.iter().any(|call| call.purpose == purpose)
    }

    pub fn delete(&mut self) -> Result<()> {
        let words = ["delete", "--force"];
        match call::runtime(&self.spec, Purpose::Delete, &words, Stdio3::default()) {
            Ok(call) => {
                self.calls.push(call);
                Ok(())
            }
            Err(failure) => {
                note(&failure);
                self.deleted(End { exit_code: 1, signal: 0 })
            }
        }
    }

    pub fn deleted(&mut self, end: End) -> Result<()> {
        if end.exit_code != 0 {
            note(&format_args!("the runtime's delete has failed: exit status {}", end.exit_code));
        }
        self.is_deleted = true;
        match self.phase {
            // Its output is still read.
            Phase::Ending => Ok(()),
            _ => self.clean_up(),
        }
    }

    fn clean_up(&mut self) -> Result<()> {
        self.phase = Phase::Over;
        if let Aim::Undone(failure) = &self.aim {
            places::remove(&self.spec);
            if let Some(control) = &self.control {
                match failure {
                    Some(failure) => control.tell(word::FAILED, failure),
                    None => control.tell(word::ABORTED, &()),
                }
            }
            return Ok(());
        }
        // Whoever still has output to read keeps us, but nobody is to wait for us for that.
        if !self.is_over() {
            places::disown(&self.spec);
        }
        if !self.spec.cleanup.is_empty()
            && let Err(failure) = call::leave_to(&self.spec.cleanup)
        {
            note(&failure);
        }
        Ok(())
    }

    /// Clients that read slowly are waited for, as long as they stay.
    pub fn is_over(&self) -> bool {
        let talking = |client: &crate::client::Client| client.process.is_some();
        self.phase == Phase::Over
            && !self.clients.iter().flatten().any(talking)
            && self.processes.iter().skip(1).all(Option::is_none)
    }
}
