//! Writes an image archive: texts, and layers as their tars were.

use crate::copy::headers;
use crate::digest::Digest;
use crate::error::{Error, Result};
use crate::split::{tar_size, write_tar};
use crate::tar::{Entry, Kind, Time};
use rustix::fd::OwnedFd;
use std::fs::File;
use std::io::{Seek as _, Write};

pub enum Member {
    Directory,
    Text(String),
    Layer {
        /// tar-split.json.gz.
        split: File,
        /// The layer's files.
        root: OwnedFd,
        diff_id: Digest,
    },
}

const BLOCK: u64 = 512;

/// Adds a member; `mtime` in seconds since 1970.
pub fn write_member(out: &mut impl Write, name: &str, mtime: i64, member: Member) -> Result<()> {
    let size = match &member {
        Member::Directory => 0,
        Member::Text(text) => text.len() as u64,
        Member::Layer { split, .. } => tar_size(split)?,
    };
    out.write_all(&headers(&entry(name, mtime, &member, size)))?;
    match member {
        Member::Directory => {}
        Member::Text(text) => out.write_all(text.as_bytes())?,
        Member::Layer { mut split, root, diff_id } => {
            split.rewind()?;
            write_tar(&split, &root, diff_id, out)
                .map_err(|error| error.within(&format!("layer {diff_id}")))?;
        }
    }
    let padding = usize::try_from(size.wrapping_neg() % BLOCK).unwrap_or(0);
    Ok(out.write_all(&[0; BLOCK as usize][..padding])?)
}

/// The end of the archive.
pub fn write_end(out: &mut impl Write) -> Result<()> {
    out.write_all(&[0; 2 * BLOCK as usize])?;
    out.flush().map_err(Error::from)
}

fn entry(name: &str, mtime: i64, member: &Member, size: u64) -> Entry {
    let (kind, mode) = match member {
        Member::Directory => (Kind::Directory, 0o755),
        _ => (Kind::File, 0o644),
    };
    Entry {
        path: name.as_bytes().to_vec(),
        link: Vec::new(),
        kind,
        mode,
        uid: 0,
        gid: 0,
        size,
        mtime: Time { seconds: mtime, nanoseconds: 0 },
        atime: None,
        major: 0,
        minor: 0,
        xattrs: Vec::new(),
    }
}
