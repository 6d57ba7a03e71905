//! exit.json, and records in its way: whole or not at all, also after a crash.

use crate::failure::{At, Failure, Result};
use rustix::fs::{Mode, OFlags, fsync, open, rename};
use serde::Serialize;

pub fn write_record(directory: &str, name: &str, record: &impl Serialize) -> Result<()> {
    let path = format!("{directory}/{name}");
    let temporary = format!("{directory}/.{name}");
    let mut text =
        serde_json::to_vec(record).map_err(|error| Failure::text("write", path.as_str(), error))?;
    text.push(b'\n');
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::TRUNC | OFlags::CLOEXEC;
    let fd = open(&temporary, flags, Mode::from_raw_mode(0o600)).at("open", &temporary)?;
    let mut rest = text.as_slice();
    while !rest.is_empty() {
        let written = rustix::io::write(&fd, rest).at("write", &temporary)?;
        rest = &rest[written..];
    }
    fsync(&fd).at("fsync", &temporary)?;
    rename(&temporary, &path).at("rename", &path)
}
