//! Which targets a mount may have: never the root itself, and nothing in /proc that could stand in for
//! a file which the kernel, we or an LSM trust (CVE-2019-16884, CVE-2019-19921, CVE-2023-27561).

use crate::error::{Context, Error, Result};
use crate::root::{Links, Make, Root, clean, is_procfs, place};
use alloc::format;
use rustix::fd::{BorrowedFd, OwnedFd};
use rustix::io::Errno;

/// Files of /proc that lxcfs covers, by their literal paths.
const COVERABLE: [&str; 10] = [
    "/proc/cpuinfo",
    "/proc/diskstats",
    "/proc/meminfo",
    "/proc/stat",
    "/proc/swaps",
    "/proc/uptime",
    "/proc/loadavg",
    "/proc/slabinfo",
    "/proc/sys/kernel/ns_last_pid",
    "/proc/sys/crypto/fips_enabled",
];

/// What is about to be mounted, as far as /proc cares.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// A fresh procfs, or a bind of one.
    Procfs,
    Other,
}

/// Checks a resolved target. `procfs` is the device of the procfs at the container's /proc.
pub fn check(
    root: &Root,
    target: &str,
    resolved: BorrowedFd<'_>,
    content: Content,
    procfs: Option<(u32, u32)>,
) -> Result<()> {
    let at = place(resolved).on("statx", target)?;
    if at == place(root).on("statx", target)? {
        let text = format!("mountpoint {target:?} is on the top of rootfs {:?}", root.host_path);
        return Err(Error::refused("move_mount", target, text));
    }
    check_text(&root.host_path, target, content, procfs == Some(at.device))
}

fn check_text(rootfs: &str, target: &str, content: Content, in_procfs: bool) -> Result<()> {
    let literal = clean(target);
    let below = literal == "/proc" || literal.starts_with("/proc/") || in_procfs;
    if !below || COVERABLE.contains(&literal.as_str()) {
        return Ok(());
    }
    let why = match (literal == "/proc", content) {
        (true, Content::Procfs) => return Ok(()),
        (true, Content::Other) => "not of type proc",
        (false, _) => "inside /proc",
    };
    let text = format!(
        "check proc-safety of {target} mount: \"{rootfs}{literal}\" cannot be mounted because it is {why}"
    );
    Err(Error::refused("move_mount", target, text))
}

/// The target of a procfs or sysfs: a real directory at the literal place, made if it is missing.
pub fn ordinary_directory(root: &Root, target: &str, fstype: &str) -> Result<OwnedFd> {
    match root.make(&clean(target), Links::Refuse, Make::Directory) {
        Ok((fd, _)) if crate::root::kind_of(&fd).on("fstat", target)?.is_dir() => Ok(fd),
        Ok(_) | Err(Errno::LOOP | Errno::NOTDIR) => Err(Error::refused(
            "openat2",
            target,
            format!("filesystem {fstype:?} must be mounted on ordinary directory"),
        )),
        Err(errno) => Err(Error::kernel("openat2", errno, target)),
    }
}

/// What a bind brings.
pub fn content_of(tree: BorrowedFd<'_>, source: &str) -> Result<Content> {
    let procfs = is_procfs(tree).on("fstatfs", source)?;
    Ok(if procfs { Content::Procfs } else { Content::Other })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(target: &str, content: Content, in_procfs: bool) -> bool {
        check_text("/r", target, content, in_procfs).is_ok()
    }

    #[test]
    fn guards_proc() {
        assert!(allowed("/data", Content::Other, false));
        assert!(allowed("/process", Content::Other, false));
        assert!(allowed("/proc", Content::Procfs, false));
        assert!(allowed("/proc/cpuinfo", Content::Other, true));
        assert!(!allowed("/proc", Content::Other, false));
        assert!(!allowed("/proc/../proc", Content::Other, false));
        assert!(!allowed("/proc/self/attr", Content::Other, false));
        assert!(!allowed("/link-to-proc-sys", Content::Other, true));
        assert!(!allowed("/proc/sys", Content::Procfs, false));
    }
}
