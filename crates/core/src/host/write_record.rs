//! `writeRecord`: a file that is there whole or not at all.

use super::files::{open, write_all};
use crate::failure::{At, Failure, Result};
use rundlet_plan::WriteRecord;
use rustix::fd::{AsRawFd, OwnedFd};
use rustix::fs::{AtFlags, CWD, Mode, OFlags};
use rustix::io::Errno;
use std::sync::atomic::{AtomicU32, Ordering};

/// First a file without a name, so that a writer that is killed leaves nothing, then its name.
pub fn write_record(args: WriteRecord) -> Result<()> {
    let (directory, name) = match args.path.rsplit_once('/') {
        Some(("", name)) => ("/", name),
        Some((directory, name)) => (directory, name),
        None => (".", args.path.as_str()),
    };
    let nameless = OFlags::WRONLY | OFlags::TMPFILE;
    let linked = open(directory, nameless, 0o600).and_then(|fd| {
        fill(&fd, &args)?;
        give_name(&fd, directory, name, &args.path)
    });
    match linked {
        // A full disk is one both ways.
        Err(failure) if !failure.is(Errno::NOSPC) => write_beside(&args, directory, name),
        other => other,
    }
}

fn fill(fd: &OwnedFd, args: &WriteRecord) -> Result<()> {
    write_all(fd, args.text.as_bytes(), &args.path)?;
    rustix::fs::fchmod(fd, Mode::from_raw_mode(args.mode)).at("fchmod", &args.path)?;
    if args.durable {
        rustix::fs::fsync(fd).at("fsync", &args.path)?;
    }
    Ok(())
}

/// link(2) replaces nothing: where a file stands already, by way of one name beside it that every writer of
/// this file shares, so that what a killed one left there the next one takes away.
fn give_name(fd: &OwnedFd, directory: &str, name: &str, path: &str) -> Result<()> {
    let file = format!("/proc/self/fd/{}", fd.as_raw_fd());
    let link = |to: &str| rustix::fs::linkat(CWD, &file, CWD, to, AtFlags::SYMLINK_FOLLOW);
    match link(path) {
        Err(Errno::EXIST) => {}
        other => return other.at("linkat", path),
    }
    let beside = format!("{directory}/.{name}.new");
    loop {
        match link(&beside) {
            Ok(()) => match rustix::fs::rename(&beside, path) {
                // Another writer's unlink came between.
                Err(Errno::NOENT) => {}
                other => return other.at("rename", path),
            },
            Err(Errno::EXIST) => match rustix::fs::unlink(&beside) {
                Ok(()) | Err(Errno::NOENT) => {}
                Err(errno) => return Err(Failure::kernel("unlink", errno, beside)),
            },
            Err(errno) => return Err(Failure::kernel("linkat", errno, path)),
        }
    }
}

/// Where the file system has no files without a name, or no /proc shows them.
fn write_beside(args: &WriteRecord, directory: &str, name: &str) -> Result<()> {
    static COUNTER: AtomicU32 = AtomicU32::new(0);
    let count = COUNTER.fetch_add(1, Ordering::Relaxed);
    let temporary = format!("{directory}/.{name}.{}.{count}", std::process::id());
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW;
    let fd = open(&temporary, flags, 0o600)?;
    let written = fill(&fd, args)
        .and_then(|()| rustix::fs::rename(&temporary, &args.path).at("rename", &args.path));
    if written.is_err() {
        // The first failure is the one to tell.
        let _ = rustix::fs::unlink(&temporary);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    fn write(path: &str, text: &str) {
        let (path, text) = (path.to_owned(), text.to_owned());
        write_record(WriteRecord { path, text, mode: 0o640, durable: true }).unwrap();
    }

    #[test]
    fn replaces_and_takes_away_what_a_killed_writer_left() {
        let dir = std::env::temp_dir().join(format!("rundlet-write-{}", std::process::id()));
        fs::create_dir_all(&dir).unwrap();
        let path = dir.join("state.json");
        let text = path.to_str().unwrap();
        write(text, "one");
        fs::write(dir.join(".state.json.new"), "half").unwrap();
        write(text, "two");
        assert_eq!(fs::read_to_string(&path).unwrap(), "two");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
        assert_eq!(fs::read_dir(&dir).unwrap().count(), 1);
        let writers: Vec<_> = (0..8)
            .map(|writer| {
                let path = text.to_owned();
                std::thread::spawn(move || {
                    for _ in 0..50 {
                        write(&path, &format!("{writer}").repeat(100));
                    }
                })
            })
            .collect();
        for writer in writers {
            writer.join().unwrap();
        }
        let last = fs::read_to_string(&path).unwrap();
        assert_eq!(last, last[..1].repeat(100));
        assert_eq!(fs::read_dir(&dir).unwrap().count(), 1);
        fs::remove_dir_all(dir).unwrap();
    }
}
