//! A session of its own, and its terminal.

use crate::error::{Context, Result};
use crate::sys;
use rustix::process::{ioctl_tiocsctty, setsid};

pub fn start(terminal: bool) -> Result<()> {
    setsid().on("setsid", "")?;
    if terminal {
        ioctl_tiocsctty(sys::stdio(0)).on("ioctl(TIOCSCTTY)", "/dev/console")?;
    }
    Ok(())
}
