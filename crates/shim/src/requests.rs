//! Clients: who comes, and what they ask for.

use crate::client::{Client, Incoming};
use crate::failure::Result;
use crate::outbox::Reader;
use crate::poller::{Events, Token};
use crate::shim::{CONTAINER, Phase, Shim};
use rundlet_plan::{ShimAccepted, ShimFailure, ShimRequest, ShimStreams, word};
use rustix::net::{SocketFlags, accept_with};
use serde::Serialize;

const NOTHING: ShimStreams = ShimStreams { stdin: false, stdout: false, stderr: false };

impl Shim {
    pub fn accept(&mut self) -> Result<()> {
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        while let Ok(socket) = accept_with(&self.listener, flags) {
            let free = self.clients.iter().position(Option::is_none);
            let place = free.unwrap_or_else(|| {
                self.clients.push(None);
                self.clients.len() - 1
            });
            self.clients[place] = Some(Client::new(socket));
            self.watch_client(place as u32)?;
        }
        Ok(())
    }

    /// Have the poller tell what the client is now waited for.
    pub fn watch_client(&mut self, number: u32) -> Result<()> {
        let Some(client) = &self.clients[number as usize] else { return Ok(()) };
        let process = client.process.and_then(|place| self.process(place));
        let interest = client.interest(process.is_some_and(|process| process.input.is_full()));
        let Some(client) = &mut self.clients[number as usize] else { return Ok(()) };
        if interest == client.watched {
            return Ok(());
        }
        let token = Token::Client(number);
        match (client.watched.is_empty(), interest.is_empty()) {
            (true, _) => self.poller.add(&client.socket, token, interest)?,
            (_, true) => self.poller.remove(&client.socket),
            _ => self.poller.modify(&client.socket, token, interest)?,
        }
        client.watched = interest;
        Ok(())
    }

    pub fn client_ready(&mut self, number: u32, events: Events) -> Result<()> {
        let Some(client) = &mut self.clients[number as usize] else { return Ok(()) };
        let place = client.process;
        let gone = events.contains(Events::OUT) && client.flush() == Reader::Gone;
        if gone
            || (events.intersects(Events::IN | Events::HUP | Events::ERR)
                && !self.listen(number)?)
        {
            self.client_gone(number)?;
        } else if let Some(client) = &self.clients[number as usize]
            && client.served
            && client.outbox.is_empty()
        {
            self.drop_client(number);
        }
        self.watch_client(number)?;
        match place {
            Some(place) => self.pace(place),
            None => Ok(()),
        }
    }

    /// All that it has sent, as far as there is room for it; false when it is gone.
    fn listen(&mut self, number: u32) -> Result<bool> {
        let mut buffer = std::mem::take(&mut self.buffer);
        let there = self.listen_with(number, &mut buffer);
        self.buffer = buffer;
        there
    }

    fn listen_with(&mut self, number: u32, buffer: &mut [u8]) -> Result<bool> {
        loop {
            let Some(client) = &self.clients[number as usize] else { return Ok(true) };
            let place = client.process;
            let full = place
                .and_then(|place| self.process(place))
                .is_some_and(|process| process.input.is_full());
            if client.feeds && full {
                return Ok(true);
            }
            match client.receive(buffer) {
                Incoming::Nothing => return Ok(true),
                Incoming::Gone => return Ok(false),
                Incoming::Message(kind, body) => self.message(number, kind, body)?,
            }
        }
    }

    fn request(&mut self, number: u32, request: ShimRequest) -> Result<()> {
        match request {
            ShimRequest::Wait => {
                self.accepted(number, CONTAINER);
                self.join(number, CONTAINER, &NOTHING);
            }
            ShimRequest::Attach(streams) => {
                self.accepted(number, CONTAINER);
                self.join(number, CONTAINER, &streams);
            }
            ShimRequest::Exec(request) => return self.exec(number, &request),
            ShimRequest::Resize(size) => {
                let name = size.exec_id.as_deref().unwrap_or("init");
                match self.place_by_name(name) {
                    Some(place) if self.resize(place, [size.width, size.height]) => {
                        self.accepted(number, place);
                    }
                    _ => self.refuse(number, "resize", "no such terminal"),
                }
            }
        }
        Ok(())
    }

    pub fn first_message(&mut self, number: u32, body: &[u8]) -> Result<()> {
        match serde_json::from_slice(body) {
            Ok(request) => self.request(number, request),
            Err(error) => {
                self.refuse(number, "shim", &format!("request not understood: {error}"));
                Ok(())
            }
        }
    }

    fn place_by_name(&self, name: &str) -> Option<u32> {
        let mut all = self.processes.iter();
        let place =
            all.position(|process| process.as_ref().is_some_and(|process| process.name == name))?;
        u32::try_from(place).ok()
    }

    /// From now on the client belongs to the process.
    pub fn join(&mut self, number: u32, place: u32, streams: &ShimStreams) {
        let stdin = self.process(place).is_some_and(|process| process.stdin);
        if let Some(client) = &mut self.clients[number as usize] {
            client.process = Some(place);
            client.wants = [streams.stdout, streams.stderr];
            client.feeds = streams.stdin && stdin;
        }
        if place == CONTAINER && matches!(self.phase, Phase::Deleting | Phase::Over) {
            self.tell_end(number, place);
        }
    }

    pub fn accepted(&mut self, number: u32, place: u32) {
        if let Some(process) = self.process(place) {
            let accepted = ShimAccepted { pid: process.pid, tty: process.tty };
            self.answer(number, word::ACCEPTED, &accepted);
        }
    }

    pub fn refuse(&mut self, number: u32, command: &str, message: &str) {
        let (command, message) = (command.to_owned(), message.to_owned());
        let failure = ShimFailure { command, exit_code: 125, message };
        self.answer(number, word::FAILED, &failure);
    }

    pub fn answer(&mut self, number: u32, kind: u8, body: &impl Serialize) {
        let text = serde_json::to_vec(body).unwrap_or_default();
        if let Some(client) = &mut self.clients[number as usize]
            && client.tell(kind, &text) == Reader::Gone
        {
            self.drop_client(number);
        }
    }

    pub fn tell_end(&mut self, number: u32, place: u32) {
        let Some(end) = self.process(place).and_then(|process| process.end) else { return };
        if let Some(client) = &mut self.clients[number as usize]
            && (client.tell_end(end.exit_code) == Reader::Gone || client.outbox.is_empty())
        {
            self.drop_client(number);
        }
    }

    fn client_gone(&mut self, number: u32) -> Result<()> {
        self.input_ends(number)?;
        self.drop_client(number);
        Ok(())
    }

    pub fn drop_client(&mut self, number: u32) {
        if let Some(client) = self.clients[number as usize].take()
            && !client.watched.is_empty()
        {
            self.poller.remove(&client.socket);
        }
    }
}
