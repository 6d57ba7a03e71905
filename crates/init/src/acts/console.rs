//! The console: a pty of the container's own devpts, taken by descriptors, with each of them checked
//! before it is used (CVE-2025-52565).

use super::devices::{placeholder, verify};
use crate::attach;
use crate::channel::Channel;
use crate::container::Container;
use crate::error::{Context, Error, Result};
use crate::root::{DEVPTS_MAGIC, Links, Root};
use crate::sys;
use rundlet_plan::{Console, FromInit};
use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::{FileType, Mode, OFlags, Uid, fchown, fstat, fstatfs, major, makedev, openat};
use rustix::pty::{OpenptFlags, ioctl_tiocgptpeer, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

const PTMX: &str = "/dev/pts/ptmx";
const CONSOLE: &str = "/dev/console";
/// Majors of Unix98 pty slaves.
const SLAVES: core::ops::RangeInclusive<u32> = 136..=143;

pub fn allocate(container: &mut Container, channel: &Channel, wanted: &Console) -> Result<()> {
    let root = container.root()?;
    let master = open_master(root)?;
    let slave = open_slave(&master)?;
    if wanted.width != 0 && wanted.height != 0 {
        let size =
            Winsize { ws_row: wanted.height, ws_col: wanted.width, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&master, size).on("ioctl(TIOCSWINSZ)", CONSOLE)?;
    }
    if wanted.bind {
        bind_console(root, &slave)?;
    }
    if fstat(&slave).on("fstat", CONSOLE)?.st_uid != wanted.uid {
        fchown(&slave, Some(Uid::from_raw(wanted.uid)), None).on("fchown", CONSOLE)?;
    }
    channel.send(&FromInit::Console, Some(master.as_fd()))?;
    for fd in 0..3 {
        sys::dup_onto(&slave, fd).on("dup3", CONSOLE)?;
    }
    Ok(())
}

fn open_master(root: &Root) -> Result<OwnedFd> {
    let pts = root.open("/dev/pts", Links::Refuse).on("open", "/dev/pts")?;
    if fstatfs(&pts).on("fstatfs", "/dev/pts")?.f_type as i64 != DEVPTS_MAGIC {
        return Err(Error::refused("open", PTMX, "/dev/pts is not a devpts filesystem"));
    }
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let master = openat(&pts, c"ptmx", flags, Mode::empty()).on("open", PTMX)?;
    let stat = fstat(&master).on("fstat", PTMX)?;
    let is_char = FileType::from_raw_mode(stat.st_mode) == FileType::CharacterDevice;
    if !is_char || stat.st_rdev != makedev(5, 2) {
        return Err(Error::refused("open", PTMX, "it is not the pty multiplexer"));
    }
    Ok(master)
}

fn open_slave(master: &OwnedFd) -> Result<OwnedFd> {
    unlockpt(master).on("ioctl(TIOCSPTLCK)", PTMX)?;
    let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
    let slave = ioctl_tiocgptpeer(master, flags).on("ioctl(TIOCGPTPEER)", PTMX)?;
    let stat = fstat(&slave).on("fstat", PTMX)?;
    let is_char = FileType::from_raw_mode(stat.st_mode) == FileType::CharacterDevice;
    if !is_char || !SLAVES.contains(&major(stat.st_rdev)) {
        return Err(Error::refused("ioctl(TIOCGPTPEER)", PTMX, "its peer is not a pty"));
    }
    Ok(slave)
}

fn bind_console(root: &Root, slave: &OwnedFd) -> Result<()> {
    let dev = root.open("/dev", Links::Refuse).on("open", "/dev")?;
    let at = placeholder(&dev, "console", CONSOLE)?;
    let tree = attach::copy(slave.as_fd(), false).on("open_tree", CONSOLE)?;
    attach::attach(tree.as_fd(), at.as_fd()).on("move_mount", CONSOLE)?;
    verify(&dev, "console", CONSOLE, &tree)
}
