//! The loop, and the container's way from `create` to running. Its end is in `ending`.

use crate::call::{self, Call, Purpose, Stdio3};
use crate::children::{Unclaimed, reap};
use crate::client::Client;
use crate::console::Console;
use crate::control::{Control, Order};
use crate::failure::{At, Failure, Result};
use crate::fifo::{self, Tap};
use crate::input::Input;
use crate::log::Log;
use crate::oom::OomWatch;
use crate::places;
use crate::poller::{Events, Poller, Token};
use crate::process::{End, Process};
use crate::readers::Readers;
use crate::stream::Stream;
use crate::{note, signals};
use rundlet_plan::{ShimCreated, ShimExit, ShimFailure, ShimSpec, word};
use rustix::fd::OwnedFd;
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use rustix::io::fcntl_dupfd_cloexec;
use rustix::pipe::{PipeFlags, pipe_with};
use std::time::{Duration, Instant};

/// Read at once: a pipe's size.
const CHUNK: usize = 64 << 10;

/// The container's place among the processes.
pub const CONTAINER: u32 = 0;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    Creating,
    /// Waits for the engine's word.
    Created,
    Starting,
    Running,
    /// It has ended; its output is still read.
    Ending,
    /// All is recorded; the runtime deletes it.
    Deleting,
    Over,
}

/// What shall become of it.
pub enum Aim {
    Run,
    /// The engine died before it said go: kill, record, clean up.
    Abandoned,
    /// Kill and leave nothing; then answer this, with a failure if there was one.
    Undone(Option<ShimFailure>),
}

pub struct Shim {
    pub spec: ShimSpec,
    /// The own directory, for sockets in it.
    pub own: OwnedFd,
    pub control: Option<Control>,
    pub listener: OwnedFd,
    children: OwnedFd,
    readers: Readers,
    pub poller: Poller,
    pub log: Log,
    /// By place; the first is the container's.
    pub processes: Vec<Option<Process>>,
    pub clients: Vec<Option<Client>>,
    pub calls: Vec<Call>,
    pub unclaimed: Unclaimed,
    pub oom: Option<OomWatch>,
    console: Option<Console>,
    pub phase: Phase,
    pub aim: Aim,
    pub exit: Option<ShimExit>,
    pub is_deleted: bool,
    pub buffer: Vec<u8>,
    next_health: Option<Instant>,
}

pub fn run(control: Control) -> Result<()> {
    let spec = control.spec()?;
    let failure = match Shim::prepare(&spec, control) {
        Ok(mut shim) => match shim.create() {
            Ok(()) => return shim.serve(),
            Err(failure) => (failure, shim.control.take()),
        },
        Err((failure, control)) => (failure, Some(control)),
    };
    // Nothing has been created yet.
    places::remove(&spec);
    if let (failure, Some(control)) = &failure {
        control.tell(word::FAILED, &own_failure(failure));
    }
    Err(failure.0)
}

/// A failure that is not the runtime's.
pub fn own_failure(failure: &Failure) -> ShimFailure {
    ShimFailure { command: "shim".into(), exit_code: 125, message: failure.to_string() }
}

impl Shim {
    fn prepare(spec: &ShimSpec, control: Control) -> std::result::Result<Self, (Failure, Control)> {
        match Parts::make(spec, &control) {
            Ok(parts) => Ok(Self {
                spec: spec.clone(),
                own: parts.own,
                control: Some(control),
                listener: parts.listener,
                children: parts.children,
                readers: parts.readers,
                poller: parts.poller,
                log: parts.log,
                processes: Vec::new(),
                clients: Vec::new(),
                calls: Vec::new(),
                unclaimed: Unclaimed::default(),
                oom: None,
                console: None,
                phase: Phase::Creating,
                aim: Aim::Run,
                exit: None,
                is_deleted: false,
                buffer: vec![0; CHUNK],
                next_health: None,
            }),
            Err(failure) => Err((failure, control)),
        }
    }

