//! Requests to registries (crates/registry) as operations.

use super::handles;
use crate::failure::{Failure, Result};
use rundlet_plan::{Handle, HttpHeader, RegistryAnswer, RegistryOpen, RegistrySend};
use rundlet_registry::{Answer, Client, Error, Request, Trust};

pub fn registry_open(args: RegistryOpen) -> Result<Handle> {
    Ok(Handle { handle: handles::keep_registry(client(args)?) })
}

pub fn registry_send(args: RegistrySend) -> Result<RegistryAnswer> {
    let client = handles::registry(args.handle)?;
    let headers = pairs(args.headers);
    let request = Request {
        method: &args.method,
        url: &args.url,
        headers: &headers,
        body: args.body.as_deref(),
        max: args.max.into(),
    };
    client.send(&request).map(answered).map_err(|error| failure(error, &args.url))
}

pub fn pairs(headers: Vec<HttpHeader>) -> Vec<(String, String)> {
    headers.into_iter().map(|header| (header.name, header.value)).collect()
}

pub fn answered(answer: Answer) -> RegistryAnswer {
    let headers = answer.headers.into_iter();
    RegistryAnswer {
        status: answer.status,
        headers: headers.map(|(name, value)| HttpHeader { name, value }).collect(),
        text: String::from_utf8(answer.body).unwrap_or_default(),
        digest: answer.digest.to_string(),
    }
}

pub fn registry_close(args: Handle) -> Result<()> {
    if let Some(client) = handles::take_registry(args.handle) {
        client.shutdown();
    }
    Ok(())
}

pub fn client(args: RegistryOpen) -> Result<Client> {
    let trust = Trust {
        insecure: args.insecure,
        authorities: args.authorities,
        certificate: args.certificate,
        key: args.key,
        bundle: args.bundle,
        user_agent: args.user_agent,
    };
    Client::new(&trust).map_err(|error| failure(error, ""))
}

pub fn failure(error: Error, url: &str) -> Failure {
    Failure {
        syscall: error.what.into(),
        errno: error.errno,
        subject: url.to_owned(),
        detail: error.text,
        ..Failure::default()
    }
}
