//! `copyOut`, `copyIn`, `exportTree`: files of a container to the host, to a tar stream, and back. Paths are
//! resolved inside the root by the kernel; bytes go from descriptor to descriptor.

use super::container_root::with_root;
use super::copy_path::{Found, Target, find, target};
use super::files::open;
use crate::failure::{At, Failure, Result};
use rundlet_layers::{Base, Decoder, Packer, place_archive};
use rundlet_plan::{CopyIn, CopyOut, ExportTree};
use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::OFlags;
use rustix::io::Errno;
use std::fs::File;
use std::io::{BufWriter, PipeReader, PipeWriter, Write};

const BUFFER: usize = 256 << 10;

pub fn copy_out(args: CopyOut) -> Result<()> {
    let host = open("/", OFlags::PATH | OFlags::DIRECTORY, 0)?;
    with_root(&args.root, |root| {
        let found = find(&root, &args.path, args.follow).map_err(|f| f.asked_by("container"))?;
        if args.destination.is_empty() {
            let mut packer = Packer::new(standard_output()?, false);
            packer.add(found.parent.as_fd(), &found.name, &found.base)?;
            return packer.finish().map(drop).map_err(Failure::from);
        }
        let target = target(&host, &args.destination, &found).map_err(|f| f.asked_by("host"))?;
        through(&found, host, target, args.keep_owner)
    })
}

pub fn copy_in(args: CopyIn) -> Result<()> {
    let host = open("/", OFlags::PATH | OFlags::DIRECTORY, 0)?;
    with_root(&args.root, |root| {
        let in_container = |failure: Failure| failure.asked_by("container");
        if args.source.is_empty() {
            let found = find(&root, &args.path, true).map_err(in_container)?;
            if !found.is_directory {
                return Err(in_container(Failure::kernel("stat", Errno::NOTDIR, args.path)));
            }
            let base = Base { root, path: args.path.into_bytes() };
            return on_thread(|| Ok(place_archive(Decoder::new(standard_input()?)?, base, true)?));
        }
        let found = find(&host, &args.source, args.follow).map_err(|f| f.asked_by("host"))?;
        let target = target(&root, &args.path, &found).map_err(in_container)?;
        through(&found, root, target, true)
    })
}

pub fn export_tree(args: ExportTree) -> Result<()> {
    let out = if args.output.is_empty() {
        if rustix::termios::isatty(rustix::stdio::stdout()) {
            let text = "cowardly refusing to save to a terminal. Use the -o flag or redirect";
            return Err(Failure::text("", text));
        }
        standard_output()?
    } else {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::TRUNC;
        BufWriter::with_capacity(BUFFER, File::from(open(&args.output, flags, 0o644)?))
    };
    with_root(&args.root, |root| {
        let mut packer = Packer::new(out, false);
        packer.add(root.as_fd(), b".", b"")?;
        packer.finish().map(drop).map_err(Failure::from)
    })
}

/// One thread packs what another unpacks.
fn through(found: &Found, root: OwnedFd, target: Target, keep_owner: bool) -> Result<()> {
    let (reader, writer) = std::io::pipe().at("pipe2", "")?;
    let Target { directory, name } = target;
    let base = Base { root, path: directory };
    let pack = |writer: PipeWriter| -> Result<()> {
        let mut packer = Packer::new(BufWriter::with_capacity(BUFFER, writer), true);
        packer.add(found.parent.as_fd(), &found.name, &name)?;
        packer.finish()?.flush().at("write", "")
    };
    let place = |reader: PipeReader| -> Result<()> { Ok(place_archive(reader, base, keep_owner)?) };
    std::thread::scope(|scope| {
        let placing = scope.spawn(move || place(reader));
        let packed = pack(writer);
        let placed = placing.join().unwrap_or_else(|_| Err(Failure::text("", "a thread panicked")));
        match (packed, placed) {
            // Nobody read on: the other side says why. A pack that fails ends the archive early.
            (Err(packed), placed) if packed.is(Errno::PIPE) => placed.and(Err(packed)),
            (Err(packed), _) => Err(packed),
            (Ok(()), placed) => placed,
        }
    })
}

/// Unpacking has a umask of its own.
fn on_thread<T: Send>(work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    std::thread::scope(|scope| {
        scope.spawn(work).join().unwrap_or_else(|_| Err(Failure::text("", "a thread panicked")))
    })
}

fn standard_output() -> Result<BufWriter<File>> {
    let fd = rustix::io::fcntl_dupfd_cloexec(rustix::stdio::stdout(), 3).at("fcntl", "stdout")?;
    Ok(BufWriter::with_capacity(BUFFER, File::from(fd)))
}

fn standard_input() -> Result<File> {
    let fd = rustix::io::fcntl_dupfd_cloexec(rustix::stdio::stdin(), 3).at("fcntl", "stdin")?;
    Ok(File::from(fd))
}