    /// Fifos, pipes or a console socket, and the runtime's `create`.
    fn create(&mut self) -> Result<()> {
        // Whoever came before shim.pid was there has seen no shim, and taken the rest down.
        if self.control.as_ref().is_some_and(|control| matches!(control.order(), Order::Gone)) {
            return Err(Failure::text("create", "", "the engine has gone"));
        }
        let tty = self.spec.tty;
        let mut process = self.new_process("init", self.spec.open_stdin, tty)?;
        let stdio = self.stdio_of(&mut process, self.spec.open_stdin, tty)?;
        self.processes.push(Some(process));
        let bundle = self.spec.bundle.clone();
        let pid_file = format!("{bundle}/init.pid");
        let mut words = vec!["create", "--bundle", &bundle, "--pid-file", &pid_file];
        self.console = match tty {
            true => Some(Console::listen(&self.own, "console.sock")?),
            false => None,
        };
        if let Some(console) = &self.console {
            words.extend_from_slice(&["--console-socket", &console.path]);
        }
        let call = call::runtime(&self.spec, Purpose::Create, &words, stdio)?;
        self.calls.push(call);
        Ok(())
    }

    /// With its fifos.
    pub fn new_process(&mut self, name: &str, stdin: bool, tty: bool) -> Result<Process> {
        let mut process = Process::new(name, stdin, tty);
        let path = |stream: &str| format!("{}/{name}-{stream}", self.spec.io_directory);
        if stdin {
            process.set_feed(fifo::make(&path("stdin"))?);
        }
        for stream in Stream::BOTH {
            if stream == Stream::Stdout || !tty {
                process.taps[stream.index()] = Some(Tap::make(&path(stream.name()))?);
            }
        }
        Ok(process)
    }

    /// The runtime's ends of new pipes; ours are the process's. With a terminal there are none.
    pub fn stdio_of(&self, process: &mut Process, stdin: bool, tty: bool) -> Result<Stdio3> {
        let mut stdio = Stdio3::default();
        if tty {
            return Ok(stdio);
        }
        let pipe = || pipe_with(PipeFlags::CLOEXEC).at("pipe2", "");
        if stdin {
            let (reader, writer) = pipe()?;
            no_waiting(&writer)?;
            stdio.stdin = Some(reader);
            process.input = Input::new(Some(writer));
        }
        for (stream, end) in Stream::BOTH.into_iter().zip([&mut stdio.stdout, &mut stdio.stderr]) {
            let (reader, writer) = pipe()?;
            no_waiting(&reader)?;
            *end = Some(writer);
            process.set_output(stream, reader);
        }
        Ok(stdio)
    }

    /// Input and output are the terminal that the runtime sent.
    pub fn set_terminal(&self, process: &mut Process, console: Console) -> Result<()> {
        let master = console.take()?;
        no_waiting(&master)?;
        let copy = || fcntl_dupfd_cloexec(&master, 3).at("fcntl", "terminal");
        process.input = Input::new(Some(copy()?));
        process.terminal = Some(copy()?);
        process.set_output(Stream::Stdout, master);
        Ok(())
    }

    fn serve(&mut self) -> Result<()> {
        while !self.is_over() {
            let limit = self.next_moment().map(|at| at.saturating_duration_since(Instant::now()));
            for (token, events) in self.poller.wait(limit)? {
                self.handle(token, events)?;
            }
            self.moments()?;
        }
        Ok(())
    }

    fn handle(&mut self, token: Token, events: Events) -> Result<()> {
        match token {
            Token::Control => self.obey(),
            Token::Children => self.reap_all(),
            Token::Listener => self.accept(),
            Token::Readers => self.readers_changed(),
            Token::Oom => {
                if let Some(oom) = &mut self.oom {
                    oom.take();
                }
                Ok(())
            }
            Token::Client(place) => self.client_ready(place, events),
            Token::Output(place, stream) => self.carry(place, stream).map(drop),
            Token::Tap(place, _) => self.pace(place),
            Token::Feed(place) => self.feed(place),
            Token::Input(place) => self.input_changed(place),
        }
    }

    fn obey(&mut self) -> Result<()> {
        let Some(control) = &self.control else { return Ok(()) };
        match control.order() {
            Order::None => {}
            Order::Go if self.phase == Phase::Created => {
                self.phase = Phase::Starting;
                let call = call::runtime(&self.spec, Purpose::Start, &["start"], Stdio3::default());
                match call {
                    Ok(call) => self.calls.push(call),
                    Err(failure) => self.undo(Some(own_failure(&failure))),
                }
            }
            // It was killed meanwhile: the answer is on the way.
            Order::Go => {}
            Order::Abort => self.undo(None),
            Order::Gone => {
                self.poller.remove(control.socket());
                self.control = None;
                if matches!(self.phase, Phase::Creating | Phase::Created) {
                    note(&"the engine has gone before the container was to run");
                    self.aim = Aim::Abandoned;
                    self.kill_container();
                }
            }
        }
        Ok(())
    }

