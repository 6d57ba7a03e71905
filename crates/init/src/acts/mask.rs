//! Masked and read-only paths. What covers them is ours, never the container's (CVE-2025-31133).

use crate::attach::{self, Changes};
use crate::container::Container;
use crate::error::{Context, Error, Result};
use crate::root::{Links, kind_of};
use alloc::string::String;
use linux_raw_sys::general::MOUNT_ATTR_RDONLY;
use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::{FileType, fstat, makedev};
use rustix::io::Errno;

/// The host's null device, as a detached mount, taken before pivot_root.
pub fn own_null() -> Result<OwnedFd> {
    let path = "/dev/null";
    let fd = attach::copy_path(path, false, true).on("open_tree", path)?;
    let stat = fstat(&fd).on("fstat", path)?;
    let is_char = FileType::from_raw_mode(stat.st_mode) == FileType::CharacterDevice;
    if is_char && stat.st_rdev == makedev(1, 3) {
        return Ok(fd);
    }
    Err(Error::refused("open_tree", path, "it is not the null device"))
}

pub fn mask(container: &mut Container, path: &str) -> Result<()> {
    let at = match container.root()?.open(path, Links::Follow) {
        Err(Errno::NOENT) => return Ok(()),
        at => at.on("open", path)?,
    };
    let directory = kind_of(&at).on("fstat", path)?.is_dir();
    let cover = match if directory { container.empty.take() } else { container.null.take() } {
        Some(cover) => next_cover(cover).on("open_tree", path)?,
        None if directory => empty_tmpfs()?,
        None => own_null()?,
    };
    attach::attach(cover.as_fd(), at.as_fd()).on("move_mount", path)?;
    attach::verify(container.root()?, path, Links::Follow, cover.as_fd())?;
    *(if directory { &mut container.empty } else { &mut container.null }) = Some(cover);
    Ok(())
}

/// The cover itself while it is attached nowhere; then copies of it, which every kernel allows of a
/// mount that is in our namespace.
fn next_cover(cover: OwnedFd) -> rustix::io::Result<OwnedFd> {
    match attach::copy(cover.as_fd(), false) {
        Ok(copy) => Ok(copy),
        Err(Errno::INVAL) => Ok(cover),
        Err(errno) => Err(errno),
    }
}

fn empty_tmpfs() -> Result<OwnedFd> {
    let make = |inodes: &str| {
        let data = [String::from("nr_blocks=1"), String::from(inodes)];
        attach::filesystem("tmpfs", "tmpfs", 1, &data, MOUNT_ATTR_RDONLY)
    };
    // Some patched kernels take no fewer than two inodes.
    make("nr_inodes=1").or_else(|_| make("nr_inodes=2"))
}

pub fn readonly(container: &mut Container, path: &str) -> Result<()> {
    let root = container.root()?;
    let at = match root.open(path, Links::Follow) {
        Err(Errno::NOENT) => return Ok(()),
        at => at.on("open", path)?,
    };
    let tree = attach::copy(at.as_fd(), true).on("open_tree", path)?;
    let changes = Changes { set: MOUNT_ATTR_RDONLY, ..Changes::default() };
    attach::attach_changed(tree.as_fd(), at.as_fd(), &changes).on("move_mount", path)?;
    attach::verify(root, path, Links::Follow, tree.as_fd())
}
