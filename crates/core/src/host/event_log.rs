//! `appendEvent`, `tailOpen`, `tailNext`, `tailClose`: a file of lines that many commands append to and others
//! follow. When it is full it becomes `<path>.1`, which it replaces.

use super::cancel::wait_readable;
use super::files::{open, write_all};
use super::handles;
use crate::failure::{At, Failure, Result};
use rundlet_plan::{AppendEvent, Handle, TailNext, TailOpen, TailText};
use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::{CWD, FlockOperation, OFlags, flock, fstat, ftruncate, inotify, stat};
use rustix::io::Errno;
use std::time::{Duration, Instant};

/// Read at once; a call answers with whole lines only.
const CHUNK: usize = 1 << 16;

pub fn append_event(args: AppendEvent) -> Result<()> {
    let flags = OFlags::WRONLY | OFlags::APPEND | OFlags::CREATE | OFlags::NOFOLLOW;
    loop {
        let file = open(&args.path, flags, 0o600)?;
        lock(&file, &args.path)?;
        // Another command may have made it the old file while we waited.
        if !stands_at(&file, &args.path)? {
            continue;
        }
        let before = fstat(&file).at("fstat", &args.path)?.st_size as u64;
        if before > 0 && before + args.text.len() as u64 > args.max {
            let old = old_path(&args.path);
            rustix::fs::renameat(CWD, &args.path, CWD, &old).at("rename", &args.path)?;
            continue;
        }
        let written = write_all(&file, args.text.as_bytes(), &args.path);
        if written.is_err() {
            // Half a line would spoil the next one too.
            let _ = ftruncate(&file, before);
        }
        return written;
    }
}

fn old_path(path: &str) -> String {
    format!("{path}.1")
}

fn lock(file: &OwnedFd, path: &str) -> Result<()> {
    loop {
        match flock(file, FlockOperation::LockExclusive) {
            Err(Errno::INTR) => {}
            other => return other.at("flock", path),
        }
    }
}

fn stands_at(file: &OwnedFd, path: &str) -> Result<bool> {
    let own = fstat(file).at("fstat", path)?;
    match stat(path) {
        Ok(there) => Ok((there.st_dev, there.st_ino) == (own.st_dev, own.st_ino)),
        Err(Errno::NOENT) => Ok(false),
        Err(errno) => Err(Failure::kernel("stat", errno, path)),
    }
}

pub struct Tail {
    path: String,
    /// What happens in the file's directory; none when it is only read.
    changes: Option<OwnedFd>,
    /// The old file first, then the one that stands at the path.
    file: Option<OwnedFd>,
    /// Read, but no whole line yet.
    rest: Vec<u8>,
}

pub fn tail_open(args: TailOpen) -> Result<Handle> {
    let changes = args.follow.then(|| watch_directory(&args.path)).transpose()?;
    let file = if args.from_end {
        let file = open_existing(&args.path)?;
        if let Some(file) = &file {
            rustix::fs::seek(file, rustix::fs::SeekFrom::End(0)).at("lseek", &args.path)?;
        }
        file
    } else {
        match open_existing(&old_path(&args.path))? {
            None => open_existing(&args.path)?,
            old => old,
        }
    };
    let tail = Tail { path: args.path, changes, file, rest: Vec::new() };
    Ok(Handle { handle: handles::keep_tail(tail) })
}

pub fn tail_next(args: TailNext) -> Result<TailText> {
    let tail = handles::tail(args.handle)?;
    let mut tail = handles::lock_of(&tail);
    tail.next(args.timeout.map(|limit| Duration::from_millis(limit.into())), args.cancel)
}

pub fn tail_close(args: Handle) -> Result<()> {
    handles::drop_tail(args.handle);
    Ok(())
}

fn watch_directory(path: &str) -> Result<OwnedFd> {
    let directory = path.rsplit_once('/').map_or(".", |(directory, _)| directory);
    let flags = inotify::CreateFlags::CLOEXEC | inotify::CreateFlags::NONBLOCK;
    let changes = inotify::init(flags).at("inotify_init1", path)?;
    let wanted = inotify::WatchFlags::MODIFY
        | inotify::WatchFlags::CREATE
        | inotify::WatchFlags::MOVED_TO
        | inotify::WatchFlags::DELETE_SELF;
    inotify::add_watch(&changes, directory, wanted).at("inotify_add_watch", directory)?;
    Ok(changes)
}

fn open_existing(path: &str) -> Result<Option<OwnedFd>> {
    match open(path, OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK, 0) {
        Ok(file) => Ok(Some(file)),
        Err(failure) if failure.is(Errno::NOENT) => Ok(None),
        Err(failure) => Err(failure),
    }
}

