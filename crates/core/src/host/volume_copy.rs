//! Copy-up: what the image has at a volume's place becomes the content of a new, empty volume. By
//! descriptors on both sides; a volume path of a hostile image leads nowhere (CVE-2022-23648).

use super::files::{entry_names, open};
use super::in_root::{open_in_root, open_root};
use crate::failure::{At, Failure, Result};
use rundlet_plan::{Copied, CopyIntoVolume};
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{
    AtFlags, Dir, FileType, Gid, Mode, OFlags, Stat, Timespec, Timestamps, Uid, copy_file_range,
    fchmod, fgetxattr, flistxattr, fsetxattr, fstat, futimens, linkat, mkdirat, mknodat, openat,
    readlinkat, symlinkat, utimensat,
};
use rustix::io::Errno;
use std::collections::HashMap;
use std::ffi::{CStr, CString};

/// Deeper trees would take our stack and descriptors.
const MAX_DEPTH: u32 = 256;

/// Copies nothing when the volume has something already, or the image no directory there.
pub fn copy_into_volume(args: CopyIntoVolume) -> Result<Copied> {
    let root = open_root(&args.root)?;
    let flags = OFlags::RDONLY | OFlags::DIRECTORY;
    let source = match open_in_root(&root, &args.path, flags) {
        Ok(source) => source,
        Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => return Ok(Copied { copied: false }),
        Err(errno) => return Err(Failure::kernel("openat2", errno, args.path)),
    };
    let volume = open(&args.volume, flags | OFlags::NOFOLLOW, 0)?;
    if !is_empty(&volume, &args.volume)? {
        return Ok(Copied { copied: false });
    }
    let mut copy = Copy { links: HashMap::new(), top: volume };
    let top = copy.top.try_clone().at("dup", &args.volume)?;
    copy.directory(source.as_fd(), top.as_fd(), "", 0)?;
    Ok(Copied { copied: true })
}

fn is_empty(fd: &OwnedFd, path: &str) -> Result<bool> {
    for entry in Dir::read_from(fd).at("getdents64", path)? {
        let entry = entry.at("getdents64", path)?;
        if !matches!(entry.file_name().to_bytes(), b"." | b"..") {
            return Ok(false);
        }
    }
    Ok(true)
}

struct Copy {
    /// Inodes with several names, and the first name in the volume.
    links: HashMap<(u64, u64), CString>,
    top: OwnedFd,
}

impl Copy {
    /// Contents first: a directory's own times change with them.
    fn directory(
        &mut self,
        from: BorrowedFd<'_>,
        to: BorrowedFd<'_>,
        path: &str,
        depth: u32,
    ) -> Result<()> {
        if depth > MAX_DEPTH {
            return Err(Failure::text(path, "directories nested too deep"));
        }
        for name in entry_names(from, path)? {
            let below = match path {
                "" => name.to_string_lossy().into_owned(),
                _ => format!("{path}/{}", name.to_string_lossy()),
            };
            self.entry(from, to, &name, &below, depth)?;
        }
        let stat = fstat(from).at("fstat", path)?;
        copy_attributes(from, to, &stat).at("setattr", path)
    }

    fn entry(
        &mut self,
        from: BorrowedFd<'_>,
        to: BorrowedFd<'_>,
        name: &CStr,
        path: &str,
        depth: u32,
    ) -> Result<()> {
        let stat = rustix::fs::statat(from, name, AtFlags::SYMLINK_NOFOLLOW).at("fstatat", path)?;
        let kind = FileType::from_raw_mode(stat.st_mode);
        if !kind.is_dir() && stat.st_nlink > 1 {
            let key = (stat.st_dev, stat.st_ino);
            if let Some(first) = self.links.get(&key) {
                return linkat(&self.top, first, to, name, AtFlags::empty()).at("linkat", path);
            }
            // A name that is not UTF-8 loses only its second names.
            if let Ok(first) = CString::new(path) {
                self.links.insert(key, first);
            }
        }
        let open_source = |flags: OFlags| {
            openat(from, name, flags | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty())
                .at("openat", path)
        };
        match kind {
            FileType::Directory => {
                let source = open_source(OFlags::RDONLY | OFlags::DIRECTORY)?;
                mkdirat(to, name, Mode::RWXU).at("mkdirat", path)?;
                let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
                let made = openat(to, name, flags, Mode::empty()).at("openat", path)?;
                self.directory(source.as_fd(), made.as_fd(), path, depth + 1)
            }
            FileType::RegularFile => {
                let source = open_source(OFlags::RDONLY)?;
                let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW;
                let made =
                    openat(to, name, flags | OFlags::CLOEXEC, Mode::RUSR).at("openat", path)?;
                copy_bytes(&source, &made).at("copy_file_range", path)?;
                copy_attributes(source.as_fd(), made.as_fd(), &stat).at("setattr", path)
            }
            FileType::Symlink => {
                let target = readlinkat(from, name, Vec::new()).at("readlinkat", path)?;
                symlinkat(&target, to, name).at("symlinkat", path)?;
                own_name(to, name, &stat).at("fchownat", path)
            }
            FileType::Fifo | FileType::CharacterDevice | FileType::BlockDevice => {
                let mode = Mode::from_raw_mode(stat.st_mode);
                mknodat(to, name, kind, mode, stat.st_rdev).at("mknodat", path)?;
                own_name(to, name, &stat).at("fchownat", path)?;
                // mknod's mode went through the umask.
                rustix::fs::chmodat(to, name, mode, AtFlags::empty()).at("fchmodat", path)
            }
            // A socket is nothing without its process.
            _ => Ok(()),
        }
    }
}