    fn undo(&mut self, failure: Option<ShimFailure>) {
        self.aim = Aim::Undone(failure);
        self.kill_container();
    }

    /// Its end comes as any other.
    fn kill_container(&self) {
        let container = self.process(CONTAINER);
        if let Some(process) = container.filter(|process| process.pid > 0 && process.end.is_none())
            && let Err(failure) = signals::kill(process.pid, libc::SIGKILL)
        {
            note(&failure);
        }
    }

    fn reap_all(&mut self) -> Result<()> {
        let mut events = [0; 512];
        while rustix::io::read(&self.children, &mut events).is_ok() {}
        while let Some((pid, end)) = reap() {
            if let Some(place) = self.calls.iter().position(|call| call.pid == pid) {
                let call = self.calls.swap_remove(place);
                self.call_ended(&call, end)?;
            } else if let Some(place) = self.place_of(pid) {
                self.process_ended(place, end)?;
            } else {
                self.unclaimed.note(pid, end);
            }
        }
        if !self.calls.iter().any(Call::makes_a_process) {
            self.unclaimed.forget();
        }
        Ok(())
    }

    fn place_of(&self, pid: i32) -> Option<u32> {
        let place = self
            .processes
            .iter()
            .position(|process| process.as_ref().is_some_and(|process| process.pid == pid))?;
        u32::try_from(place).ok()
    }

    fn call_ended(&mut self, call: &Call, end: End) -> Result<()> {
        match call.purpose {
            Purpose::Create => match self.created(end) {
                Ok(true) => Ok(()),
                Ok(false) => {
                    let said = self.unread_stderr(CONTAINER);
                    let failure = call.failure(&self.spec, "create", end, &said);
                    self.never_created(failure)
                }
                Err(failure) => {
                    self.undo(Some(own_failure(&failure)));
                    self.delete()
                }
            },
            Purpose::Start => {
                self.started(call, end);
                self.start_is_over()
            }
            Purpose::Delete => self.deleted(end),
            Purpose::Exec(place) => self.executed(place, call, end),
            Purpose::Health => {
                self.plan_health();
                Ok(())
            }
        }
    }

    /// False: the runtime refused.
    fn created(&mut self, end: End) -> Result<bool> {
        if end.exit_code != 0 {
            return Ok(false);
        }
        let path = format!("{}/init.pid", self.spec.bundle);
        let text = std::fs::read_to_string(&path).at("read", &path)?;
        let pid: i32 =
            text.trim().parse().map_err(|_| Failure::text("read", path, "not a process id"))?;
        let start_time = places::start_time(pid)?;
        let Some(mut process) = self.processes[0].take() else { return Ok(false) };
        process.pid = pid;
        if let Some(console) = self.console.take() {
            self.set_terminal(&mut process, console)?;
        }
        self.processes[0] = Some(process);
        self.watch_oom();
        self.phase = Phase::Created;
        self.pace(CONTAINER)?;
        self.input_changed(CONTAINER)?;
        if let Some(control) = &self.control {
            let shim_pid = std::process::id() as i32;
            control.tell(word::STARTED, &ShimCreated { pid, start_time, shim_pid });
        }
        if let Some(end) = self.unclaimed.claim(pid) {
            self.process_ended(CONTAINER, end)?;
        } else if !matches!(self.aim, Aim::Run) {
            self.kill_container();
        }
        Ok(true)
    }

    /// Without it the container runs all the same.
    fn watch_oom(&mut self) {
        let Some(group) = &self.spec.oom else { return };
        match OomWatch::open(group) {
            Ok(watch) => {
                if let Some(event) = watch.event()
                    && let Err(failure) = self.poller.add(event, Token::Oom, Events::IN)
                {
                    note(&failure);
                }
                self.oom = Some(watch);
            }
            Err(failure) => note(&failure),
        }
    }

