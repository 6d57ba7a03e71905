//! Device nodes of the host, for `--device` and `--privileged`.

use super::files::entry_names;
use crate::failure::{At, Failure, Result};
use rundlet_plan::{DeviceNode, DeviceNodes, DeviceQuery};
use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, major, minor, openat, statat};
use rustix::io::Errno;

/// Deep enough for any /dev.
const MAX_DEPTH: u32 = 16;

/// One node, links followed; or all nodes below a directory, without what a container makes of its own.
pub fn device_nodes(args: DeviceQuery) -> Result<DeviceNodes> {
    let stat = statat(CWD, &args.path, AtFlags::empty()).at("stat", &args.path)?;
    let mut nodes = Vec::new();
    if FileType::from_raw_mode(stat.st_mode).is_dir() {
        walk(&args.path, 0, &mut nodes)?;
    } else if let Some(node) = node(&args.path, &stat) {
        nodes.push(node);
    }
    Ok(DeviceNodes { nodes })
}

fn walk(path: &str, depth: u32, nodes: &mut Vec<DeviceNode>) -> Result<()> {
    if depth > MAX_DEPTH {
        return Err(Failure::text(path, "directories nested too deep"));
    }
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let directory = match openat(CWD, path, flags, Mode::empty()) {
        Ok(directory) => directory,
        Err(Errno::NOENT | Errno::NOTDIR) => return Ok(()),
        Err(errno) => return Err(Failure::kernel("open", errno, path)),
    };
    let mut names: Vec<String> = entry_names(&directory, path)?
        .iter()
        .map(|name| name.to_string_lossy().into_owned())
        .filter(|name| name != "console")
        .collect();
    names.sort();
    for name in names {
        let below = format!("{}/{name}", path.trim_end_matches('/'));
        let stat = match statat(&directory, &name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => stat,
            Err(Errno::NOENT) => continue,
            Err(errno) => return Err(Failure::kernel("fstatat", errno, below)),
        };
        if FileType::from_raw_mode(stat.st_mode).is_dir() {
            // Other file systems, which the container has its own of; and what is none of its business.
            let skipped =
                ["pts", "shm", "fd", "mqueue", ".lxc", ".lxd-mounts", ".udev"].contains(&&*name);
            if !skipped {
                walk(&below, depth + 1, nodes)?;
            }
        } else if let Some(node) = node(&below, &stat) {
            nodes.push(node);
        }
    }
    Ok(())
}

fn node(path: &str, stat: &rustix::fs::Stat) -> Option<DeviceNode> {
    let kind = match FileType::from_raw_mode(stat.st_mode) {
        FileType::CharacterDevice => "c",
        FileType::BlockDevice => "b",
        _ => return None,
    };
    Some(DeviceNode {
        path: path.to_owned(),
        kind: kind.to_owned(),
        major: major(stat.st_rdev),
        minor: minor(stat.st_rdev),
        mode: stat.st_mode & 0o7777,
        uid: stat.st_uid,
        gid: stat.st_gid,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_and_all_of_dev() {
        let nodes = |path: &str| device_nodes(DeviceQuery { path: path.into() }).unwrap().nodes;
        let null = &nodes("/dev/null")[0];
        assert_eq!((null.kind.as_str(), null.major, null.minor), ("c", 1, 3));
        assert!(nodes("/dev").iter().any(|node| node.path == "/dev/null"));
        assert!(!nodes("/dev").iter().any(|node| node.path.starts_with("/dev/pts/")));
        assert!(nodes("/etc/hostname").is_empty());
    }
}
