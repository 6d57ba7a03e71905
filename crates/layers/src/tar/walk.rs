//! Entry after entry.

use super::header::{self, BLOCK, Block, Header, Time, damaged, small};
use super::pax::Extended;
use super::window::{Window, cut};
use crate::error::{Error, Result};
use std::io::Read;

/// Longest name and target of a link.
const MAX_PATH: usize = 4096;
/// Longest extended header; xattrs have to fit in it.
const MAX_EXTENDED: u64 = 1 << 20;
/// Most bytes of headers for one entry.
const MAX_HEADERS: usize = 4 << 20;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    File,
    HardLink,
    Symlink,
    CharDevice,
    BlockDevice,
    Directory,
    Fifo,
}

/// One entry with what its extended headers say.
#[derive(Debug, Clone)]
pub struct Entry {
    /// As written.
    pub path: Vec<u8>,
    pub link: Vec<u8>,
    pub kind: Kind,
    pub mode: u32,
    pub uid: u32,
    pub gid: u32,
    /// Bytes of content; of files only.
    pub size: u64,
    pub mtime: Time,
    pub atime: Option<Time>,
    pub major: u32,
    pub minor: u32,
    pub xattrs: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Entry {
    /// For messages.
    pub fn name(&self) -> String {
        String::from_utf8_lossy(&self.path).into_owned()
    }
}

pub struct TarStream<R> {
    window: Window<R>,
    /// Headers and padding since they were last taken.
    raw: Vec<u8>,
    /// Content of the current entry that was not read yet, and the padding behind it.
    left: u64,
    padding: usize,
    /// Offset of what comes next.
    offset: u64,
    ended: bool,
}

impl<R: Read> TarStream<R> {
    pub fn new(inner: R) -> Self {
        let window = Window::new(inner);
        Self { window, raw: Vec::new(), left: 0, padding: 0, offset: 0, ended: false }
    }

    /// The next entry; the content of the one before is skipped. `None` at the archive's end.
    pub fn next(&mut self) -> Result<Option<Entry>> {
        while self.content()?.is_some() {}
        self.padding()?;
        let mut extended = Extended::default();
        let (mut long_path, mut long_link) = (None, None);
        loop {
            let Some(header) = self.header()? else { return Ok(None) };
            match header.typeflag {
                b'x' => extended.read(&self.extension(&header, MAX_EXTENDED)?)?,
                // Global records are of no use to layers; Docker reads over them.
                b'g' => drop(self.extension(&header, MAX_EXTENDED)?),
                b'L' => long_path = Some(self.long_name(&header)?),
                b'K' => long_link = Some(self.long_name(&header)?),
                _ => {
                    let path = extended.path.take().or(long_path).unwrap_or(header.path.clone());
                    let link = extended.link.take().or(long_link).unwrap_or(header.link.clone());
                    let name = String::from_utf8_lossy(&path).into_owned();
                    return self
                        .entry(path, link, &header, extended)
                        .map(Some)
                        .map_err(|error| error.within(&name));
                }
            }
        }
    }

    /// The next piece of the current entry's content.
    pub fn content(&mut self) -> Result<Option<&[u8]>> {
        if self.left == 0 {
            return Ok(None);
        }
        let some = self.window.at_least(1)?.len();
        if some == 0 {
            return Err(cut());
        }
        let piece = usize::try_from(self.left).unwrap_or(usize::MAX).min(some);
        self.left -= piece as u64;
        self.offset += piece as u64;
        Ok(Some(self.window.give(piece)))
    }

    /// Headers and padding since the last call, in place of which `raw` is emptied.
    pub fn raw(&mut self) -> &mut Vec<u8> {
        &mut self.raw
    }

    /// Where the content of the current entry begins, as long as none of it was read.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// After the last entry: the next piece of what follows the end of the archive, at most a buffer full.
    pub fn trailer(&mut self) -> Result<Option<&[u8]>> {
        let some = self.window.at_least(1)?.len();
        Ok((some > 0).then(|| self.window.give(some)))
    }

    pub fn into_inner(self) -> R {
        self.window.into_inner()
    }

