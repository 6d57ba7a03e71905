//! Makes a layer's tar again from tar-split.json.gz and the unpacked files.

use crate::digest::Digest;
use crate::error::{At, Error, Result};
use crate::unpack::{clean, open_in_root};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use crc_fast::CrcAlgorithm;
use flate2::bufread::MultiGzDecoder;
use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::{FileType, OFlags, fstat};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};

/// A line holds a segment of at most a window, or one entry's headers.
const MAX_LINE: u64 = 16 << 20;
const BUFFER: usize = 256 << 10;

#[derive(Deserialize)]
struct Line {
    r#type: u8,
    name: Option<String>,
    name_raw: Option<String>,
    #[serde(default)]
    size: u64,
    payload: Option<String>,
}

enum Part {
    Raw(Vec<u8>),
    File { name: Vec<u8>, size: u64, crc: Option<u64> },
}

/// Bytes of the tar.
pub fn tar_size(split: &File) -> Result<u64> {
    let mut size = 0_u64;
    each(split, |part| {
        let more = match part {
            Part::Raw(bytes) => bytes.len() as u64,
            Part::File { size, .. } => size,
        };
        size = size.checked_add(more).ok_or_else(|| damaged("size"))?;
        Ok(())
    })?;
    Ok(size)
}

/// Writes the tar, whose digest is verified against `diff_id` when all is written.
pub fn write_tar(
    split: &File,
    root: &OwnedFd,
    diff_id: Digest,
    out: &mut impl Write,
) -> Result<()> {
    let mut out = Hashing { out, hasher: Sha256::new() };
    let mut buffer = vec![0; BUFFER].into_boxed_slice();
    each(split, |part| match part {
        Part::Raw(bytes) => Ok(out.write_all(&bytes)?),
        Part::File { size: 0, .. } => Ok(()),
        Part::File { name, size, crc } => {
            let crc = crc.ok_or_else(|| damaged("checksum"))?;
            copy_file(root, &name, size, crc, &mut out, &mut buffer)
        }
    })?;
    let got = Digest::from(out.hasher);
    if got == diff_id {
        return Ok(());
    }
    Err(Error::refused("", format!("wrong diffID: expected {diff_id}, got {got}")))
}

fn copy_file(
    root: &OwnedFd,
    name: &[u8],
    size: u64,
    crc: u64,
    out: &mut impl Write,
    buffer: &mut [u8],
) -> Result<()> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY;
    let file = open_in_root(root.as_fd(), &clean(name)?, flags).at("open", name)?;
    let changed = || Error::refused(String::from_utf8_lossy(name), "changed since it was unpacked");
    let stat = fstat(&file).at("fstat", name)?;
    if !FileType::from_raw_mode(stat.st_mode).is_file() {
        return Err(changed());
    }
    let mut file = File::from(file);
    let mut check = crc_fast::Digest::new(CrcAlgorithm::Crc64GoIso);
    let mut left = size;
    while left > 0 {
        let want = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        let count = file.read(&mut buffer[..want])?;
        if count == 0 {
            return Err(changed());
        }
        check.update(&buffer[..count]);
        out.write_all(&buffer[..count])?;
        left -= count as u64;
    }
    if check.finalize() == crc { Ok(()) } else { Err(changed()) }
}

fn each(split: &File, mut use_part: impl FnMut(Part) -> Result<()>) -> Result<()> {
    let mut lines = BufReader::new(MultiGzDecoder::new(BufReader::new(split)));
    let mut text = Vec::new();
    loop {
        text.clear();
        if (&mut lines).take(MAX_LINE).read_until(b'\n', &mut text)? == 0 {
            return Ok(());
        }
        let line: Line = serde_json::from_slice(&text).map_err(|_| damaged("line"))?;
        use_part(part(line)?)?;
    }
}

fn part(line: Line) -> Result<Part> {
    let decode = |text: &str| STANDARD.decode(text).map_err(|_| damaged("base64"));
    match line.r#type {
        2 => Ok(Part::Raw(decode(&line.payload.unwrap_or_default())?)),
        1 => {
            let name = match (line.name, line.name_raw) {
                (Some(name), _) => name.into_bytes(),
                (None, Some(raw)) => decode(&raw)?,
                (None, None) => return Err(damaged("entry without a name")),
            };
            let crc = match line.payload {
                Some(text) => {
                    let bytes = decode(&text)?;
                    Some(u64::from_be_bytes(bytes.try_into().map_err(|_| damaged("checksum"))?))
                }
                None => None,
            };
            Ok(Part::File { name, size: line.size, crc })
        }
        other => Err(damaged(&format!("type {other}"))),
    }
}

fn damaged(what: &str) -> Error {
    Error::refused("tar-split.json.gz", format!("damaged: {what}"))
}

struct Hashing<'a, W> {
    out: &'a mut W,
    hasher: Sha256,
}

impl<W: Write> Write for Hashing<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let count = self.out.write(bytes)?;
        self.hasher.update(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.out.flush()
    }
}
