//! The files of a log: the one that is written, and those that were rotated away, `.1` the latest, with
//! `.gz` where they are compressed.

use super::entry::Decoded;
use super::printer::{More, Printer};
use super::{json_file, local};
use crate::failure::{At, Failure, Result};
use rundlet_layers::Decoder;
use rustix::io::Errno;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::fs::{FileExt, MetadataExt};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    JsonFile,
    Local,
}

impl Format {
    fn decode(self, bytes: &[u8]) -> Decoded<'_> {
        match self {
            Self::JsonFile => json_file::decode(bytes),
            Self::Local => local::decode(bytes),
        }
    }

    fn tail(self, bytes: &[u8], count: usize) -> (usize, usize) {
        match self {
            Self::JsonFile => json_file::tail(bytes, count),
            Self::Local => local::tail(bytes, count),
        }
    }
}

enum Source {
    File(File),
    /// A rotated file that was compressed, unpacked.
    Bytes(Vec<u8>),
}

/// A file of the log that is read from some place on.
pub struct LogFile {
    format: Format,
    source: Source,
    /// 0 of a compressed one.
    pub inode: u64,
    /// Read and not yet a whole record.
    pending: Vec<u8>,
}

impl LogFile {
    /// None: there is no such file.
    pub fn open(path: &str, format: Format) -> Result<Option<Self>> {
        match File::open(path) {
            Ok(file) => {
                let inode = file.metadata().at("fstat", path)?.ino();
                let source = Source::File(file);
                Ok(Some(Self { format, source, inode, pending: Vec::new() }))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).at("open", path),
        }
    }

    fn open_compressed(path: &str, format: Format) -> Result<Option<Self>> {
        let Some(Self { source: Source::File(file), .. }) = Self::open(path, format)? else {
            return Ok(None);
        };
        let unpack = || -> std::result::Result<Vec<u8>, String> {
            let mut decoder = Decoder::new(file).map_err(|error| error.to_string())?;
            let mut bytes = Vec::new();
            decoder.read_to_end(&mut bytes).map_err(|error| error.to_string())?;
            Ok(bytes)
        };
        let bytes = unpack().map_err(|reason| Failure::text(path, reason))?;
        Ok(Some(Self { format, source: Source::Bytes(bytes), inode: 0, pending: Vec::new() }))
    }

    /// Goes to the last `count` records; answers how many there are.
    fn seek_tail(&mut self, count: usize, path: &str) -> Result<usize> {
        let format = self.format;
        match &mut self.source {
            Source::Bytes(bytes) => {
                let (start, found) = format.tail(bytes, count);
                bytes.drain(..start);
                Ok(found)
            }
            Source::File(file) => {
                let size = file.metadata().at("fstat", path)?.len();
                let mut length = size.min(256 << 10);
                loop {
                    let mut bytes = vec![0; usize::try_from(length).unwrap_or(0)];
                    file.read_exact_at(&mut bytes, size - length).at("read", path)?;
                    let (start, found) = format.tail(&bytes, count);
                    if length == size || (found == count && start > 0) {
                        let place = SeekFrom::Start(size - length + start as u64);
                        file.seek(place).at("lseek", path)?;
                        return Ok(found);
                    }
                    length = size.min(length * 4);
                }
            }
        }
    }

    /// Prints all records that are there now.
    pub fn print(&mut self, printer: &mut Printer) -> Result<More> {
        let mut chunk = vec![0; 64 << 10];
        loop {
            let length = match &mut self.source {
                Source::Bytes(bytes) => {
                    self.pending.append(bytes);
                    self.pending.len()
                }
                Source::File(file) => {
                    let length = match file.read(&mut chunk) {
                        Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                        other => other.at("read", "log")?,
                    };
                    self.pending.extend_from_slice(&chunk[..length]);
                    length
                }
            };
            let mut place = 0;
            while let Decoded::Record(length, entry) = self.format.decode(&self.pending[place..]) {
                place += length;
                if let Some(entry) = entry
                    && printer.add(&entry)? == More::No
                {
                    printer.flush()?;
                    return Ok(More::No);
                }
            }
            self.pending.drain(..place);
            if length == 0 || matches!(self.source, Source::Bytes(_)) {
                return printer.flush();
            }
        }
    }

    /// It was emptied: what is in it now is all new.
    pub fn begin_again_if_emptied(&mut self) -> Result<()> {
        if let Source::File(file) = &mut self.source {
            let size = file.metadata().at("fstat", "log")?.len();
            if file.stream_position().at("lseek", "log")? > size {
                file.rewind().at("lseek", "log")?;
                self.pending.clear();
            }
        }
        Ok(())
    }
}

fn rotated(path: &str, number: u32) -> String {
    if number == 0 { path.to_owned() } else { format!("{path}.{number}") }
}

/// All files, the oldest first; with `tail` only those, and only from where, its records are in.
pub fn open_all(path: &str, format: Format, tail: Option<usize>) -> Result<Vec<LogFile>> {
    let mut files: Vec<LogFile> = Vec::new();
    let mut wanted = tail;
    for number in 0.. {
        if number > 0 && wanted == Some(0) {
            break;
        }
        let name = rotated(path, number);
        let mut found = LogFile::open(&name, format)?;
        if found.is_none() && number > 0 {
            found = LogFile::open_compressed(&format!("{name}.gz"), format)?;
        }
        let Some(mut file) = found else { break };
        // Rotated while we looked: it is there already.
        if file.inode != 0 && files.iter().any(|known| known.inode == file.inode) {
            continue;
        }
        if let Some(count) = wanted {
            wanted = Some(count - file.seek_tail(count, &name)?);
        }
        files.push(file);
    }
    files.reverse();
    Ok(files)
}

/// The file that follows one which is not written any more; None while it still is.
pub fn next(path: &str, file: &LogFile) -> Result<Option<LogFile>> {
    let inode_of = |number| match rustix::fs::stat(rotated(path, number)) {
        Ok(stat) => Ok(Some(stat.st_ino)),
        Err(Errno::NOENT) => Ok(None),
        Err(errno) => Err(errno).at("stat", path),
    };
    loop {
        // In the middle of a rotation, which we will be told of.
        let Some(current) = inode_of(0)? else { return Ok(None) };
        if current == file.inode {
            return Ok(None);
        }
        let mut number = 1;
        let place = loop {
            match inode_of(number)? {
                Some(inode) if inode == file.inode => break Some(number),
                Some(_) => number += 1,
                None => break None,
            }
        };
        // Removed or compressed: then the current one is all that is certain.
        let follower = LogFile::open(&rotated(path, place.map_or(0, |at| at - 1)), file.format)?;
        let stays = match place {
            Some(number) => inode_of(number)? == Some(file.inode),
            None => true,
        };
        if stays && follower.is_some() {
            return Ok(follower);
        }
    }
}
