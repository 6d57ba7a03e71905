//! Names of entries as paths below the layer's root.

use crate::error::{Error, Result};

/// The name without `.`, empty parts, slashes at the ends and `x/..`; empty for the root itself. A name
/// that leads out is refused; links on the way are left to the kernel.
pub fn clean(name: &[u8]) -> Result<Vec<u8>> {
    let mut parts: Vec<&[u8]> = Vec::new();
    for part in name.split(|byte| *byte == b'/') {
        match part {
            b"" | b"." => {}
            b".." if parts.pop().is_none() => {
                let name = String::from_utf8_lossy(name);
                return Err(Error::refused(name, "leads out of the layer"));
            }
            b".." => {}
            part => parts.push(part),
        }
    }
    Ok(parts.join(&b'/'))
}

/// Parent directory and last part.
pub fn split(path: &[u8]) -> (&[u8], &[u8]) {
    match path.iter().rposition(|byte| *byte == b'/') {
        Some(slash) => (&path[..slash], &path[slash + 1..]),
        None => (b"", path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cleaned() {
        for (name, path) in [
            ("./", ""),
            ("/", ""),
            ("./a//b/", "a/b"),
            ("/etc/passwd", "etc/passwd"),
            ("a/../b", "b"),
            ("a/b/../../c", "c"),
            ("...", "..."),
        ] {
            assert_eq!(clean(name.as_bytes()).unwrap(), path.as_bytes(), "{name}");
        }
        for name in ["..", "../x", "a/../../x", "/../x", "./../x"] {
            assert!(clean(name.as_bytes()).is_err(), "{name}");
        }
        assert_eq!(split(b"a/b/c"), (&b"a/b"[..], &b"c"[..]));
        assert_eq!(split(b"c"), (&b""[..], &b"c"[..]));
    }
}
