//! The container's log. A driver gets records; what it cannot write is told once and dropped: a full
//! disk must not stop the container.

mod escape;
pub mod gzip;
mod json_file;
mod lines;
mod local;
mod rotating_file;
mod size;

use crate::failure::{Failure, Result};
use crate::moment::Moment;
use crate::stream::Stream;
use json_file::JsonFile;
use lines::Lines;
use local::Local;
use rundlet_plan::ShimLog;

enum Driver {
    None,
    JsonFile(JsonFile),
    Local(Local),
}

pub struct Log {
    driver: Driver,
    lines: [Lines; 2],
    /// The last batch could not be written.
    failing: bool,
}

impl Log {
    pub fn open(wish: &ShimLog) -> Result<Self> {
        let driver = match wish.driver.as_str() {
            "none" => Driver::None,
            "json-file" => Driver::JsonFile(JsonFile::open(&wish.path, &wish.options)?),
            "local" => Driver::Local(Local::open(&wish.path, &wish.options)?),
            other => return Err(Failure::text("log", other, "no such logging driver")),
        };
        Ok(Self { driver, lines: [Lines::new(), Lines::new()], failing: false })
    }

    pub fn write(&mut self, stream: Stream, bytes: &[u8]) {
        let now = Moment::now();
        let lines = &mut self.lines[stream.index()];
        let written = match &mut self.driver {
            Driver::None => return,
            Driver::JsonFile(file) => {
                file.at(now);
                lines.split(bytes, now, |record| file.add(stream, record));
                file.flush()
            }
            Driver::Local(file) => {
                lines.split(bytes, now, |record| file.add(stream, record));
                file.flush()
            }
        };
        self.tell(written);
    }

    /// Ends of lines that never came.
    pub fn close(&mut self) {
        for stream in Stream::BOTH {
            let now = Moment::now();
            let lines = &mut self.lines[stream.index()];
            let written = match &mut self.driver {
                Driver::None => return,
                Driver::JsonFile(file) => {
                    file.at(now);
                    lines.finish(now, |record| file.add(stream, record));
                    file.flush()
                }
                Driver::Local(file) => {
                    lines.finish(now, |record| file.add(stream, record));
                    file.flush()
                }
            };
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
