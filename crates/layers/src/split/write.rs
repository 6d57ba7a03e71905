//! Writes tar-split.json.gz while a layer is unpacked.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::{self, Write};

pub struct SplitWriter<W: Write> {
    out: GzEncoder<W>,
    position: u64,
    /// The line that is made.
    line: String,
}

impl<W: Write> SplitWriter<W> {
    pub fn new(out: W) -> Self {
        // The lowest level that compresses: headers are mostly zeros.
        Self { out: GzEncoder::new(out, Compression::fast()), position: 0, line: String::new() }
    }

    /// Headers, padding, and what follows the archive's end.
    pub fn raw(&mut self, bytes: &[u8]) -> io::Result<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        self.line.push_str("{\"type\":2,\"payload\":\"");
        STANDARD.encode_string(bytes, &mut self.line);
        self.line.push('"');
        self.end()
    }

    /// An entry: `crc` of the content of a file that has any.
    pub fn entry(&mut self, path: &[u8], size: u64, crc: Option<u64>) -> io::Result<()> {
        self.line.push_str("{\"type\":1,");
        match std::str::from_utf8(path) {
            Ok(name) => {
                self.line.push_str("\"name\":");
                self.line.push_str(&serde_json::to_string(name)?);
            }
            Err(_) => {
                self.line.push_str("\"name_raw\":\"");
                STANDARD.encode_string(path, &mut self.line);
                self.line.push('"');
            }
        }
        if size > 0 {
            self.line.push_str(",\"size\":");
            self.line.push_str(&size.to_string());
        }
        self.line.push_str(",\"payload\":");
        match crc {
            Some(crc) => {
                self.line.push('"');
                STANDARD.encode_string(crc.to_be_bytes(), &mut self.line);
                self.line.push('"');
            }
            None => self.line.push_str("null"),
        }
        self.end()
    }

    pub fn finish(self) -> io::Result<W> {
        self.out.finish()
    }

    fn end(&mut self) -> io::Result<()> {
        self.line.push_str(",\"position\":");
        self.line.push_str(&self.position.to_string());
        self.line.push_str("}\n");
        self.position += 1;
        self.out.write_all(self.line.as_bytes())?;
        self.line.clear();
        Ok(())
    }
}