impl Tail {
    /// Lines that came meanwhile, waiting for them until the timeout.
    fn next(&mut self, timeout: Option<Duration>, cancel: Option<u32>) -> Result<TailText> {
        let deadline = timeout.map(|timeout| Instant::now() + timeout);
        loop {
            let lines = self.read_lines()?;
            if !lines.is_empty() {
                let text = String::from_utf8_lossy(&lines).into_owned();
                return Ok(TailText { text, ended: false });
            }
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            let over = TailText { text: String::new(), ended: true };
            let Some(changes) = &self.changes else { return Ok(over) };
            if left == Some(Duration::ZERO) {
                return Ok(over);
            }
            wait_readable(changes.as_fd(), deadline, cancel, &self.path)?;
            drain(changes);
        }
    }

    fn read_lines(&mut self) -> Result<Vec<u8>> {
        loop {
            let file = match &self.file {
                Some(file) => file,
                None => match open_existing(&self.path)? {
                    Some(file) => self.file.insert(file),
                    None => return Ok(Vec::new()),
                },
            };
            // Looked at before the read: once another file stands there, nobody writes to this one.
            let replaced = !stands_at(file, &self.path)?;
            let mut bytes = vec![0; CHUNK];
            let length = loop {
                match rustix::io::read(file, &mut bytes) {
                    Err(Errno::INTR) => {}
                    other => break other.at("read", &self.path)?,
                }
            };
            if length == 0 {
                if !replaced {
                    return Ok(Vec::new());
                }
                self.rest.clear();
                self.file = open_existing(&self.path)?;
                if self.file.is_none() {
                    return Ok(Vec::new());
                }
                continue;
            }
            self.rest.extend_from_slice(&bytes[..length]);
            if let Some(end) = self.rest.iter().rposition(|byte| *byte == b'\n') {
                let rest = self.rest.split_off(end + 1);
                return Ok(std::mem::replace(&mut self.rest, rest));
            }
        }
    }
}

fn drain(changes: &OwnedFd) {
    let mut bytes = [0_u8; 4096];
    while matches!(rustix::io::read(changes.as_fd(), &mut bytes), Ok(length) if length > 0) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base(name: &str) -> (std::path::PathBuf, String) {
        let base = std::env::temp_dir().join(format!("rundlet-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&base).unwrap();
        let path = base.join("events").to_str().unwrap().to_owned();
        (base, path)
    }

    fn append(path: &str, text: &str, max: u64) {
        append_event(AppendEvent { path: path.into(), text: text.into(), max }).unwrap();
    }

    fn collect(handle: u32, timeout: u32) -> String {
        let mut all = String::new();
        loop {
            let TailText { text, ended } =
                tail_next(TailNext { handle, timeout: Some(timeout), cancel: None }).unwrap();
            all.push_str(&text);
            if ended {
                return all;
            }
        }
    }

    #[test]
    fn rotates_and_is_read_in_order() {
        let (base, path) = base("events");
        for number in 0..10 {
            append(&path, &format!("line {number}\n"), 40);
        }
        assert_eq!(std::fs::read_to_string(old_path(&path)).unwrap().lines().count(), 5);
        let handle =
            tail_open(TailOpen { path: path.clone(), follow: false, from_end: false }).unwrap();
        let lines: Vec<String> = collect(handle.handle, 0).lines().map(str::to_owned).collect();
        assert_eq!(lines, (0..10).map(|number| format!("line {number}")).collect::<Vec<_>>());
        tail_close(handle).unwrap();
        std::fs::remove_dir_all(base).unwrap();
    }

    #[test]
    fn followers_lose_nothing_over_rotations() {
        let (base, path) = base("follow");
        let handle = tail_open(TailOpen { path: path.clone(), follow: true, from_end: true })
            .unwrap()
            .handle;
        let writers: Vec<_> = (0..4)
            .map(|writer| {
                let path = path.clone();
                std::thread::spawn(move || {
                    for number in 0..50 {
                        append(&path, &format!("{writer} {number}\n"), 1000);
                    }
                })
            })
            .collect();
        let mut lines = Vec::new();
        while lines.len() < 200 {
            let TailText { text, ended } =
                tail_next(TailNext { handle, timeout: Some(10_000), cancel: None }).unwrap();
            assert!(!ended, "{lines:?}");
            lines.extend(text.lines().map(str::to_owned));
        }
        for writer in writers {
            writer.join().unwrap();
        }
        lines.sort();
        lines.dedup();
        assert_eq!(lines.len(), 200);
        tail_close(Handle { handle }).unwrap();
        std::fs::remove_dir_all(base).unwrap();
    }
}
