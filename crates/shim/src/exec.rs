//! Further processes in the container, by the runtime's `exec`.

use crate::call::{self, Call, Purpose};
use crate::console::Console;
use crate::failure::{At, Failure, Result};
use crate::process::{End, Process};
use crate::shim::{Phase, Shim, own_failure};
use crate::{note, signals};
use rundlet_plan::{ShimExecRequest, ShimFailure, word};
use rustix::fs::unlink;

/// What it has while it is created.
struct Files {
    process: String,
    pid: String,
    /// Name in the own directory.
    console: String,
}

impl Shim {
    fn files_of(&self, id: &str) -> Files {
        let own = &self.spec.own_directory;
        Files {
            process: format!("{own}/{id}.json"),
            pid: format!("{own}/{id}.pid"),
            console: format!("{}.sock", &id[..id.len().min(32)]),
        }
    }

    /// The client gets its answer when the runtime is done.
    pub fn exec(&mut self, number: u32, request: &ShimExecRequest) -> Result<()> {
        if self.phase != Phase::Running {
            self.refuse(number, "exec", "container is not running");
            return Ok(());
        }
        let free = self.processes.iter().skip(1).position(Option::is_none);
        let place = free.map_or(self.processes.len(), |place| place + 1) as u32;
        match self.execute(place, request) {
            Ok(mut process) => {
                process.asker = Some(number);
                match self.processes.get_mut(place as usize) {
                    Some(free) => *free = Some(process),
                    None => self.processes.push(Some(process)),
                }
                self.join(number, place, &request.streams);
            }
            Err(failure) => self.answer(number, word::FAILED, &own_failure(&failure)),
        }
        Ok(())
    }

    fn execute(&mut self, place: u32, request: &ShimExecRequest) -> Result<Process> {
        let id = &request.id;
        if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(Failure::text("exec", id.as_str(), "not an id"));
        }
        let made = self.call_exec(place, request);
        if made.is_err() {
            self.remove_files(id);
        }
        made
    }

    fn call_exec(&mut self, place: u32, request: &ShimExecRequest) -> Result<Process> {
        let files = self.files_of(&request.id);
        let (stdin, tty) = (request.streams.stdin, request.tty);
        let mut process = self.new_process(&request.id, stdin, tty)?;
        let stdio = self.stdio_of(&mut process, stdin, tty)?;
        let mut words =
            vec!["exec", "--process", &files.process, "--pid-file", &files.pid, "--detach"];
        if tty {
            process.console = Some(Console::listen(&self.own, &files.console)?);
        }
        if let Some(console) = &process.console {
            words.extend_from_slice(&["--console-socket", &console.path]);
        }
        self.calls.push(call::runtime(&self.spec, Purpose::Exec(place), &words, stdio)?);
        Ok(process)
    }

    /// The runtime is done.
    pub fn executed(&mut self, place: u32, call: &Call, end: End) -> Result<()> {
        let asker = self.process_mut(place).and_then(|process| process.asker.take());
        // It may have gone, and another have its number.
        let asker = asker.filter(|number| {
            let client = self.clients.get(*number as usize).and_then(Option::as_ref);
            client.is_some_and(|client| client.process == Some(place))
        });
        let failure = match end.exit_code {
            0 => self.learn_process(place).err().map(|failure| own_failure(&failure)),
            _ => {
                let said = self.unread_stderr(place);
                Some(call.failure(&self.spec, "exec", end, &said))
            }
        };
        if let Some(failure) = failure {
            return self.not_executed(place, asker, &failure);
        }
        if let Some(number) = asker {
            self.accepted(number, place);
        }
        self.pace(place)?;
        self.input_changed(place)?;
        let pid = self.process(place).map_or(0, |process| process.pid);
        match self.unclaimed.claim(pid) {
            Some(end) => self.process_ended(place, end),
            None => Ok(()),
        }
    }

    fn learn_process(&mut self, place: u32) -> Result<()> {
        let Some(mut process) = self.processes[place as usize].take() else { return Ok(()) };
        let learnt = self.learn(&mut process);
        self.processes[place as usize] = Some(process);
        learnt
    }

    fn learn(&self, process: &mut Process) -> Result<()> {
        let path = self.files_of(&process.name).pid;
        let text = std::fs::read_to_string(&path).at("read", &path)?;
        let pid = text.trim().parse();
        process.pid = pid.map_err(|_| Failure::text("read", path, "not a process id"))?;
        match process.console.take() {
            Some(console) => self.set_terminal(process, console),
            None => Ok(()),
        }
    }

    fn not_executed(
        &mut self,
        place: u32,
        asker: Option<u32>,
        failure: &ShimFailure,
    ) -> Result<()> {
        if let Some(process) = self.processes[place as usize].as_mut() {
            // Executed, and then not to be spoken to.
            if process.pid > 0
                && let Err(failure) = signals::kill(process.pid, libc::SIGKILL)
            {
                note(&failure);
            }
            process.close(place, &self.poller)?;
        }
        self.remove_files_of(place);
        if let Some(number) = asker {
            self.answer(number, word::FAILED, failure);
            if let Some(client) = &mut self.clients[number as usize] {
                client.process = None;
            }
        }
        self.processes[place as usize] = None;
        Ok(())
    }

    /// Before anybody is told that it is over.
    pub fn remove_files_of(&self, place: u32) {
        if let Some(process) = self.process(place) {
            self.remove_files(&process.name);
        }
    }

    fn remove_files(&self, id: &str) {
        let files = self.files_of(id);
        let _ = unlink(&files.process);
        let _ = unlink(&files.pid);
        let _ = unlink(format!("{}/{}", self.spec.own_directory, files.console));
        for stream in ["stdin", "stdout", "stderr"] {
            let _ = unlink(format!("{}/{id}-{stream}", self.spec.io_directory));
        }
    }
}
