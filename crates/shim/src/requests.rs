//! Clients: who comes, what they ask for, what they send.

use crate::client::{Client, Incoming};
use crate::failure::Result;
use crate::outbox::Reader;
use crate::poller::{Events, Token};
use crate::shim::{CONTAINER, Phase, Shim};
use rundlet_plan::{ShimAccepted, ShimFailure, ShimRequest, word};
use rustix::net::{SocketFlags, accept_with};
use serde::Serialize;

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
            self.drop_client(number);
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

    fn message(&mut self, number: u32, kind: u8, body: &[u8]) -> Result<()> {
        match kind {
            word::REQUEST => match serde_json::from_slice(body) {
                Ok(request) => self.request(number, request),
                Err(error) => {
                    let message = format!("request not understood: {error}");
                    let failure = ShimFailure { command: "shim".into(), exit_code: 125, message };
                    self.answer(number, word::FAILED, &failure);
                    Ok(())
                }
            },
            // Words that this shim does not know are of an engine that is newer.
            _ => Ok(()),
        }
    }

    fn request(&mut self, number: u32, request: ShimRequest) -> Result<()> {
        match request {
            ShimRequest::Wait => self.join(number, CONTAINER, [false; 2], false),
        }
    }

    /// From now on the client belongs to the process.
    fn join(&mut self, number: u32, place: u32, wants: [bool; 2], feeds: bool) -> Result<()> {
        let accepted = self
            .process(place)
            .map(|process| ShimAccepted { pid: process.pid, tty: process.terminal.is_some() });
        self.answer(number, word::ACCEPTED, &accepted);
        if let Some(client) = &mut self.clients[number as usize] {
            (client.process, client.wants, client.feeds) = (Some(place), wants, feeds);
        }
        if matches!(self.phase, Phase::Deleting | Phase::Over) {
            self.tell_end(number, place);
        }
        Ok(())
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

    pub fn drop_client(&mut self, number: u32) {
        if let Some(client) = self.clients[number as usize].take()
            && !client.watched.is_empty()
        {
            self.poller.remove(&client.socket);
        }
    }
}
