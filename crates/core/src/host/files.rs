//! Files of records and bundles on the host; never paths inside a rootfs.

use crate::failure::{At, Failure, Result};
use rundlet_plan::{
    AppendText, FileStat, ListDirectory, MakeDirectory, Names, Path, Print, ReadStandardInput,
    ReadText, RealPath, Rename, Sha256, Stat, TextLine, Texts,
};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags};
use rustix::io::Errno;
use std::ffi::CString;

pub fn open(path: &str, flags: OFlags, mode: u32) -> Result<OwnedFd> {
    rustix::fs::open(path, flags | OFlags::CLOEXEC, Mode::from_raw_mode(mode)).at("open", path)
}

/// Read all that is there, up to `max` bytes.
pub fn read_all(fd: impl AsFd, max: usize, subject: &str) -> Result<Vec<u8>> {
    let fd = fd.as_fd();
    let mut bytes = Vec::with_capacity(4096.min(max + 1));
    loop {
        if bytes.capacity() == bytes.len() {
            bytes.reserve(bytes.len().max(4096));
        }
        match rustix::io::read(fd, rustix::buffer::spare_capacity(&mut bytes)) {
            Ok(0) => return Ok(bytes),
            Ok(_) if bytes.len() > max => {
                return Err(Failure::kernel("read", Errno::FBIG, subject));
            }
            Ok(_) | Err(Errno::INTR) => {}
            Err(errno) => return Err(Failure::kernel("read", errno, subject)),
        }
    }
}

pub fn write_all(fd: impl AsFd, mut bytes: &[u8], subject: &str) -> Result<()> {
    let fd = fd.as_fd();
    while !bytes.is_empty() {
        match rustix::io::write(fd, bytes) {
            Ok(written) => bytes = &bytes[written..],
            Err(Errno::INTR) => {}
            Err(Errno::AGAIN) => wait_writable(fd, subject)?,
            Err(errno) => return Err(Failure::kernel("write", errno, subject)),
        }
    }
    Ok(())
}

/// A pipe or terminal that somebody made non-blocking.
fn wait_writable(fd: rustix::fd::BorrowedFd<'_>, subject: &str) -> Result<()> {
    match poll(&mut [PollFd::from_borrowed_fd(fd, PollFlags::OUT)], None) {
        Ok(_) | Err(Errno::INTR) => Ok(()),
        Err(errno) => Err(Failure::kernel("poll", errno, subject)),
    }
}

/// `/proc` and cgroup files: short, read at once.
pub fn read_small(path: &str) -> Result<String> {
    let fd = open(path, OFlags::RDONLY, 0)?;
    let bytes = read_all(&fd, 1 << 20, path)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

pub fn read_text(args: ReadText) -> Result<String> {
    // Never blocks on a fifo that stands where a file should.
    let fd = open(&args.path, OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY, 0)?;
    let bytes = read_all(&fd, args.max as usize, &args.path)?;
    String::from_utf8(bytes).map_err(|_| Failure::kernel("read", Errno::ILSEQ, args.path))
}

pub fn read_files(args: rundlet_plan::Files) -> Result<Texts> {
    let quiet = [Errno::NOENT, Errno::NODEV, Errno::OPNOTSUPP, Errno::NOTDIR];
    let read = |path: &String| match read_small(path) {
        Ok(text) => Ok(Some(text)),
        Err(failure) if quiet.iter().any(|errno| failure.is(*errno)) => Ok(None),
        Err(failure) => Err(failure),
    };
    Ok(Texts { texts: args.paths.iter().map(read).collect::<Result<_>>()? })
}

pub fn read_standard_input(args: ReadStandardInput) -> Result<String> {
    let stdin = std::io::stdin();
    let mut bytes = Vec::new();
    loop {
        // Somebody may have made it non-blocking.
        match poll(&mut [PollFd::new(&stdin, PollFlags::IN)], None) {
            Err(Errno::INTR) => continue,
            other => other.at("poll", "/dev/stdin")?,
        };
        bytes.reserve(4096);
        match rustix::io::read(&stdin, rustix::buffer::spare_capacity(&mut bytes)) {
            Ok(0) => break,
            Ok(_) if bytes.len() > args.max as usize => {
                return Err(Failure::kernel("read", Errno::FBIG, "/dev/stdin"));
            }
            Ok(_) | Err(Errno::INTR | Errno::AGAIN) => {}
            Err(errno) => return Err(Failure::kernel("read", errno, "/dev/stdin")),
        }
    }
    String::from_utf8(bytes).map_err(|_| Failure::kernel("read", Errno::ILSEQ, "/dev/stdin"))
}

/// A longer answer to a question is none.
const MAX_LINE: usize = 4096;

/// Byte by byte: what comes after the newline is for somebody else.
pub fn read_line(_: ()) -> Result<TextLine> {
    let stdin = std::io::stdin();
    let mut bytes = Vec::new();
    let ended = loop {
        match poll(&mut [PollFd::new(&stdin, PollFlags::IN)], None) {
            Err(Errno::INTR) => continue,
            other => other.at("poll", "/dev/stdin")?,
        };
        let mut byte = [0_u8];
        match rustix::io::read(&stdin, &mut byte) {
            Ok(0) => break true,
            Ok(_) if byte == *b"\n" => break false,
            Ok(_) if bytes.len() >= MAX_LINE => {
                return Err(Failure::kernel("read", Errno::FBIG, "/dev/stdin"));
            }
            Ok(_) => bytes.extend(byte),
            Err(Errno::INTR | Errno::AGAIN) => {}
            Err(errno) => return Err(Failure::kernel("read", errno, "/dev/stdin")),
        }
    };
    Ok(TextLine { text: String::from_utf8_lossy(&bytes).into_owned(), ended })
}

pub fn make_directory(args: MakeDirectory) -> Result<()> {
    match rustix::fs::mkdir(&args.path, Mode::from_raw_mode(args.mode)) {
        Ok(()) => {}
        Err(Errno::EXIST) if args.parents => return existing_directory(&args.path),
        Err(Errno::NOENT) if args.parents => {
            if let Some((parent, _)) = args.path.trim_end_matches('/').rsplit_once('/')
                && !parent.is_empty()
            {
                make_directory(MakeDirectory { path: parent.to_owned(), ..args.clone() })?;
            }
            return match rustix::fs::mkdir(&args.path, Mode::from_raw_mode(args.mode)) {
                Ok(()) => set_mode(&args),
                Err(Errno::EXIST) => existing_directory(&args.path),
                Err(errno) => Err(Failure::kernel("mkdir", errno, args.path)),
            };
        }
        Err(errno) => return Err(Failure::kernel("mkdir", errno, args.path)),
    }
    set_mode(&args)
}

/// The umask must have no say. A directory that could not get its mode is not there.
fn set_mode(args: &MakeDirectory) -> Result<()> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW;
    let changed = open(&args.path, flags, 0).and_then(|fd| {
        rustix::fs::fchmod(&fd, Mode::from_raw_mode(args.mode)).at("fchmod", &args.path)
    });
    if changed.is_err() {
        let _ = rustix::fs::rmdir(&args.path);
    }
    changed
}

