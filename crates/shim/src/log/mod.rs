//! The container's log. A driver gets records; what it cannot write is told once and dropped: a full
//! disk must not stop the container.

mod escape;
pub mod gzip;
mod journald;
mod json_file;
mod lines;
mod local;
mod rotating_file;
mod size;
mod syslog;
mod syslog_format;

use crate::failure::{Failure, Result};
use crate::moment::Moment;
use crate::stream::Stream;
use journald::Journald;
use json_file::JsonFile;
use lines::{Lines, Record};
use local::Local;
use rundlet_plan::ShimLog;
use syslog::Syslog;

enum Driver {
    None,
    JsonFile(JsonFile),
    Local(Local),
    Syslog(Syslog),
    Journald(Journald),
}

impl Driver {
    fn add(&mut self, stream: Stream, record: &Record<'_>) {
        match self {
            Self::None => {}
            Self::JsonFile(file) => file.add(stream, record),
            Self::Local(file) => file.add(stream, record),
            Self::Syslog(syslog) => syslog.add(stream, record),
            Self::Journald(journal) => journal.add(stream, record),
        }
    }

    /// All that came with one chunk of output.
    fn flush(&mut self) -> Result<()> {
        match self {
            Self::None => Ok(()),
            Self::JsonFile(file) => file.flush(),
            Self::Local(file) => file.flush(),
            Self::Syslog(syslog) => syslog.flush(),
            Self::Journald(journal) => journal.flush(),
        }
    }
}

pub struct Log {
    driver: Driver,
    lines: [Lines; 2],
    /// The last batch could not be written.
    failing: bool,
}

impl Log {
    pub fn open(id: &str, wish: &ShimLog) -> Result<Self> {
        let driver = match wish.driver.as_str() {
            "none" => Driver::None,
            "json-file" => Driver::JsonFile(JsonFile::open(&wish.path, &wish.options)?),
            "local" => Driver::Local(Local::open(&wish.path, &wish.options)?),
            "syslog" => Driver::Syslog(Syslog::open(id, wish)?),
            "journald" => Driver::Journald(Journald::open(id, wish)?),
            other => return Err(Failure::text("log", other, "no such logging driver")),
        };
        Ok(Self { driver, lines: [Lines::new(), Lines::new()], failing: false })
    }

    pub fn write(&mut self, stream: Stream, bytes: &[u8]) {
        if matches!(self.driver, Driver::None) {
            return;
        }
        let (now, driver) = (Moment::now(), &mut self.driver);
        if let Driver::JsonFile(file) = driver {
            file.at(now);
        }
        self.lines[stream.index()].split(bytes, now, |record| driver.add(stream, record));
        let written = self.driver.flush();
        self.tell(written);
    }

    /// Ends of lines that never came.
    pub fn close(&mut self) {
        for stream in Stream::BOTH {
            let (now, driver) = (Moment::now(), &mut self.driver);
            if let Driver::JsonFile(file) = driver {
                file.at(now);
            }
            self.lines[stream.index()].finish(now, |record| driver.add(stream, record));
            let written = self.driver.flush();
            self.tell(written);
        }
        self.driver = Driver::None;
    }

    /// One line when it begins to fail and one when it no longer does.
    fn tell(&mut self, written: Result<()>) {
        match (written, self.failing) {
            (Err(failure), false) => crate::note(&format_args!("log: {failure}; output is lost")),
            (Ok(()), true) => crate::note(&"log: written again"),
            (Err(_), true) => return,
            (Ok(()), false) => return,
        }
        self.failing = !self.failing;
    }
}

/// How a record's origin is called: `tag`, else the first 12 digits of the id.
fn tag<'a>(id: &'a str, wish: &'a ShimLog) -> &'a str {
    wish.tag.as_deref().unwrap_or_else(|| short_id(id))
}

fn short_id(id: &str) -> &str {
    id.get(..12).unwrap_or(id)
}
