//! One request whose answer is a text: manifests, tokens, the beginning of an upload.

use crate::client::Client;
use crate::error::{Error, Result};
use rundlet_layers::Digest;
use std::fs::File;
use std::io::{Read, Seek as _};
use ureq::Body;
use ureq::http::{self, Response};

pub struct Request<'a> {
    pub method: &'a str,
    pub url: &'a str,
    pub headers: &'a [(String, String)],
    /// `None` for a request without.
    pub body: Option<&'a str>,
    /// Bytes of the answer at most.
    pub max: u64,
}

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    /// Names in small letters.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// Of the body.
    pub digest: Digest,
}

impl Client {
    pub fn send(&self, request: &Request<'_>) -> Result<Answer> {
        let mut builder = http::Request::builder().method(request.method).uri(request.url);
        for (name, value) in request.headers {
            builder = builder.header(name, value);
        }
        let agent = self.agent(request.url);
        let response = match request.body {
            Some(body) => agent.run(builder.body(body).map_err(bad_request)?)?,
            None => agent.run(builder.body(()).map_err(bad_request)?)?,
        };
        read_answer(response, request.max)
    }
}

impl Client {
    /// `PUT` of a file, whole.
    pub fn put_file(&self, request: &Request<'_>, file: &File) -> Result<Answer> {
        let mut rewound = file;
        rewound.rewind()?;
        let mut builder = http::Request::builder().method(request.method).uri(request.url);
        for (name, value) in request.headers {
            builder = builder.header(name, value);
        }
        let agent = self.agent(request.url);
        read_answer(agent.run(builder.body(file).map_err(bad_request)?)?, request.max)
    }
}

fn bad_request(error: http::Error) -> Error {
    Error::text("request", error.to_string())
}

fn read_answer(response: Response<Body>, max: u64) -> Result<Answer> {
    let status = response.status().as_u16();
    let headers = headers(&response);
    let mut body = Vec::new();
    let mut reader = response.into_body().into_with_config().limit(u64::MAX).reader();
    reader.by_ref().take(max + 1).read_to_end(&mut body)?;
    if body.len() as u64 > max {
        return Err(Error::text("read", format!("the answer has more than {max} bytes")));
    }
    let digest = Digest::of(&body);
    Ok(Answer { status, headers, body, digest })
}

/// Those that are text.
fn headers(response: &Response<Body>) -> Vec<(String, String)> {
    let named = response.headers().iter();
    named
        .filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned())))
        .collect()
}
