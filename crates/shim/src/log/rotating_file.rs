//! A log file of whole records that is rotated by its size: `log`, `log.1`, `log.2`, the highest the oldest.

use super::size::parse_size;
use crate::failure::{At, Failure, Result};
use rustix::fd::OwnedFd;
use rustix::fs::{Mode, OFlags, fstat, ftruncate, open, rename, unlink};
use rustix::io::Errno;
use std::collections::BTreeMap;
use std::process::{Child, Command, Stdio};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rotation {
    /// A file of this size gets nothing more.
    pub most: Option<u64>,
    /// How many there may be, the current one included.
    pub files: u32,
    /// All but the current one, by gzip.
    pub compress: bool,
}

impl Rotation {
    /// `max-size`, `max-file` and `compress`.
    pub fn from_options(options: &BTreeMap<String, String>, default: Self) -> Result<Self> {
        let most = match options.get("max-size").map(String::as_str) {
            Some("-1") => None,
            Some(text) => Some(parse_size("max-size", text)?),
            None => default.most,
        };
        let files = match options.get("max-file") {
            Some(text) => text.parse().ok().filter(|count| *count > 0).ok_or_else(|| {
                let reason = format!("not a number of files: '{text}'");
                Failure::text("log option", "max-file", reason)
            })?,
            None => default.files,
        };
        let compress = match options.get("compress").map(String::as_str) {
            Some("true" | "1" | "t" | "T" | "TRUE" | "True") => true,
            Some("false" | "0" | "f" | "F" | "FALSE" | "False") => false,
            Some(text) => {
                return Err(Failure::text(
                    "log option",
                    "compress",
                    format!("not a boolean: '{text}'"),
                ));
            }
            None => default.compress,
        };
        Ok(Self { most, files, compress })
    }
}

/// Whole records, one after the other.
#[derive(Default)]
pub struct Batch {
    pub bytes: Vec<u8>,
    /// Where each record ends.
    pub ends: Vec<usize>,
}

impl Batch {
    /// Kept between two batches; one with many escapes takes more for its moment.
    const KEPT: usize = 256 << 10;

    /// What was added to the bytes since the last one is a record.
    pub fn end_record(&mut self) {
        self.ends.push(self.bytes.len());
    }

    pub fn clear(&mut self) {
        self.bytes.clear();
        self.bytes.shrink_to(Self::KEPT);
        self.ends.clear();
        self.ends.shrink_to(4096);
    }
}

pub struct RotatingFile {
    path: String,
    fd: OwnedFd,
    size: u64,
    rotation: Rotation,
    /// The program that compresses the latest of the rotated files.
    compressing: Option<Child>,
}

impl RotatingFile {
    pub fn open(path: &str, rotation: Rotation) -> Result<Self> {
        let fd = open_log(path)?;
        let size = fstat(&fd).at("fstat", path)?.st_size as u64;
        Ok(Self { path: path.to_owned(), fd, size, rotation, compressing: None })
    }

    /// Of a batch that the disk has no room for, whole records are written and the rest is lost.
    pub fn write(&mut self, batch: &Batch) -> Result<()> {
        let (mut start, mut record) = (0, 0);
        while record < batch.ends.len() {
            if self.rotation.most.is_some_and(|most| self.size >= most) {
                self.rotate()?;
            }
            let until = record + self.fitting(start, &batch.ends[record..]);
            let end = batch.ends[until - 1];
            self.write_some(&batch.bytes[start..end], start, &batch.ends[record..until])?;
            (start, record) = (end, until);
        }
        Ok(())
    }

    /// How many records, of which the last fills the file.
    fn fitting(&self, start: usize, ends: &[usize]) -> usize {
        let Some(most) = self.rotation.most else { return ends.len() };
        let room = usize::try_from(most.saturating_sub(self.size)).unwrap_or(usize::MAX);
        (ends.partition_point(|end| end - start < room) + 1).min(ends.len())
    }

    fn write_some(&mut self, bytes: &[u8], start: usize, ends: &[usize]) -> Result<()> {
        let mut written = 0;
        let failed = loop {
            match rustix::io::write(&self.fd, &bytes[written..]) {
                Ok(length) => {
                    written += length;
                    if written == bytes.len() {
                        self.size += bytes.len() as u64;
                        return Ok(());
                    }
                }
                Err(Errno::INTR) => {}
                Err(errno) => break errno,
            }
        };
        // No torn record: the next one would be read as its end.
        let whole = ends.iter().rev().map(|end| end - start).find(|end| *end <= written);
        let whole = whole.unwrap_or(0);
        self.size += whole as u64;
        if whole < written {
            let _ = ftruncate(&self.fd, self.size);
        }
        Err(failed).at("write", &self.path)
    }

