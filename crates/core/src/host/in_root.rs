//! Looks into the root of a container that does not run: every path is resolved by the kernel inside the
//! root (RESOLVE_IN_ROOT), once, to a descriptor.

use super::files::{open, read_all};
use crate::failure::{At, Failure, Result};
use rundlet_plan::{DirectoryInRoot, FoundText, InRoot, InRootStat, ReadInRoot};
use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::{FileType, Mode, OFlags, ResolveFlags, fchmod, fchown, fstat, mkdirat, openat2};
use rustix::io::Errno;

pub fn open_root(path: &str) -> Result<OwnedFd> {
    open(path, OFlags::PATH | OFlags::DIRECTORY, 0)
}

/// Absolute links count from the root; magic links are not followed.
pub fn open_in_root(root: impl AsFd, path: &str, flags: OFlags) -> rustix::io::Result<OwnedFd> {
    let resolve = ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS;
    loop {
        match openat2(&root, path, flags | OFlags::CLOEXEC, Mode::empty(), resolve) {
            // Something was renamed meanwhile (openat2(2)).
            Err(Errno::AGAIN | Errno::INTR) => {}
            other => return other,
        }
    }
}

/// Text of a regular file; one that is not there, or is no regular file, is not found. A fifo
/// does not block.
pub fn read_in_root(args: ReadInRoot) -> Result<FoundText> {
    let root = open_root(&args.root)?;
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY;
    let file = match open_in_root(&root, &args.path, flags) {
        Ok(file) => file,
        Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP | Errno::NXIO) => return Ok(missing()),
        Err(errno) => return Err(Failure::kernel("openat2", errno, args.path)),
    };
    let stat = fstat(&file).at("fstat", &args.path)?;
    if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
        return Ok(missing());
    }
    let bytes = read_all(&file, args.max as usize, &args.path)?;
    Ok(FoundText { found: true, text: String::from_utf8_lossy(&bytes).into_owned() })
}

fn missing() -> FoundText {
    FoundText { found: false, text: String::new() }
}

/// What a path leads to: `missing`, `directory` or `other`.
pub fn stat_in_root(args: InRoot) -> Result<InRootStat> {
    let root = open_root(&args.root)?;
    let kind = match open_in_root(&root, &args.path, OFlags::PATH) {
        Ok(fd) => {
            let stat = fstat(&fd).at("fstat", &args.path)?;
            if FileType::from_raw_mode(stat.st_mode).is_dir() { "directory" } else { "other" }
        }
        Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => "missing",
        Err(errno) => return Err(Failure::kernel("openat2", errno, args.path)),
    };
    Ok(InRootStat { kind: kind.to_owned() })
}

/// `mkdir -p` inside the root; existing directories stay as they are, new ones get mode and owner. ENOTDIR
/// where something else stands.
pub fn make_directory_in_root(args: DirectoryInRoot) -> Result<()> {
    let root = open_root(&args.root)?;
    let mut made = String::from("/");
    for part in args.path.split('/').filter(|part| !matches!(*part, "" | ".")) {
        if part == ".." {
            return Err(Failure::kernel("mkdirat", Errno::INVAL, args.path));
        }
        let parent = open_in_root(&root, &made, OFlags::PATH | OFlags::DIRECTORY)
            .at("openat2", &args.path)?;
        if !made.ends_with('/') {
            made.push('/');
        }
        made.push_str(part);
        match mkdirat(&parent, part, Mode::from_raw_mode(args.mode)) {
            Ok(()) => {
                let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW;
                let fd = open_in_root(&root, &made, flags).at("openat2", &args.path)?;
                // The umask must have no say.
                fchmod(&fd, Mode::from_raw_mode(args.mode)).at("fchmod", &args.path)?;
                let (uid, gid) =
                    (rustix::fs::Uid::from_raw(args.uid), rustix::fs::Gid::from_raw(args.gid));
                fchown(&fd, Some(uid), Some(gid)).at("fchown", &args.path)?;
            }
            Err(Errno::EXIST) => {
                open_in_root(&root, &made, OFlags::PATH | OFlags::DIRECTORY)
                    .at("openat2", &args.path)?;
            }
            Err(errno) => return Err(Failure::kernel("mkdirat", errno, args.path)),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    #[test]
    fn stays_in_the_root() {
        let base = std::env::temp_dir().join(format!("rundlet-inroot-{}", std::process::id()));
        let rootfs = base.join("root");
        std::fs::create_dir_all(rootfs.join("etc")).unwrap();
        std::fs::write(base.join("secret"), "host").unwrap();
        std::fs::write(rootfs.join("etc/passwd"), "root:x:0:0").unwrap();
        symlink("../../secret", rootfs.join("etc/up")).unwrap();
        symlink("/etc/passwd", rootfs.join("etc/abs")).unwrap();
        symlink("loop", rootfs.join("etc/loop")).unwrap();
        symlink("/real", rootfs.join("lnk")).unwrap();
        std::fs::create_dir(rootfs.join("real")).unwrap();
        let root = rootfs.to_str().unwrap().to_owned();
        let read = |path: &str| {
            read_in_root(ReadInRoot { root: root.clone(), path: path.into(), max: 99 }).unwrap()
        };
        assert_eq!(read("/etc/abs").text, "root:x:0:0");
        for path in ["/etc/up", "/etc/loop", "/etc", "/none/x", "/etc/passwd/x"] {
            assert!(!read(path).found, "{path}");
        }
        let make = |path: &str| {
            let (root, path) = (root.clone(), path.to_owned());
            make_directory_in_root(DirectoryInRoot { root, path, mode: 0o755, uid: 0, gid: 0 })
        };
        make("/lnk/a/b").unwrap();
        let mode = std::fs::metadata(rootfs.join("real/a/b")).unwrap().permissions().mode();
        assert_eq!(mode & 0o7777, 0o755);
        assert!(make("/etc/passwd/x").unwrap_err().is(Errno::NOTDIR));
        assert!(make("/a/../b").unwrap_err().is(Errno::INVAL));
        let kind = |path: &str| {
            stat_in_root(InRoot { root: root.clone(), path: path.into() }).unwrap().kind
        };
        assert_eq!(kind("/lnk"), "directory");
        assert_eq!(kind("/etc/abs"), "other");
        assert_eq!(kind("/etc/up"), "missing");
        std::fs::remove_dir_all(base).unwrap();
    }
}