fn existing_directory(path: &str) -> Result<()> {
    let stat = rustix::fs::stat(path).at("stat", path)?;
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::Directory => Ok(()),
        _ => Err(Failure::kernel("mkdir", Errno::NOTDIR, path)),
    }
}

pub fn list_directory(args: ListDirectory) -> Result<Names> {
    let fd = open(&args.path, OFlags::RDONLY | OFlags::DIRECTORY, 0)?;
    let entries = entry_names(fd, &args.path)?;
    let mut names: Vec<String> =
        entries.iter().map(|name| name.to_string_lossy().into_owned()).collect();
    names.sort();
    Ok(Names { names })
}

/// What a directory has, in no order, without `.` and `..`.
pub fn entry_names(directory: impl AsFd, path: &str) -> Result<Vec<CString>> {
    let mut names = Vec::new();
    for entry in Dir::read_from(directory).at("getdents64", path)? {
        let entry = entry.at("getdents64", path)?;
        match entry.file_name() {
            name if name == c"." || name == c".." => {}
            name => names.push(name.to_owned()),
        }
    }
    Ok(names)
}

pub fn stat(args: Stat) -> Result<FileStat> {
    let flags = if args.follow { AtFlags::empty() } else { AtFlags::SYMLINK_NOFOLLOW };
    let stat = rustix::fs::statat(CWD, &args.path, flags).at("stat", &args.path)?;
    let kind = match FileType::from_raw_mode(stat.st_mode) {
        FileType::Directory => "directory",
        FileType::Symlink => "symlink",
        FileType::Fifo => "fifo",
        FileType::Socket => "socket",
        FileType::CharacterDevice => "char",
        FileType::BlockDevice => "block",
        _ => "file",
    };
    Ok(FileStat {
        kind: kind.to_owned(),
        mode: stat.st_mode & 0o7777,
        uid: stat.st_uid,
        gid: stat.st_gid,
        size: stat.st_size as u64,
    })
}

pub fn remove_file(args: Path) -> Result<()> {
    rustix::fs::unlink(&args.path).at("unlink", &args.path)
}

pub fn rename(args: Rename) -> Result<()> {
    rustix::fs::rename(&args.from, &args.to).at("rename", &format!("{} {}", args.from, args.to))
}

pub fn sha256(args: Sha256) -> Result<String> {
    use sha2::Digest;
    Ok(hex(&sha2::Sha256::digest(args.text.as_bytes())))
}

/// Two lower digits a byte.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        for digit in [byte >> 4, byte & 15] {
            text.push(char::from_digit(u32::from(digit), 16).unwrap_or('0'));
        }
        text
    })
}

pub fn real_path(args: RealPath) -> Result<String> {
    let path = std::fs::canonicalize(&args.path).at("realpath", &args.path)?;
    path.into_os_string()
        .into_string()
        .map_err(|_| Failure::kernel("realpath", Errno::ILSEQ, args.path))
}

pub fn print(args: Print) -> Result<()> {
    use crate::sys::fd::{StdFd, standard};
    let (fd, name) = match args.fd {
        1 => (StdFd::Out, "stdout"),
        2 => (StdFd::Err, "stderr"),
        other => return Err(Failure::text(other.to_string(), "only 1 and 2 can be printed to")),
    };
    write_all(standard(fd), args.text.as_bytes(), name)
}

/// In place: what is bound to the file elsewhere sees it.
pub fn rewrite_text(args: AppendText) -> Result<()> {
    let flags = OFlags::WRONLY | OFlags::TRUNC | OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let fd = open(&args.path, flags, 0)?;
    write_all(&fd, args.text.as_bytes(), &args.path)
}

pub fn append_text(args: AppendText) -> Result<()> {
    let flags = OFlags::WRONLY | OFlags::APPEND | OFlags::CREATE | OFlags::NOCTTY;
    let fd = open(&args.path, flags, 0o644)?;
    write_all(&fd, args.text.as_bytes(), &args.path)
}
