//! The local driver: protobuf messages (`LogEntry` of moby's api/types/plugins/logdriver), each between
//! two copies of its length.

use super::lines::{Partial, Record};
use super::rotating_file::{Batch, RotatingFile, Rotation};
use crate::failure::{At, Result};
use crate::stream::Stream;
use std::collections::BTreeMap;
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;

/// dockerd's own: five files of 20 MB, compressed.
const DEFAULT: Rotation = Rotation { most: Some(20_000_000), files: 5, compress: true };

pub struct Local {
    file: RotatingFile,
    batch: Batch,
}

impl Local {
    pub fn open(path: &str, options: &BTreeMap<String, String>) -> Result<Self> {
        if let Some((directory, _)) = path.rsplit_once('/') {
            DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(directory)
                .at("mkdir", directory)?;
        }
        let rotation = Rotation::from_options(options, DEFAULT)?;
        Ok(Self { file: RotatingFile::open(path, rotation)?, batch: Batch::default() })
    }

    pub fn add(&mut self, stream: Stream, record: &Record<'_>) {
        let out = &mut self.batch.bytes;
        let start = out.len();
        out.extend_from_slice(&[0; 4]);
        bytes_field(1, stream.name().as_bytes(), out);
        number_field(2, record.time.nanoseconds_since_1970().cast_unsigned(), out);
        bytes_field(3, record.line, out);
        if let Some(partial) = record.partial {
            number_field(4, 1, out);
            bytes_field(5, &details(partial), out);
        }
        let length = u32::try_from(out.len() - start - 4).unwrap_or(0).to_be_bytes();
        out[start..start + 4].copy_from_slice(&length);
        out.extend_from_slice(&length);
        self.batch.end_record();
    }

    pub fn flush(&mut self) -> Result<()> {
        let written = self.file.write(&self.batch);
        self.batch.clear();
        written
    }
}

/// Which part of a line it is.
fn details(partial: Partial) -> Vec<u8> {
    let mut out = Vec::new();
    if partial.last {
        number_field(1, 1, &mut out);
    }
    bytes_field(2, format!("{:x}", partial.id).as_bytes(), &mut out);
    number_field(3, u64::from(partial.ordinal.cast_unsigned()), &mut out);
    out
}

fn number_field(number: u8, value: u64, out: &mut Vec<u8>) {
    out.push(number << 3);
    varint(value, out);
}

fn bytes_field(number: u8, bytes: &[u8], out: &mut Vec<u8>) {
    out.push(number << 3 | 2);
    varint(bytes.len() as u64, out);
    out.extend_from_slice(bytes);
}

fn varint(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}
