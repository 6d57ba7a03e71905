//! Files of our own /proc directory, written while /proc is still the host's.

use crate::error::{Context, Result};
use crate::sys;
use alloc::string::ToString;
use rustix::fs::{CWD, Mode, OFlags, openat};

/// Inherited by the container's process.
pub fn set_score(value: i32) -> Result<()> {
    write_own("/proc/self/oom_score_adj", value.to_string().as_bytes())
}

/// An ordinary user owns these files only while he is dumpable; before the container exists nobody in it
/// can look.
pub fn write_own(path: &str, text: &[u8]) -> Result<()> {
    sys::set_dumpable(true);
    let written = openat(CWD, path, OFlags::WRONLY | OFlags::CLOEXEC, Mode::empty())
        .and_then(|file| rustix::io::write(&file, text));
    sys::set_dumpable(false);
    written.on("write", path).map(drop)
}
