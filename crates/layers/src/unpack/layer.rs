//! The way of one layer's bytes.

use super::path::clean;
use super::writer::Writer;
use crate::decompress::Decoder;
use crate::digest::{Digest, Hashed};
use crate::error::{Error, Result};
use crate::split::SplitWriter;
use crate::tar::{Entry, TarStream};
use crc_fast::CrcAlgorithm;
use rustix::fd::OwnedFd;
use std::collections::HashSet;
use std::fs::File;
use std::hash::{BuildHasher as _, RandomState};
use std::io::{BufWriter, Read, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};

/// What an archive may cost at most.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Of a layer's tar.
    pub bytes: u64,
    pub entries: u64,
}

pub struct LayerJob {
    /// For messages.
    pub name: String,
    pub source: Box<dyn Read + Send>,
    /// Bytes of the source: the largest layer is begun first.
    pub weight: u64,
    /// Of the source as it is, if that is known.
    pub digest: Option<Digest>,
    /// Of the tar; any, if it is not known.
    pub diff_id: Option<Digest>,
    /// The directory that gets the files.
    pub root: OwnedFd,
    /// The new file that gets tar-split.json.gz.
    pub split: OwnedFd,
}

#[derive(Debug, Clone, Copy)]
pub struct Unpacked {
    pub digest: Digest,
    pub diff_id: Digest,
    /// Bytes of files and of the targets of symlinks.
    pub size: u64,
    /// Bytes of the tar.
    pub tar_size: u64,
}

/// On a thread of its own, see `Writer::new`.
pub fn unpack_layer(job: LayerJob, limits: Limits, cancelled: &AtomicBool) -> Result<Unpacked> {
    let name = job.name.clone();
    unpack(job, limits, cancelled).map_err(|error| error.within(&format!("layer {name}")))
}

fn unpack(job: LayerJob, limits: Limits, cancelled: &AtomicBool) -> Result<Unpacked> {
    let compressed = Hashed::new(job.source, u64::MAX, "");
    let tar = Hashed::new(Decoder::new(compressed)?, limits.bytes, "more bytes than the limit of");
    let mut tar = TarStream::new(tar);
    let mut split = SplitWriter::new(BufWriter::with_capacity(64 << 10, File::from(job.split)));
    let mut writer = Writer::new(job.root);
    let mut seen = Seen::new(limits.entries);
    while let Some(entry) = tar.next()? {
        if cancelled.load(Ordering::Relaxed) {
            return Err(Error::refused("", "cancelled"));
        }
        seen.check(&entry)?;
        split.raw(tar.raw())?;
        tar.raw().clear();
        let crc = write_entry(&mut tar, &mut writer, &entry)?;
        split.entry(&entry.path, entry.size, crc)?;
    }
    split.raw(tar.raw())?;
    // Some writers pad archives to a multiple of more than two blocks: it is part of the digest.
    while let Some(piece) = tar.trailer()? {
        split.raw(piece)?;
    }
    let size = writer.finish()?;
    split.finish()?.flush()?;
    let (diff_id, tar_size, decoder) = tar.into_inner().finish()?;
    let (digest, ..) = decoder.into_inner().finish()?;
    check("digest", job.digest, digest)?;
    check("diffID", job.diff_id, diff_id)?;
    Ok(Unpacked { digest, diff_id, size, tar_size })
}

/// Makes the entry; → CRC of its content, if it has any.
fn write_entry<R: Read>(
    tar: &mut TarStream<R>,
    writer: &mut Writer,
    entry: &Entry,
) -> Result<Option<u64>> {
    let Some(file) = writer.make(entry)? else { return Ok(None) };
    let mut crc = None;
    while let Some(piece) = tar.content().map_err(|error| error.within(&entry.name()))? {
        crc.get_or_insert_with(|| crc_fast::Digest::new(CrcAlgorithm::Crc64GoIso)).update(piece);
        writer.write(&file, piece, entry)?;
    }
    writer.finish_file(&file, entry)?;
    Ok(crc.map(|crc| crc.finalize()))
}

fn check(what: &str, expected: Option<Digest>, got: Digest) -> Result<()> {
    match expected {
        Some(expected) if expected != got => {
            let reason = format!("wrong {what}: expected {expected}, got {got}");
            Err(Error::refused("", reason))
        }
        _ => Ok(()),
    }
}

/// Names that came: tar-split has room for each once.
struct Seen {
    limit: u64,
    hasher: RandomState,
    hashes: HashSet<u64>,
}

impl Seen {
    fn new(limit: u64) -> Self {
        Self { limit, hasher: RandomState::new(), hashes: HashSet::new() }
    }

    fn check(&mut self, entry: &Entry) -> Result<()> {
        if !self.hashes.insert(self.hasher.hash_one(clean(&entry.path)?)) {
            let reason = "duplicates of file paths not supported";
            return Err(Error::refused(entry.name(), reason));
        }
        if self.hashes.len() as u64 > self.limit {
            let reason = format!("more entries than the limit of {}", self.limit);
            return Err(Error::refused("", reason));
        }
        Ok(())
    }
}
