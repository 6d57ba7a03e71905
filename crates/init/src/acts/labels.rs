//! Labels of security modules, taken at exec. Written through our own procfs: a bind over
//! /proc/self/attr would otherwise swallow them (CVE-2019-16884).

use crate::container::Container;
use crate::error::{Context, Result};
use alloc::format;

pub fn apparmor(container: &mut Container, profile: &str) -> Result<()> {
    let text = format!("exec {profile}");
    let procfs = container.procfs()?;
    let pid = procfs.own()?;
    let own = format!("{pid}/attr/apparmor/exec");
    match procfs.write(&own, text.as_bytes()) {
        // Before Linux 5.8 the modules share one file.
        Err(rustix::io::Errno::NOENT) => {
            procfs.write(&format!("{pid}/attr/exec"), text.as_bytes()).on("write", profile)
        }
        done => done.on("write", profile),
    }
}

pub fn selinux(container: &mut Container, label: &str) -> Result<()> {
    let procfs = container.procfs()?;
    let path = format!("{}/attr/exec", procfs.own()?);
    procfs.write(&path, label.as_bytes()).on("write", label)
}