    fn started(&mut self, call: &Call, end: End) {
        if end.exit_code != 0 {
            let said = self.unread_stderr(CONTAINER);
            return self.undo(Some(call.failure(&self.spec, "start", end, &said)));
        }
        if self.phase == Phase::Starting {
            self.phase = Phase::Running;
            self.plan_health();
            crate::text::give_back();
        }
        if let Some(control) = &self.control {
            control.tell(word::GOING, &());
        }
    }

    /// What a runtime that failed said where the container's stderr would be.
    pub fn unread_stderr(&self, place: u32) -> Vec<u8> {
        let mut said = vec![0; 8 << 10];
        let output = self.process(place).and_then(|process| process.output(Stream::Stderr));
        let length = match output.map(|output| output.read(&mut said)) {
            Some(crate::output::Read::Bytes(length)) => length,
            _ => 0,
        };
        said.truncate(length);
        said
    }

    fn plan_health(&mut self) {
        self.next_health = self
            .spec
            .health
            .as_ref()
            .filter(|_| self.phase == Phase::Running)
            .map(|health| Instant::now() + Duration::from_millis(health.interval_ms.into()));
    }

    fn next_moment(&self) -> Option<Instant> {
        let patience =
            self.clients.iter().flatten().filter_map(|client| client.outbox.patience_ends());
        let taps =
            self.processes.iter().flatten().flat_map(|process| process.taps.iter().flatten());
        let drains = self.processes.iter().flatten().filter_map(|process| process.drain_until);
        patience
            .chain(taps.filter_map(|tap| tap.outbox().patience_ends()))
            .chain(drains)
            .chain(self.next_health)
            .min()
    }

    fn moments(&mut self) -> Result<()> {
        let now = Instant::now();
        if self.next_health.is_some_and(|at| at <= now) {
            self.next_health = None;
            if let Some(health) = &self.spec.health {
                match call::program(&health.argv, Purpose::Health) {
                    Ok(call) => self.calls.push(call),
                    Err(failure) => {
                        note(&failure);
                        self.plan_health();
                    }
                }
            }
        }
        for place in 0..self.processes.len() as u32 {
            if self
                .process(place)
                .and_then(|process| process.drain_until)
                .is_some_and(|at| at <= now)
            {
                self.give_up_output(place)?;
            }
            self.pace(place)?;
        }
        Ok(())
    }

    fn readers_changed(&mut self) -> Result<()> {
        for (name, change) in self.readers.changes() {
            let Some((process, stream)) = name.rsplit_once('-') else { continue };
            let Some(stream) = Stream::BOTH.into_iter().find(|known| known.name() == stream) else {
                continue;
            };
            let mut found = self.processes.iter_mut().flatten();
            if let Some(process) = found.find(|known| known.name == process)
                && let Some(tap) = &mut process.taps[stream.index()]
            {
                tap.readers += change;
                tap.readers_changed();
            }
        }
        Ok(())
    }

    pub fn process(&self, place: u32) -> Option<&Process> {
        self.processes.get(place as usize)?.as_ref()
    }

    pub fn process_mut(&mut self, place: u32) -> Option<&mut Process> {
        self.processes.get_mut(place as usize)?.as_mut()
    }
}

/// What is made before the runtime is called.
struct Parts {
    own: OwnedFd,
    listener: OwnedFd,
    children: OwnedFd,
    readers: Readers,
    poller: Poller,
    log: Log,
}

impl Parts {
    fn make(spec: &ShimSpec, control: &Control) -> Result<Self> {
        let children = signals::children()?;
        rustix::process::set_child_subreaper(Some(rustix::process::getpid())).at("prctl", "")?;
        let (listener, own) = places::make(spec)?;
        let log = Log::open(&spec.id, &spec.log)?;
        let readers = Readers::watch(&spec.io_directory)?;
        let poller = Poller::new()?;
        poller.add(control.socket(), Token::Control, Events::IN)?;
        poller.add(&children, Token::Children, Events::IN)?;
        poller.add(&listener, Token::Listener, Events::IN)?;
        poller.add(readers.fd(), Token::Readers, Events::IN)?;
        Ok(Self { own, listener, children, readers, poller, log })
    }
}

fn no_waiting(fd: &OwnedFd) -> Result<()> {
    let flags = fcntl_getfl(fd).at("fcntl", "")?;
    fcntl_setfl(fd, flags | OFlags::NONBLOCK).at("fcntl", "")
}
