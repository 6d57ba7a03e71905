//! The working directory, and the proof that it is inside (CVE-2024-21626).

use crate::container::Container;
use crate::error::{Error, Result, words};
use crate::root::{Links, Make, kind_of};
use crate::sys;
use alloc::format;
use alloc::string::ToString;
use rundlet_plan::Act;
use rustix::io::Errno;
use rustix::process::fchdir;

/// Before the change of user root is tried; a directory that root may not enter (NFS) is tried again as
/// the user.
pub fn change(container: &mut Container, path: &str, create: bool, rest: &[Act]) -> Result<()> {
    let user_follows = rest.iter().any(|act| matches!(act, Act::Credentials(_)));
    match enter(container, path) {
        Err(Errno::NOENT) if create => {
            let (fd, _) = container
                .root()?
                .make(path, Links::Follow, Make::Directory)
                .map_err(|errno| failed("mkdirat", errno, path))?;
            if !kind_of(&fd).is_ok_and(|kind| kind.is_dir()) {
                return Err(failed("chdir", Errno::NOTDIR, path));
            }
            fchdir(&fd).map_err(|errno| failed("chdir", errno, path))?;
        }
        Err(Errno::ACCESS | Errno::PERM) if user_follows => {
            container.pending_cwd = Some(path.to_string());
            return Ok(());
        }
        done => done.map_err(|errno| failed("chdir", errno, path))?,
    }
    verify()
}

/// Through no magic link: /proc/self/fd/N would be a descriptor of ours.
fn enter(container: &mut Container, path: &str) -> rustix::io::Result<()> {
    let root = container.root().map_err(|_| Errno::NOENT)?;
    fchdir(root.open(path, Links::Follow)?)
}

pub fn retry(container: &mut Container) -> Result<()> {
    match container.pending_cwd.take() {
        Some(path) => {
            enter(container, &path).map_err(|errno| failed("chdir", errno, &path))?;
            verify()
        }
        None => Ok(()),
    }
}

fn failed(call: &'static str, errno: Errno, path: &str) -> Error {
    let text = match call {
        "chdir" => format!("chdir to cwd ({path:?}) set in config.json failed: {}", words(errno)),
        _ => format!("mkdir {path}: {}", words(errno)),
    };
    Error::kernel(call, errno, path).with_detail(text)
}

/// The kernel marks a directory that cannot be reached from our root, in our mount namespace.
pub fn verify() -> Result<()> {
    let mut path = [0u8; 4096];
    match sys::getcwd(&mut path) {
        Ok(_) if path[0] == b'/' => Ok(()),
        // Longer than a page, so it is neither of the kernel's two other answers.
        Err(Errno::RANGE | Errno::NAMETOOLONG) => Ok(()),
        _ => Err(Error::refused(
            "getcwd",
            "cwd",
            "current working directory is outside of container mount namespace root -- possible \
             container breakout detected",
        )),
    }
}
