//! `writeArchive`: images out of the store.

use super::files::open;
use crate::failure::{At, Failure, Result};
use rundlet_layers::{Digest, Member, write_end, write_member};
use rundlet_plan::{ArchiveMember, Path, TarSize, WriteArchive};
use rustix::fs::{CWD, FileType, OFlags, renameat, stat, unlink};
use std::fs::File;
use std::io::{BufWriter, Write};

const BUFFER: usize = 256 << 10;

pub fn write_archive(args: WriteArchive) -> Result<()> {
    if args.path.is_empty() {
        let stdout = rustix::stdio::stdout();
        if rustix::termios::isatty(stdout) {
            let text = "cowardly refusing to save to a terminal. Use the -o flag or redirect";
            return Err(Failure::text("", text));
        }
        let fd = rustix::io::fcntl_dupfd_cloexec(stdout, 3).at("fcntl", "stdout")?;
        return write_members(File::from(fd), args.members);
    }
    let path = args.path.as_str();
    // A fifo or device is written to, not replaced.
    if stat(path).is_ok_and(|stat| !FileType::from_raw_mode(stat.st_mode).is_file()) {
        return write_members(open(path, OFlags::WRONLY, 0)?.into(), args.members);
    }
    let partial = format!("{path}.partial-{}", std::process::id());
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW;
    let file = open(&partial, flags, 0o600)
        .map_err(|failure| Failure { subject: path.to_owned(), ..failure })?;
    let written = write_members(file.into(), args.members)
        .and_then(|()| renameat(CWD, &partial, CWD, path).at("rename", path));
    if written.is_err() {
        let _ = unlink(&partial);
    }
    written
}

pub fn tar_size(args: Path) -> Result<TarSize> {
    let split = open(&args.path, OFlags::RDONLY | OFlags::NOFOLLOW, 0)?;
    let size = rundlet_layers::tar_size(&split.into());
    Ok(TarSize { size: size.map_err(|error| error.within(&args.path))? })
}

fn write_members(file: File, members: Vec<ArchiveMember>) -> Result<()> {
    let mut out = BufWriter::with_capacity(BUFFER, file);
    for member in members {
        let (name, mtime) = (member.name.clone(), member.mtime);
        write_member(&mut out, &name, mtime, content(member)?)?;
    }
    write_end(&mut out)?;
    out.flush().at("write", "")
}

fn content(member: ArchiveMember) -> Result<Member> {
    match member.kind.as_str() {
        "directory" => Ok(Member::Directory),
        "text" => Ok(Member::Text(member.text)),
        "layer" => Ok(Member::Layer {
            split: open(&member.split, OFlags::RDONLY | OFlags::NOFOLLOW, 0)?.into(),
            root: open(&member.root, OFlags::PATH | OFlags::DIRECTORY, 0)?,
            diff_id: Digest::parse(&member.diff_id)
                .ok_or_else(|| Failure::text(member.diff_id, "no SHA-256 digest"))?,
        }),
        other => Err(Failure::text(other, "no such kind of member")),
    }
}
