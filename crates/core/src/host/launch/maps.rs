//! Id maps of a new user namespace, written from outside.
//! <https://man7.org/linux/man-pages/man7/user_namespaces.7.html>

use crate::failure::{At, Failure, Result};
use crate::host::files::open;
use rundlet_plan::{IdMap, UserMaps};
use rustix::fd::OwnedFd;
use rustix::fs::{Mode, OFlags, openat};
use rustix::io::Errno;
use std::process::{Command, Stdio};

/// `pid` is a child of ours that has not been reaped, so that the number is its own.
pub fn write(pid: i32, maps: &UserMaps) -> Result<()> {
    let path = format!("/proc/{pid}");
    let directory = open(&path, OFlags::PATH | OFlags::DIRECTORY, 0)?;
    // Before gid_map, or a process could shed a group that denies it something (CVE-2014-8989).
    if maps.deny_setgroups {
        write_file(&directory, "setgroups", "deny", "/linux/gidMappings")?;
    }
    if maps.helpers {
        run_helper("newuidmap", pid, &maps.uid, "/linux/uidMappings")?;
        return run_helper("newgidmap", pid, &maps.gid, "/linux/gidMappings");
    }
    write_file(&directory, "uid_map", &lines(&maps.uid), "/linux/uidMappings")?;
    write_file(&directory, "gid_map", &lines(&maps.gid), "/linux/gidMappings")
}

fn lines(maps: &[IdMap]) -> String {
    maps.iter().map(|map| format!("{} {} {}\n", map.container, map.host, map.size)).collect()
}

/// The kernel takes a map in one write only.
fn write_file(directory: &OwnedFd, name: &str, text: &str, from: &str) -> Result<()> {
    let flags = OFlags::WRONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW;
    let fd = match openat(directory, name, flags, Mode::empty()) {
        // A kernel before 3.19 has no setgroups file.
        Err(Errno::NOENT) if name == "setgroups" => return Ok(()),
        other => other.at("openat", name)?,
    };
    match rustix::io::write(&fd, text.as_bytes()) {
        Ok(length) if length == text.len() => Ok(()),
        Ok(_) => Err(Failure::kernel("write", Errno::IO, name).asked_by(from)),
        Err(errno) => Err(Failure::kernel("write", errno, name).asked_by(from)),
    }
}

/// The set-uid helpers of shadow, which check /etc/subuid and /etc/subgid.
fn run_helper(name: &str, pid: i32, maps: &[IdMap], from: &str) -> Result<()> {
    let numbers = maps.iter().flat_map(|map| [map.container, map.host, map.size]);
    let output = Command::new(name)
        .arg(pid.to_string())
        .args(numbers.map(|number| number.to_string()))
        .stdin(Stdio::null())
        .output()
        .at("execve", name)
        .map_err(|failure| failure.asked_by(from))?;
    match output.status.success() {
        true => Ok(()),
        false => {
            let words = String::from_utf8_lossy(&output.stderr);
            Err(Failure::text(name, words.trim()).asked_by(from))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_each() {
        let maps = [
            IdMap { container: 0, host: 1000, size: 1 },
            IdMap { container: 1, host: 100_000, size: 65_536 },
        ];
        assert_eq!(lines(&maps), "0 1000 1\n1 100000 65536\n");
    }
}
