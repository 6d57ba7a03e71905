//! A layer's tar once more, compressed: what a push uploads.

use crate::digest::Digest;
use crate::error::Result;
use crate::split::write_tar;
use flate2::Compression;
use flate2::write::GzEncoder;
use rustix::fd::OwnedFd;
use sha2::{Digest as _, Sha256};
use std::fs::File;
use std::io::{self, BufWriter, Write};

const BUFFER: usize = 256 << 10;

/// Writes the layer as gzip to `file`; → digest and size of that. The tar is verified against `diff_id`.
pub fn pack_layer(
    split: &File,
    root: &OwnedFd,
    diff_id: Digest,
    file: &File,
) -> Result<(Digest, u64)> {
    let out =
        Hashing { out: BufWriter::with_capacity(BUFFER, file), hasher: Sha256::new(), size: 0 };
    let mut encoder = GzEncoder::new(out, Compression::default());
    write_tar(split, root, diff_id, &mut encoder)
        .map_err(|error| error.within(&format!("layer {diff_id}")))?;
    let mut out = encoder.finish()?;
    out.out.flush()?;
    Ok((out.hasher.into(), out.size))
}

struct Hashing<W> {
    out: W,
    hasher: Sha256,
    size: u64,
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.out.write(bytes)?;
        self.hasher.update(&bytes[..count]);
        self.size += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
