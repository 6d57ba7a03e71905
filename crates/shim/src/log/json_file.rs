//! The json-file driver: `{"log":"text\n","stream":"stdout","time":"…"}`, one object a line.

use super::escape::escape;
use super::lines::Record;
use super::rotating_file::{Batch, RotatingFile, Rotation};
use crate::failure::Result;
use crate::moment::Moment;
use crate::stream::Stream;
use std::collections::BTreeMap;

pub struct JsonFile {
    file: RotatingFile,
    /// Records of this batch.
    batch: Batch,
    /// `Z"}` and what is before it, of this batch's moment.
    now: (Moment, String),
}

impl JsonFile {
    pub fn open(path: &str, options: &BTreeMap<String, String>) -> Result<Self> {
        let rotation =
            Rotation::from_options(options, Rotation { most: None, files: 1, compress: false })?;
        let now = Moment::now();
        Ok(Self {
            file: RotatingFile::open(path, rotation)?,
            batch: Batch::default(),
            now: (now, now.rfc3339()),
        })
    }

    /// The moment of what is added next: one for all that came with one read.
    pub fn at(&mut self, now: Moment) {
        self.now = (now, now.rfc3339());
    }

    pub fn add(&mut self, stream: Stream, record: &Record<'_>) {
        let out = &mut self.batch.bytes;
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
        self.batch.end_record();
    }

    pub fn flush(&mut self) -> Result<()> {
        let written = self.file.write(&self.batch);
        self.batch.clear();
        written
    }
}
