//! Flags and options of what is mounted already.

use crate::attach;
use crate::container::Container;
use crate::error::{Context, Error, Result};
use crate::root::Links;
use rundlet_plan::Remount;
use rustix::fd::AsFd;
use rustix::mount::{FsPickFlags, fsconfig_reconfigure, fspick};

pub fn remount(container: &mut Container, wanted: &Remount) -> Result<()> {
    let target = wanted.target.as_str();
    let fd = container.root()?.open(target, Links::Follow).on("open", target)?;
    let fd = fd.as_fd();
    let changed = |done: rustix::io::Result<()>| done.on("mount_setattr", target);
    if wanted.super_flags != 0 || !wanted.data.is_empty() {
        let flags = FsPickFlags::FSPICK_CLOEXEC | FsPickFlags::FSPICK_EMPTY_PATH;
        let context = fspick(fd, c"", flags).on("fspick", target)?;
        let fail = |errno| Error::kernel("fsconfig", errno, target);
        attach::configure(context.as_fd(), "", wanted.super_flags, &wanted.data).map_err(fail)?;
        fsconfig_reconfigure(&context).map_err(fail)?;
    }
    changed(attach::set_attr(fd, false, wanted.set, wanted.clear))?;
    changed(attach::set_attr(fd, true, wanted.recursive_set, wanted.recursive_clear))?;
    for word in &wanted.propagation {
        changed(attach::set_propagation(fd, *word))?;
    }
    Ok(())
}