    fn rotate(&mut self) -> Result<()> {
        if let Some(mut compressing) = self.compressing.take() {
            // Its file is about to get another name. The loop may have reaped it: that is an end too.
            let _ = compressing.wait();
        }
        if self.rotation.files > 1 {
            // Whichever of the two it is, and the other is not to outlive it.
            for ending in ["", ".gz"] {
                let _ = unlink(format!("{}.{}{ending}", self.path, self.rotation.files - 1));
            }
        }
        for number in (1..self.rotation.files).rev() {
            for ending in ["", ".gz"] {
                let from = match number {
                    1 => format!("{}{ending}", self.path),
                    _ => format!("{}.{}{ending}", self.path, number - 1),
                };
                match rename(&from, format!("{}.{number}{ending}", self.path)) {
                    Ok(()) | Err(Errno::NOENT) => {}
                    Err(errno) => return Err(errno).at("rename", &from),
                }
            }
        }
        // One file alone is made anew, so that who reads the old one can finish it.
        if self.rotation.files == 1 {
            match unlink(&self.path) {
                Ok(()) | Err(Errno::NOENT) => {}
                Err(errno) => return Err(errno).at("unlink", &self.path),
            }
        }
        self.fd = open_log(&self.path)?;
        self.size = 0;
        if self.rotation.compress && self.rotation.files > 1 {
            self.compressing = compress(&format!("{}.1", self.path));
        }
        Ok(())
    }
}

/// By a program of its own: it takes memory that a shim should not keep. It is this one, see `main`.
fn compress(path: &str) -> Option<Child> {
    let mut command = Command::new("/proc/self/exe");
    command.args([super::gzip::WORD, path]).stdin(Stdio::null()).stdout(Stdio::null());
    match command.spawn() {
        Ok(child) => Some(child),
        Err(error) => {
            crate::note(&format_args!("log: {path} is not compressed: {error}"));
            None
        }
    }
}

fn open_log(path: &str) -> Result<OwnedFd> {
    let flags =
        OFlags::WRONLY | OFlags::APPEND | OFlags::CREATE | OFlags::CLOEXEC | OFlags::NOFOLLOW;
    open(path, flags, Mode::from_raw_mode(0o640)).at("open", path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::read_to_string;

    fn rotated(most: u64, files: u32, batches: &[&str]) -> Vec<String> {
        let directory = std::env::temp_dir()
            .join(format!("rundlet-rotate-{}-{most}-{files}", std::process::id()));
        std::fs::create_dir(&directory).unwrap();
        let path = directory.join("log").to_str().unwrap().to_owned();
        let mut file =
            RotatingFile::open(&path, Rotation { most: Some(most), files, compress: false })
                .unwrap();
        for text in batches {
            let mut batch = Batch::default();
            for line in text.split_inclusive('\n') {
                batch.bytes.extend_from_slice(line.as_bytes());
                batch.end_record();
            }
            file.write(&batch).unwrap();
        }
        let found = (0..9)
            .map_while(|number| match number {
                0 => read_to_string(&path).ok(),
                _ => read_to_string(format!("{path}.{number}")).ok(),
            })
            .collect();
        std::fs::remove_dir_all(&directory).unwrap();
        found
    }

    #[test]
    fn a_full_file_makes_room() {
        assert_eq!(
            rotated(6, 3, &["aaa\nbbb\nccc\nddd\neee\n"]),
            ["eee\n", "ccc\nddd\n", "aaa\nbbb\n"]
        );
        assert_eq!(rotated(4, 2, &["aaa\nbbb\n", "ccc\n"]), ["ccc\n", "bbb\n"]);
        assert_eq!(rotated(5, 1, &["aaa\nbbb\nccc\n"]), ["ccc\n"]);
        assert_eq!(rotated(99, 2, &["aaa\n", "bbb\n"]), ["aaa\nbbb\n"]);
    }

    #[test]
    fn options() {
        let options = |pairs: &[(&str, &str)]| {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        let default = Rotation { most: None, files: 1, compress: false };
        let read = |pairs: &[(&str, &str)]| Rotation::from_options(&options(pairs), default);
        assert_eq!(read(&[]).unwrap(), default);
        let wanted = Rotation { most: Some(10_000_000), files: 3, compress: true };
        assert_eq!(
            read(&[("max-size", "10m"), ("max-file", "3"), ("compress", "true")]).unwrap(),
            wanted
        );
        assert!(read(&[("max-file", "0")]).is_err());
        assert!(read(&[("max-size", "big")]).is_err());
    }
}
