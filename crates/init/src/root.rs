//! Paths inside the container's root, by descriptor: a path is resolved once, to an O_PATH descriptor,
//! and everything after that is done to the descriptor (CVE-2021-30465, CVE-2024-45310).

use crate::error::{Context, Error, Result};
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{
    AtFlags, CWD, FileType, Mode, OFlags, ResolveFlags, StatxFlags, fstat, fstatfs, mkdirat,
    openat, openat2, readlinkat, statx,
};
use rustix::io::{Errno, dup};

pub const PROC_MAGIC: i64 = 0x9fa0;
pub const DEVPTS_MAGIC: i64 = 0x1cd1;
/// As the kernel's.
const MAX_LINKS: usize = 40;
/// `RESOLVE_IN_ROOT` answers EAGAIN when something was renamed meanwhile.
const MAX_RETRIES: usize = 64;

pub const PATH: OFlags = OFlags::PATH.union(OFlags::CLOEXEC);

/// What to make where nothing is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Make {
    Directory,
    File,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Links {
    Follow,
    /// Not the last component.
    KeepLast,
    /// A link anywhere is an error.
    Refuse,
}

/// Where an object is, to compare: two descriptors with the same are the same place.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub mount: u64,
    pub device: (u32, u32),
    pub inode: u64,
}

pub struct Root {
    fd: OwnedFd,
    /// The path of the rootfs on the host, for messages only.
    pub host_path: String,
}

impl AsFd for Root {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

impl Root {
    pub fn new(fd: OwnedFd, host_path: &str) -> Root {
        Root { fd, host_path: host_path.to_string() }
    }

    /// What is at `path`, as O_PATH.
    pub fn open(&self, path: &str, links: Links) -> rustix::io::Result<OwnedFd> {
        self.open_as(path, links, OFlags::empty())
    }

    fn open_as(&self, path: &str, links: Links, more: OFlags) -> rustix::io::Result<OwnedFd> {
        let mut flags = PATH | more;
        let mut resolve = ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS;
        match links {
            Links::Follow => {}
            Links::KeepLast => flags |= OFlags::NOFOLLOW,
            Links::Refuse => resolve |= ResolveFlags::NO_SYMLINKS,
        }
        for _ in 0..MAX_RETRIES {
            match openat2(&self.fd, path, flags, Mode::empty(), resolve) {
                Err(Errno::AGAIN | Errno::INTR) => {}
                Err(Errno::NOSYS) => return self.walk(path, links, None),
                other => return other,
            }
        }
        Err(Errno::AGAIN)
    }

    /// What is at `path`, made if nothing is there, and whether it was there before.
    pub fn make(
        &self,
        path: &str,
        links: Links,
        what: Make,
    ) -> rustix::io::Result<(OwnedFd, bool)> {
        match self.open(path, links) {
            Err(Errno::NOENT) => Ok((self.walk(path, links, Some(what))?, false)),
            other => Ok((other?, true)),
        }
    }

    /// The directory that holds the last component of `path`, made if it is missing.
    pub fn parent(&self, path: &str) -> Result<(OwnedFd, String)> {
        let cleaned = clean(path);
        let Some((dir, name)) = cleaned.rsplit_once('/').filter(|(_, name)| !name.is_empty())
        else {
            return Err(Error::refused("open", path, "the path names the root itself"));
        };
        let dir = if dir.is_empty() { "/" } else { dir };
        let (fd, _) = self.make(dir, Links::Follow, Make::Directory).on("mkdirat", path)?;
        Ok((fd, name.to_string()))
    }

