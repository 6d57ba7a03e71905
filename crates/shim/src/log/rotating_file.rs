//! A log file of whole lines that is rotated by its size: `log`, `log.1`, `log.2`, the highest the oldest.

use super::size::parse_size;
use crate::failure::{At, Failure, Result};
use memchr::{memchr, memrchr};
use rustix::fd::OwnedFd;
use rustix::fs::{Mode, OFlags, fstat, ftruncate, open, rename, unlink};
use rustix::io::Errno;
use std::collections::BTreeMap;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rotation {
    /// A file of this size gets nothing more.
    pub most: Option<u64>,
    /// How many there may be, the current one included.
    pub files: u32,
}

impl Rotation {
    /// `max-size` and `max-file`.
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
        Ok(Self { most, files })
    }
}

pub struct RotatingFile {
    path: String,
    fd: OwnedFd,
    size: u64,
    rotation: Rotation,
}

impl RotatingFile {
    pub fn open(path: &str, rotation: Rotation) -> Result<Self> {
        let fd = open_log(path)?;
        let size = fstat(&fd).at("fstat", path)?.st_size as u64;
        Ok(Self { path: path.to_owned(), fd, size, rotation })
    }

    /// Writes whole lines. Of a batch that the disk has no room for, whole lines are written and
    /// the rest is lost.
    pub fn write_lines(&mut self, mut batch: &[u8]) -> Result<()> {
        while !batch.is_empty() {
            if self.rotation.most.is_some_and(|most| self.size >= most) {
                self.rotate()?;
            }
            let (now, later) = batch.split_at(self.fitting(batch));
            self.write(now)?;
            batch = later;
        }
        Ok(())
    }

    /// To the end of the line that fills the file.
    fn fitting(&self, batch: &[u8]) -> usize {
        let Some(most) = self.rotation.most else { return batch.len() };
        let last = usize::try_from(most.saturating_sub(self.size + 1)).unwrap_or(usize::MAX);
        let rest = batch.get(last..).unwrap_or_default();
        memchr(b'\n', rest).map_or(batch.len(), |end| last + end + 1)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
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
        // No torn line: the next one would be read as its end.
        let whole = memrchr(b'\n', &bytes[..written]).map_or(0, |end| end + 1);
        self.size += whole as u64;
        if whole < written {
            let _ = ftruncate(&self.fd, self.size);
        }
        Err(failed).at("write", &self.path)
    }

    /// One file alone is made anew, so that who reads the old one can finish it.
    fn rotate(&mut self) -> Result<()> {
        let name = |number: u32| match number {
            0 => self.path.clone(),
            _ => format!("{}.{number}", self.path),
        };
        for number in (1..self.rotation.files).rev() {
            match rename(name(number - 1), name(number)) {
                Ok(()) | Err(Errno::NOENT) => {}
                Err(errno) => return Err(errno).at("rename", &name(number - 1)),
            }
        }
        if self.rotation.files == 1 {
            match unlink(&self.path) {
                Ok(()) | Err(Errno::NOENT) => {}
                Err(errno) => return Err(errno).at("unlink", &self.path),
            }
        }
        self.fd = open_log(&self.path)?;
        self.size = 0;
        Ok(())
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
        let mut file = RotatingFile::open(&path, Rotation { most: Some(most), files }).unwrap();
        for batch in batches {
            file.write_lines(batch.as_bytes()).unwrap();
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
        let default = Rotation { most: None, files: 1 };
        let read = |pairs: &[(&str, &str)]| Rotation::from_options(&options(pairs), default);
        assert_eq!(read(&[]).unwrap(), default);
        let wanted = Rotation { most: Some(10_000_000), files: 3 };
        assert_eq!(read(&[("max-size", "10m"), ("max-file", "3")]).unwrap(), wanted);
        assert!(read(&[("max-file", "0")]).is_err());
        assert!(read(&[("max-size", "big")]).is_err());
    }
}
