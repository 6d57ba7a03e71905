//! Finding the program as execvp does, and saying what is wrong in Go's words, which docker, containerd
//! and podman match on.

use crate::container::Container;
use crate::error::{Error, Result, words};
use alloc::ffi::CString;
use alloc::format;
use alloc::string::{String, ToString};
use rustix::fs::{Access, AtFlags, CWD, FileType, accessat, statat};
use rustix::io::Errno;

pub fn lookup(container: &mut Container, file: &str, path: &str) -> Result<()> {
    let found = find(file, path)?;
    let found =
        CString::new(found).map_err(|_| Error::refused("execve", file, "NUL in the path"))?;
    container.program = Some(found);
    Ok(())
}

pub fn find(file: &str, path: &str) -> Result<String> {
    if file.contains('/') {
        return match look(file) {
            Ok(()) => Ok(file.to_string()),
            Err(Problem::Stat(errno)) => {
                Err(failed(errno, file, &format!("stat {file}: {}", words(errno))))
            }
            Err(Problem::NotExecutable(errno)) => Err(failed(errno, file, words(errno))),
        };
    }
    if !file.is_empty() {
        for dir in path.split(':') {
            // An empty entry is the working directory.
            let dir = if dir.is_empty() { "." } else { dir };
            let candidate = format!("{}/{file}", dir.trim_end_matches('/'));
            if look(&candidate).is_err() {
                continue;
            }
            if candidate.starts_with('/') {
                return Ok(candidate);
            }
            let text = "cannot run executable found relative to current directory";
            return Err(failed(Errno::NOENT, file, text));
        }
    }
    Err(failed(Errno::NOENT, file, "executable file not found in $PATH"))
}

enum Problem {
    Stat(Errno),
    NotExecutable(Errno),
}

fn look(path: &str) -> core::result::Result<(), Problem> {
    let stat = statat(CWD, path, AtFlags::empty()).map_err(Problem::Stat)?;
    if FileType::from_raw_mode(stat.st_mode) == FileType::Directory {
        return Err(Problem::NotExecutable(Errno::ISDIR));
    }
    match accessat(CWD, path, Access::EXEC_OK, AtFlags::EACCESS) {
        Ok(()) => Ok(()),
        // No faccessat2 before Linux 5.8, or a filter that refuses it: the mode bits must do.
        Err(Errno::NOSYS | Errno::PERM) if stat.st_mode & 0o111 != 0 => Ok(()),
        Err(Errno::NOSYS | Errno::PERM) => Err(Problem::NotExecutable(Errno::ACCESS)),
        Err(errno) => Err(Problem::NotExecutable(errno)),
    }
}

fn failed(errno: Errno, file: &str, text: &str) -> Error {
    Error::kernel("execve", errno, file).with_detail(format!("exec: {file:?}: {text}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(file: &str, path: &str) -> String {
        match find(file, path) {
            Ok(path) => path,
            Err(Error::Failed { detail, .. }) => detail,
            Err(Error::Orphaned) => String::new(),
        }
    }

    #[test]
    fn says_what_go_says() {
        let dir = std::env::temp_dir().join(format!("rundlet-init-path-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        std::fs::write(dir.join("plain"), "x").unwrap();
        let dir = dir.to_str().unwrap();
        let search = format!("/nosuch:{dir}:/bin");
        assert_eq!(text("sh", &search), "/bin/sh");
        assert_eq!(text("/bin/sh", ""), "/bin/sh");
        assert_eq!(
            text("nosuch", &search),
            r#"exec: "nosuch": executable file not found in $PATH"#
        );
        assert_eq!(text("plain", &search), r#"exec: "plain": executable file not found in $PATH"#);
        assert_eq!(text("", &search), r#"exec: "": executable file not found in $PATH"#);
        assert_eq!(
            text("/nosuch", &search),
            r#"exec: "/nosuch": stat /nosuch: no such file or directory"#
        );
        assert_eq!(text("/bin", ""), r#"exec: "/bin": is a directory"#);
        let plain = format!("{dir}/plain");
        assert_eq!(text(&plain, ""), format!("exec: {plain:?}: permission denied"));
        std::fs::remove_dir_all(dir).unwrap();
    }
}