    fn header(&mut self) -> Result<Option<Header>> {
        if self.ended {
            return Ok(None);
        }
        let Some(block) = self.block()? else {
            self.ended = true;
            return Ok(None);
        };
        if let Some(header) = header::parse(&block)? {
            return Ok(Some(header));
        }
        // One block of zeros ends nothing: there must be a second, or the file's end.
        match self.block()? {
            Some(second) if second.iter().any(|byte| *byte != 0) => {
                Err(damaged("a block of zeros in the archive"))
            }
            _ => {
                self.ended = true;
                Ok(None)
            }
        }
    }

    /// `None` at the end of the file.
    fn block(&mut self) -> Result<Option<Block>> {
        let some = self.window.at_least(BLOCK)?;
        let Some(block) = some.first_chunk::<BLOCK>().copied() else {
            return if some.is_empty() { Ok(None) } else { Err(cut()) };
        };
        self.window.consume(BLOCK);
        self.offset += BLOCK as u64;
        if self.raw.len() > MAX_HEADERS {
            return Err(damaged("headers without end"));
        }
        self.raw.extend_from_slice(&block);
        Ok(Some(block))
    }

    fn padding(&mut self) -> Result<()> {
        let padding = std::mem::take(&mut self.padding);
        self.offset += padding as u64;
        self.window.take(padding, &mut self.raw)
    }

    /// Content of an extended header, which is kept raw as well.
    fn extension(&mut self, header: &Header, max: u64) -> Result<Vec<u8>> {
        if header.size > max {
            return Err(damaged(&format!("extended header of {} bytes", header.size)));
        }
        let size = usize::try_from(header.size).unwrap_or(usize::MAX);
        let start = self.raw.len();
        let padded = size.next_multiple_of(BLOCK);
        self.offset += padded as u64;
        self.window.take(padded, &mut self.raw)?;
        Ok(self.raw[start..start + size].to_vec())
    }

    fn long_name(&mut self, header: &Header) -> Result<Vec<u8>> {
        let mut name = self.extension(header, MAX_PATH as u64 + 1)?;
        let end = name.iter().position(|byte| *byte == 0).unwrap_or(name.len());
        name.truncate(end);
        Ok(name)
    }

    fn entry(
        &mut self,
        path: Vec<u8>,
        link: Vec<u8>,
        header: &Header,
        extended: Extended,
    ) -> Result<Entry> {
        let kind = kind(header.typeflag, &path)?;
        if extended.sparse || header.typeflag == b'S' {
            return Err(Error::refused("", "sparse files in a layer are not supported"));
        }
        if path.len() > MAX_PATH || link.len() > MAX_PATH {
            return Err(Error::refused("", "name too long"));
        }
        let size = extended.size.unwrap_or(header.size);
        if kind == Kind::File {
            self.left = size;
            self.padding = usize::try_from(size.wrapping_neg() % BLOCK as u64).unwrap_or(0);
        }
        Ok(Entry {
            path,
            link,
            kind,
            mode: header.mode,
            uid: small(extended.uid.unwrap_or(header.uid), "uid")?,
            gid: small(extended.gid.unwrap_or(header.gid), "gid")?,
            size: self.left,
            mtime: extended.mtime.unwrap_or(header.mtime),
            atime: extended.atime,
            major: header.major,
            minor: header.minor,
            xattrs: extended.xattrs,
        })
    }
}

fn kind(typeflag: u8, path: &[u8]) -> Result<Kind> {
    Ok(match typeflag {
        0 if path.ends_with(b"/") => Kind::Directory,
        0 | b'0' => Kind::File,
        b'1' => Kind::HardLink,
        b'2' => Kind::Symlink,
        b'3' => Kind::CharDevice,
        b'4' => Kind::BlockDevice,
        b'5' => Kind::Directory,
        b'6' => Kind::Fifo,
        // Told apart by `entry`.
        b'S' => Kind::File,
        other => {
            let flag = char::from(other).escape_default();
            return Err(damaged(&format!("unknown type '{flag}'")));
        }
    })
}

impl TarStream<crate::slice::Slice> {
    /// Steps over the current entry's content without reading it.
    pub fn skip_content(&mut self) -> Result<()> {
        let left = std::mem::take(&mut self.left);
        self.offset += left;
        let buffered = left.min(self.window.buffered() as u64);
        self.window.consume(usize::try_from(buffered).unwrap_or(0));
        if self.window.inner().advance(left - buffered) { Ok(()) } else { Err(cut()) }
    }
}