fn copy_bytes(from: &OwnedFd, to: &OwnedFd) -> rustix::io::Result<()> {
    loop {
        match copy_file_range(from, None, to, None, 1 << 30) {
            Ok(0) => return Ok(()),
            Ok(_) | Err(Errno::INTR) => {}
            // Between two file systems that cannot do it together.
            Err(Errno::XDEV | Errno::INVAL | Errno::OPNOTSUPP | Errno::NOSYS) => break,
            Err(errno) => return Err(errno),
        }
    }
    loop {
        match rustix::fs::sendfile(to, from, None, 1 << 30) {
            Ok(0) => return Ok(()),
            Ok(_) | Err(Errno::INTR) => {}
            Err(errno) => return Err(errno),
        }
    }
}

/// Owner before mode (chown clears set-id bits), extended attributes before times.
fn copy_attributes(
    from: BorrowedFd<'_>,
    to: BorrowedFd<'_>,
    stat: &Stat,
) -> rustix::io::Result<()> {
    let (uid, gid) = (Uid::from_raw(stat.st_uid), Gid::from_raw(stat.st_gid));
    rustix::fs::fchown(to, Some(uid), Some(gid))?;
    fchmod(to, Mode::from_raw_mode(stat.st_mode))?;
    copy_xattrs(from, to)?;
    futimens(to, &times(stat))
}

fn copy_xattrs(from: BorrowedFd<'_>, to: BorrowedFd<'_>) -> rustix::io::Result<()> {
    let mut names = vec![0_u8; 64 << 10];
    let count = match flistxattr(from, &mut *names) {
        Ok(count) => count,
        Err(Errno::OPNOTSUPP) => return Ok(()),
        Err(errno) => return Err(errno),
    };
    for name in names[..count].split(|byte| *byte == 0).filter(|name| !name.is_empty()) {
        // What belongs to an overlay means nothing outside it.
        if name.starts_with(b"trusted.overlay.") || name.starts_with(b"user.overlay.") {
            continue;
        }
        let mut value = vec![0_u8; 64 << 10];
        let length = fgetxattr(from, name, &mut *value)?;
        match fsetxattr(to, name, &value[..length], rustix::fs::XattrFlags::empty()) {
            Ok(()) | Err(Errno::OPNOTSUPP) => {}
            Err(errno) => return Err(errno),
        }
    }
    Ok(())
}

fn own_name(to: BorrowedFd<'_>, name: &CStr, stat: &Stat) -> rustix::io::Result<()> {
    let (uid, gid) = (Uid::from_raw(stat.st_uid), Gid::from_raw(stat.st_gid));
    rustix::fs::chownat(to, name, Some(uid), Some(gid), AtFlags::SYMLINK_NOFOLLOW)?;
    utimensat(to, name, &times(stat), AtFlags::SYMLINK_NOFOLLOW)
}

fn times(stat: &Stat) -> Timestamps {
    let time = |seconds: i64, nanoseconds: u64| Timespec {
        tv_sec: seconds,
        tv_nsec: nanoseconds.try_into().unwrap_or(0),
    };
    Timestamps {
        last_access: time(stat.st_atime, stat.st_atime_nsec),
        last_modification: time(stat.st_mtime, stat.st_mtime_nsec),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

    #[test]
    fn a_tree_with_all_kinds() {
        let base = std::env::temp_dir().join(format!("rundlet-copyup-{}", std::process::id()));
        let (root, volume) = (base.join("root"), base.join("volume"));
        let data = root.join("data");
        std::fs::create_dir_all(data.join("sub")).unwrap();
        std::fs::create_dir_all(&volume).unwrap();
        std::fs::write(base.join("secret"), "host").unwrap();
        std::fs::write(data.join("sub/file"), "text").unwrap();
        let mode = |path, mode| {
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
        };
        mode(data.join("sub/file"), 0o4711);
        mode(data.clone(), 0o1777);
        std::fs::hard_link(data.join("sub/file"), data.join("again")).unwrap();
        symlink("/sub/file", data.join("link")).unwrap();
        symlink("../..", root.join("up")).unwrap();
        let copy = |path: &str| {
            let (root, volume) = (root.to_str().unwrap(), volume.to_str().unwrap());
            copy_into_volume(CopyIntoVolume {
                root: root.into(),
                path: path.into(),
                volume: volume.into(),
            })
        };
        assert!(!copy("/none").unwrap().copied);
        assert!(!copy("/data/sub/file").unwrap().copied);
        assert!(copy("/data").unwrap().copied);
        let copied = std::fs::metadata(volume.join("sub/file")).unwrap();
        assert_eq!(copied.mode() & 0o7777, 0o4711);
        assert_eq!(copied.nlink(), 2);
        let original = std::fs::metadata(data.join("sub/file")).unwrap();
        assert_eq!(copied.mtime_nsec(), original.mtime_nsec());
        assert_eq!(std::fs::metadata(&volume).unwrap().mode() & 0o7777, 0o1777);
        assert_eq!(std::fs::read_link(volume.join("link")).unwrap().to_str(), Some("/sub/file"));
        assert!(!copy("/data").unwrap().copied);
        std::fs::remove_dir_all(&volume).unwrap();
        std::fs::create_dir(&volume).unwrap();
        // `..` above the root is the root.
        copy("/up/data/../../../data/sub").unwrap();
        assert!(!volume.join("secret").exists());
        assert!(volume.join("file").exists());
        std::fs::remove_dir_all(base).unwrap();
    }
}