    /// Resolution in user space: for kernels before 5.6, and where components have to be made. Symlinks
    /// are read, never followed by the kernel, and `..` goes back along descriptors that we hold, so
    /// nothing that happens meanwhile leads outside.
    fn walk(&self, path: &str, links: Links, make: Option<Make>) -> rustix::io::Result<OwnedFd> {
        let mut trail = alloc::vec![dup_cloexec(&self.fd)?];
        let mut pending: Vec<String> = Vec::new();
        push_components(&mut pending, path);
        let mut followed = 0;
        while let Some(name) = pending.pop() {
            if name == ".." {
                if trail.len() > 1 {
                    trail.pop();
                }
                continue;
            }
            let Some(dir) = trail.last() else { return Err(Errno::INVAL) };
            let last = pending.is_empty();
            let fd = match openat(dir, name.as_str(), PATH | OFlags::NOFOLLOW, Mode::empty()) {
                Err(Errno::NOENT) => match make {
                    Some(what) => make_entry(dir, &name, what, last)?,
                    None => return Err(Errno::NOENT),
                },
                other => other?,
            };
            let keep = last && links == Links::KeepLast;
            if keep || kind_of(&fd)? != FileType::Symlink {
                trail.push(fd);
                continue;
            }
            followed += 1;
            if links == Links::Refuse || followed > MAX_LINKS || is_procfs(&fd)? {
                return Err(Errno::LOOP);
            }
            let text = readlinkat(&fd, c"", Vec::new())?;
            let text = text.to_str().map_err(|_| Errno::ILSEQ)?;
            if text.starts_with('/') {
                trail.truncate(1);
            }
            push_components(&mut pending, text);
        }
        trail.pop().ok_or(Errno::INVAL)
    }
}

fn push_components(pending: &mut Vec<String>, path: &str) {
    let parts = path.split('/').rev().filter(|part| !part.is_empty() && *part != ".");
    pending.extend(parts.map(ToString::to_string));
}

fn make_entry(dir: &OwnedFd, name: &str, what: Make, last: bool) -> rustix::io::Result<OwnedFd> {
    if last && what == Make::File {
        let flags = OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        drop(openat(dir, name, flags, Mode::from_raw_mode(0o644))?);
        return openat(dir, name, PATH | OFlags::NOFOLLOW, Mode::empty());
    }
    match mkdirat(dir, name, Mode::from_raw_mode(0o755)) {
        Ok(()) | Err(Errno::EXIST) => {}
        Err(errno) => return Err(errno),
    }
    openat(dir, name, PATH | OFlags::NOFOLLOW | OFlags::DIRECTORY, Mode::empty())
}

pub fn dup_cloexec(fd: impl AsFd) -> rustix::io::Result<OwnedFd> {
    let copy = dup(fd)?;
    rustix::io::fcntl_setfd(&copy, rustix::io::FdFlags::CLOEXEC)?;
    Ok(copy)
}

pub fn kind_of(fd: impl AsFd) -> rustix::io::Result<FileType> {
    Ok(FileType::from_raw_mode(fstat(fd)?.st_mode))
}

pub fn is_procfs(fd: impl AsFd) -> rustix::io::Result<bool> {
    Ok(fstatfs(fd)?.f_type as i64 == PROC_MAGIC)
}

/// Where the descriptor points. Kernels before 5.8 give mount 0 for all.
pub fn place(fd: impl AsFd) -> rustix::io::Result<Place> {
    let wanted = StatxFlags::INO | StatxFlags::MNT_ID;
    let stat = statx(fd, c"", AtFlags::EMPTY_PATH, wanted)?;
    Ok(Place {
        mount: stat.stx_mnt_id,
        device: (stat.stx_dev_major, stat.stx_dev_minor),
        inode: stat.stx_ino,
    })
}

/// The root directory of this process.
pub fn current() -> Result<Root> {
    let fd = openat(CWD, c"/", PATH | OFlags::DIRECTORY, Mode::empty()).on("open", "/")?;
    Ok(Root::new(fd, ""))
}

/// Absolute, without `.`, `..`, doubled or trailing slashes; purely by the text.
pub fn clean(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            name => parts.push(name),
        }
    }
    let mut text = String::from("/");
    text.push_str(&parts.join("/"));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cleans_by_the_text() {
        for (path, expected) in [
            ("/", "/"),
            ("", "/"),
            ("..", "/"),
            ("/a//b/./c/", "/a/b/c"),
            ("/../../etc", "/etc"),
            ("a/b/../../../c", "/c"),
            ("/proc/../proc/./self", "/proc/self"),
        ] {
            assert_eq!(clean(path), expected, "{path}");
        }
    }

    fn scratch(name: &str) -> (std::path::PathBuf, Root) {
        let dir = std::env::temp_dir().join(format!("rundlet-init-{name}-{}", std::process::id()));
        std::fs::create_dir_all(dir.join("rootfs")).unwrap();
        let path = dir.join("rootfs");
        let root = openat(CWD, path.to_str().unwrap(), PATH, Mode::empty()).unwrap();
        (dir, Root::new(root, ""))
    }

    #[test]
    fn makes_through_links_but_never_outside() {
        let (dir, root) = scratch("walk");
        let link = |to: &str, at: &str| {
            std::os::unix::fs::symlink(to, dir.join("rootfs").join(at)).unwrap();
        };
        link("/etc/../../../../outside", "abs");
        link("../../../outside2", "up");
        link("loop", "loop");
        root.make("/abs/x", Links::Follow, Make::Directory).unwrap();
        assert!(dir.join("rootfs/outside/x").is_dir());
        root.make("/up/y/file", Links::Follow, Make::File).unwrap();
        assert!(dir.join("rootfs/outside2/y/file").is_file());
        assert!(!dir.join("outside").exists() && !dir.join("outside2").exists());
        assert_eq!(root.make("/loop/z", Links::Follow, Make::File).err(), Some(Errno::LOOP));
        assert_eq!(root.open("/abs", Links::Refuse).err(), Some(Errno::LOOP));
        assert_eq!(root.open("/missing", Links::Follow).err(), Some(Errno::NOENT));
        for path in ["/abs/x", "/up/y/file", "/../outside/x", "/"] {
            let (fast, slow) =
                (root.open(path, Links::Follow), root.walk(path, Links::Follow, None));
            let same = place(fast.unwrap()).unwrap() == place(slow.unwrap()).unwrap();
            assert!(same, "{path}");
        }
        std::fs::remove_dir_all(dir).unwrap();
    }
}
