//! The journald driver, by the journal's native protocol: one datagram a record.

use super::lines::Record;
use crate::failure::{At, Failure, Result};
use crate::stream::Stream;
use rundlet_plan::ShimLog;
use std::os::unix::net::UnixDatagram;

const SOCKET: &str = "/run/systemd/journal/socket";

pub struct Journald {
    socket: UnixDatagram,
    path: &'static str,
    /// Fields that every record has, as they are sent.
    fields: Vec<u8>,
    failed: Result<()>,
}

impl Journald {
    pub fn open(id: &str, wish: &ShimLog) -> Result<Self> {
        Self::open_at(SOCKET, id, wish)
    }

    fn open_at(path: &'static str, id: &str, wish: &ShimLog) -> Result<Self> {
        if !std::fs::exists(path).unwrap_or(false) {
            return Err(Failure::text("log", path, "journald is not running on this host"));
        }
        let socket = UnixDatagram::unbound().at("socket", path)?;
        // A journal that is behind must not stop the container.
        socket.set_nonblocking(true).at("fcntl", path)?;
        let short = super::short_id(id);
        let tag = super::tag(id, wish);
        let mut fields = Vec::new();
        let known = [
            ("CONTAINER_ID", short),
            ("CONTAINER_ID_FULL", id),
            ("CONTAINER_TAG", tag),
            ("SYSLOG_IDENTIFIER", tag),
        ];
        for (name, value) in known {
            field(name, value.as_bytes(), &mut fields);
        }
        for (name, value) in wish.fields.iter().flatten() {
            field(name, value.as_bytes(), &mut fields);
        }
        Ok(Self { socket, path, fields, failed: Ok(()) })
    }

    pub fn add(&mut self, stream: Stream, record: &Record<'_>) {
        let mut message = self.fields.clone();
        field("MESSAGE", record.line, &mut message);
        field("PRIORITY", if stream == Stream::Stderr { b"3" } else { b"6" }, &mut message);
        if record.partial.is_some_and(|partial| !partial.last) {
            field("CONTAINER_PARTIAL_MESSAGE", b"true", &mut message);
        }
        if let Err(error) = self.socket.send_to(&message, self.path) {
            self.failed = Err(error).at("sendto", self.path);
        }
    }

    /// What went wrong since the last time.
    pub fn flush(&mut self) -> Result<()> {
        std::mem::replace(&mut self.failed, Ok(()))
    }
}

/// <https://systemd.io/JOURNAL_NATIVE_PROTOCOL/>: a value with line ends comes with its length.
fn field(name: &str, value: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(name.as_bytes());
    if value.contains(&b'\n') {
        out.push(b'\n');
        out.extend_from_slice(&(value.len() as u64).to_le_bytes());
    } else {
        out.push(b'=');
    }
    out.extend_from_slice(value);
    out.push(b'\n');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::lines::Partial;
    use crate::moment::Moment;
    use std::collections::BTreeMap;

    #[test]
    fn records_are_datagrams() {
        let path =
            format!("{}/rundlet-journal-{}", std::env::temp_dir().display(), std::process::id());
        let path: &'static str = Box::leak(path.into_boxed_str());
        let journal = UnixDatagram::bind(path).unwrap();
        let fields = BTreeMap::from([("CONTAINER_NAME".to_owned(), "box".to_owned())]);
        let wish = ShimLog {
            driver: "journald".into(),
            path: String::new(),
            options: BTreeMap::new(),
            tag: None,
            fields: Some(fields),
        };
        let mut driver = Journald::open_at(path, &"ab".repeat(32), &wish).unwrap();
        let time = Moment::now();
        let partial = Some(Partial { id: 1, ordinal: 1, last: false });
        driver.add(Stream::Stderr, &Record { line: b"one", ended: false, time, partial });
        driver.flush().unwrap();
        let mut text = [0; 4096];
        let length = journal.recv(&mut text).unwrap();
        let id = "ab".repeat(32);
        let expected = format!(
            "CONTAINER_ID=abababababab\nCONTAINER_ID_FULL={id}\nCONTAINER_TAG=abababababab\n\
             SYSLOG_IDENTIFIER=abababababab\nCONTAINER_NAME=box\nMESSAGE=one\nPRIORITY=3\n\
             CONTAINER_PARTIAL_MESSAGE=true\n"
        );
        assert_eq!(String::from_utf8_lossy(&text[..length]), expected);
        drop(journal);
        std::fs::remove_file(path).unwrap();
        driver.add(Stream::Stdout, &Record { line: b"two", ended: true, time, partial: None });
        assert!(driver.flush().is_err() && driver.flush().is_ok());
    }

    #[test]
    fn line_ends_in_a_value() {
        let mut out = Vec::new();
        field("MESSAGE", b"a\nb", &mut out);
        assert_eq!(out, b"MESSAGE\n\x03\0\0\0\0\0\0\0a\nb\n");
    }
}
