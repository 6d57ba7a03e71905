//! `treeSize`: bytes below a directory, as moby counts a layer. Nothing is followed.

use super::files::{entry_names, open};
use crate::failure::{At, Failure, Result};
use rundlet_plan::{Path, TreeSize};
use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::{AtFlags, FileType, Mode, OFlags, openat, statat};
use rustix::io::Errno;
use std::collections::HashSet;

const DIRECTORY: OFlags =
    OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// One descriptor is open for each level.
const MAX_DEPTH: usize = 2048;

pub fn tree_size(args: Path) -> Result<TreeSize> {
    let root = open(&args.path, DIRECTORY, 0)?;
    let mut total = Total::default();
    total.add(root, &args.path, 0)?;
    Ok(TreeSize { bytes: total.bytes, entries: total.entries })
}

#[derive(Default)]
struct Total {
    bytes: u64,
    entries: u64,
    /// Files with several names that were counted.
    linked: HashSet<(u64, u64)>,
}

impl Total {
    /// What goes away meanwhile does not count.
    fn add(&mut self, directory: OwnedFd, path: &str, depth: usize) -> Result<()> {
        if depth > MAX_DEPTH {
            return Err(Failure::kernel("openat", Errno::NAMETOOLONG, path));
        }
        for name in entry_names(&directory, path)? {
            let stat = match statat(directory.as_fd(), &name, AtFlags::SYMLINK_NOFOLLOW) {
                Err(Errno::NOENT) => continue,
                other => other.at("fstatat", path)?,
            };
            self.entries += 1;
            if FileType::from_raw_mode(stat.st_mode).is_dir() {
                match openat(&directory, &name, DIRECTORY, Mode::empty()) {
                    Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => {}
                    other => self.add(other.at("openat", path)?, path, depth + 1)?,
                }
            } else if stat.st_nlink < 2 || self.linked.insert((stat.st_dev, stat.st_ino)) {
                self.bytes += u64::try_from(stat.st_size).unwrap_or(0);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{create_dir_all, hard_link, write};
    use std::os::unix::fs::symlink;

    #[test]
    fn counts_files_once_and_symlinks_by_their_targets() {
        let base = std::env::temp_dir().join(format!("rundlet-size-{}", std::process::id()));
        create_dir_all(base.join("a/b")).unwrap();
        write(base.join("a/file"), "12345").unwrap();
        hard_link(base.join("a/file"), base.join("a/b/again")).unwrap();
        symlink("/etc", base.join("a/link")).unwrap();
        let path = base.to_str().unwrap().to_owned();
        let size = tree_size(Path { path: path.clone() }).unwrap();
        assert_eq!((size.bytes, size.entries), (9, 5));
        std::fs::remove_dir_all(&base).unwrap();
        assert!(tree_size(Path { path }).unwrap_err().is(Errno::NOENT));
    }
}
