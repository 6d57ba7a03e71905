//! The json-file driver: `{"log":"text\n","stream":"stdout","time":"…"}`, one object a line.

use super::escape::escape;
use super::lines::Record;
use super::rotating_file::{RotatingFile, Rotation};
use crate::failure::Result;
use crate::moment::Moment;
use crate::stream::Stream;
use std::collections::BTreeMap;

/// Kept between two batches; one with many escapes takes more for its moment.
const KEPT: usize = 256 << 10;

pub struct JsonFile {
    file: RotatingFile,
    /// Records of this batch.
    batch: Vec<u8>,
    /// `Z"}` and what is before it, of this batch's moment.
    now: (Moment, String),
}

impl JsonFile {
    pub fn open(path: &str, options: &BTreeMap<String, String>) -> Result<Self> {
        let rotation = Rotation::from_options(options, Rotation { most: None, files: 1 })?;
        let now = Moment::now();
        Ok(Self {
            file: RotatingFile::open(path, rotation)?,
            batch: Vec::new(),
            now: (now, now.rfc3339()),
        })
    }

    /// The moment of what is added next: one for all that came with one read.
    pub fn at(&mut self, now: Moment) {
        self.now = (now, now.rfc3339());
    }

    pub fn add(&mut self, stream: Stream, record: &Record<'_>) {
        let out = &mut self.batch;
        out.extend_from_slice(b"{\"log\":\"");
        escape(record.line, out);
        if record.ended {
            out.extend_from_slice(b"\\n");
        }
        out.extend_from_slice(b"\",\"stream\":\"");
        out.extend_from_slice(stream.name().as_bytes());
        out.extend_from_slice(b"\",\"time\":\"");
        match record.time == self.now.0 {
            true => out.extend_from_slice(self.now.1.as_bytes()),
            false => out.extend_from_slice(record.time.rfc3339().as_bytes()),
        }
        out.extend_from_slice(b"\"}\n");
    }

    pub fn flush(&mut self) -> Result<()> {
        let written = self.file.write_lines(&self.batch);
        self.batch.clear();
        self.batch.shrink_to(KEPT);
        written
    }
}
