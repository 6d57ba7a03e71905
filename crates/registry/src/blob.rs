//! A blob as the registry sends it, as one reader: after a cut it goes on where it was.

use crate::client::Client;
use crate::error::{Error, Result};
use crate::state::{Phase, Shared};
use std::io::{self, Read};
use std::sync::Arc;
use std::time::Duration;
use ureq::http::Response;
use ureq::{Body, BodyReader};

/// Attempts in a row that bring no byte.
const ATTEMPTS: u32 = 5;

pub struct BlobReader {
    client: Client,
    shared: Arc<Shared>,
    /// Among the layers of the transfer.
    place: usize,
    url: String,
    /// As the manifest has it: not a byte more is read.
    size: u64,
    at: u64,
    body: Option<BodyReader<'static>>,
    attempts: u32,
}

impl BlobReader {
    pub fn new(client: Client, shared: Arc<Shared>, place: usize, url: String, size: u64) -> Self {
        Self { client, shared, place, url, size, at: 0, body: None, attempts: 0 }
    }

    /// Reads some bytes, 0 at a cut.
    fn attempt(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let body = match &mut self.body {
            Some(body) => body,
            None => {
                let opened = self.open()?;
                self.body.insert(opened)
            }
        };
        Ok(body.read(buffer)?)
    }

    fn open(&self) -> Result<BodyReader<'static>> {
        self.shared.phase(self.place, Phase::Downloading);
        loop {
            let (authorization, generation) = self.shared.authorization();
            let response = self.request(&authorization)?;
            match response.status().as_u16() {
                401 => {
                    let challenge = response.headers().get("www-authenticate");
                    let challenge = challenge.and_then(|value| value.to_str().ok()).unwrap_or("");
                    self.shared.await_authorization(generation, challenge)?;
                }
                200 => return self.skipped(response),
                206 if self.begins_right(&response) => {
                    self.check_length(&response, self.at)?;
                    return Ok(reader(response));
                }
                206 => return Err(fatal("the registry sent another part than was asked for")),
                404 => return Err(fatal("blob unknown to registry")),
                status @ 400..=499 if status != 408 && status != 429 => {
                    return Err(fatal(format!("unexpected status: {}", response.status())));
                }
                _ => {
                    return Err(Error::text(
                        "read",
                        format!("received unexpected HTTP status: {}", response.status()),
                    ));
                }
            }
        }
    }

    fn request(&self, authorization: &str) -> Result<Response<Body>> {
        let mut request = self.client.agent(&self.url).get(&self.url);
        if !authorization.is_empty() {
            request = request.header("authorization", authorization);
        }
        if self.at > 0 {
            request = request.header("range", format!("bytes={}-", self.at));
        }
        Ok(request.call()?)
    }

    /// A registry that does not know ranges sends all again.
    fn skipped(&self, response: Response<Body>) -> Result<BodyReader<'static>> {
        self.check_length(&response, 0)?;
        let mut body = reader(response);
        let skipped = io::copy(&mut body.by_ref().take(self.at), &mut io::sink())?;
        if skipped < self.at {
            return Err(Error::text("read", "unexpected EOF"));
        }
        Ok(body)
    }

    /// Where the registry tells before how much comes, it has to be what the manifest says.
    fn check_length(&self, response: &Response<Body>, from: u64) -> Result<()> {
        let length = response.body().content_length().map(|length| from.saturating_add(length));
        match length {
            Some(length) if length != self.size => {
                Err(fatal(format!("the blob has {length} bytes, the manifest says {}", self.size)))
            }
            _ => Ok(()),
        }
    }

    fn begins_right(&self, response: &Response<Body>) -> bool {
        let range = response.headers().get("content-range").and_then(|range| range.to_str().ok());
        range.is_none_or(|range| range.starts_with(&format!("bytes {}-", self.at)))
    }

    fn again(&mut self, error: Error) -> Result<()> {
        self.body = None;
        self.attempts += 1;
        if self.shared.is_cancelled() || error.what == "fatal" || self.attempts >= ATTEMPTS {
            return Err(error);
        }
        // The first comes at once: a connection that was cut is not a registry in trouble.
        let seconds = if self.attempts == 1 { 0 } else { 1 << (self.attempts - 2) };
        self.shared.rest(Duration::from_secs(seconds))
    }
}

impl Read for BlobReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.size - self.at).unwrap_or(usize::MAX);
        let want = buffer.len().min(left);
        if want == 0 {
            return Ok(0);
        }
        loop {
            let failed = match self.attempt(&mut buffer[..want]) {
                Ok(count @ 1..) => {
                    self.attempts = 0;
                    self.at += count as u64;
                    self.shared.bytes(self.place, self.at);
                    if self.at == self.size {
                        self.body = None;
                        self.shared.phase(self.place, Phase::Downloaded);
                    }
                    return Ok(count);
                }
                Ok(_) => Error::text("read", "unexpected EOF"),
                Err(error) => error,
            };
            self.again(failed)?;
        }
    }
}

fn reader(response: Response<Body>) -> BodyReader<'static> {
    response.into_body().into_with_config().limit(u64::MAX).reader()
}

/// No further attempt could end otherwise.
fn fatal(text: impl Into<String>) -> Error {
    Error::text("fatal", text)
}
