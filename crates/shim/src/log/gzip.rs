//! Compressing a rotated log: `rundlet-shim WORD FILE`.

use crate::failure::{At, Result};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::fs::{File, OpenOptions, remove_file, rename};
use std::io::copy;
use std::os::unix::fs::OpenOptionsExt;

pub const WORD: &str = "gzip";

/// `FILE` becomes `FILE.gz`; a reader finds one of the two at any time.
pub fn gzip(path: &str) -> Result<()> {
    let temporary = format!("{path}.gz.new");
    let made = compress(path, &temporary);
    if made.is_err() {
        let _ = remove_file(&temporary);
        return made;
    }
    rename(&temporary, format!("{path}.gz")).at("rename", &temporary)?;
    remove_file(path).at("unlink", path)
}

fn compress(from: &str, to: &str) -> Result<()> {
    let mut source = File::open(from).at("open", from)?;
    let target = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o640)
        .open(to)
        .at("open", to)?;
    let mut encoder = GzEncoder::new(target, Compression::fast());
    copy(&mut source, &mut encoder).at("write", to)?;
    encoder.finish().at("write", to).map(drop)
}
