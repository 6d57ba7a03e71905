//! Directories and files of one container's run time that are the shim's to make.

use crate::exit_record::write_record;
use crate::failure::{At, Failure, Result};
use rundlet_plan::{ShimPid, ShimSpec};
use rustix::fd::{AsRawFd, OwnedFd};
use rustix::fs::{Mode, OFlags, chmod, open, unlink};
use rustix::io::Errno;
use rustix::net::{
    AddressFamily, SocketAddrUnix, SocketFlags, SocketType, bind, listen, socket_with,
};
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;

const SOCKET: &str = "shim.sock";

/// Makes the directories, shim.pid, and the socket for clients; answers it and the own directory.
pub fn make(spec: &ShimSpec) -> Result<(OwnedFd, OwnedFd)> {
    directory(&spec.io_directory, 0o755)?;
    directory(&spec.own_directory, 0o700)?;
    let flags = OFlags::DIRECTORY | OFlags::PATH | OFlags::CLOEXEC;
    let own = open(&spec.own_directory, flags, Mode::empty()).at("open", &spec.own_directory)?;
    let listener = listen_at(&own, SOCKET, SocketType::SEQPACKET)?;
    let pid = std::process::id() as i32;
    let record = ShimPid { pid, start_time: start_time(pid)? };
    write_record(&spec.own_directory, "shim.pid", &record)?;
    Ok((listener, own))
}

/// All that `make` and the fifos left; what else is in there is not ours.
pub fn remove(spec: &ShimSpec) {
    for name in [SOCKET, "shim.pid", "console.sock"] {
        let _ = unlink(format!("{}/{name}", spec.own_directory));
    }
    for name in ["init-stdin", "init-stdout", "init-stderr"] {
        let _ = unlink(format!("{}/{name}", spec.io_directory));
    }
    let _ = std::fs::remove_dir(&spec.own_directory);
    let _ = std::fs::remove_dir(&spec.io_directory);
}

/// From now on no command takes this process for the container's shim.
pub fn disown(spec: &ShimSpec) {
    let _ = unlink(format!("{}/shim.pid", spec.own_directory));
}

fn directory(path: &str, mode: u32) -> Result<()> {
    DirBuilder::new().recursive(true).mode(0o755).create(path).at("mkdir", path)?;
    // Whatever the umask.
    chmod(path, Mode::from_raw_mode(mode)).at("chmod", path)
}

/// A socket in the directory. Its path would be too long for an address, the descriptor's is not.
pub fn listen_at(directory: &OwnedFd, name: &str, kind: SocketType) -> Result<OwnedFd> {
    let path = format!("/proc/self/fd/{}/{name}", directory.as_raw_fd());
    match unlink(&path) {
        Ok(()) | Err(Errno::NOENT) => {}
        Err(errno) => return Err(errno).at("unlink", name),
    }
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let socket = socket_with(AddressFamily::UNIX, kind, flags, None).at("socket", name)?;
    let address = SocketAddrUnix::new(&path).at("bind", name)?;
    bind(&socket, &address).at("bind", name)?;
    listen(&socket, 64).at("listen", name)?;
    Ok(socket)
}

/// Field 22 of /proc/PID/stat; the name before it may hold anything.
pub fn start_time(pid: i32) -> Result<u64> {
    let path = format!("/proc/{pid}/stat");
    let text = std::fs::read(&path).at("read", &path)?;
    let text = String::from_utf8_lossy(&text);
    text.rfind(')')
        .and_then(|end| text.get(end + 1..)?.split_ascii_whitespace().nth(19)?.parse().ok())
        .ok_or_else(|| Failure::text("read", path, "not in the form of proc(5)"))
}
