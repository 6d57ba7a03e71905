//! AUFS's marks of removed files, in which layers speak of them (image-spec, layer.md "Whiteouts").

use crate::error::{Error, Result};

#[derive(Debug, PartialEq, Eq)]
pub enum Mark<'a> {
    /// A name like any other.
    None,
    /// `.wh.NAME`: what lies below this name is gone.
    Whiteout(&'a [u8]),
    /// `.wh..wh..opq`: what lies below the directory is gone.
    Opaque,
    /// AUFS's own book-keeping.
    Ignored,
}

/// What the last part of an entry's path says.
pub fn mark(name: &[u8]) -> Result<Mark<'_>> {
    let Some(hidden) = name.strip_prefix(b".wh.") else { return Ok(Mark::None) };
    if hidden == b".wh..opq" {
        return Ok(Mark::Opaque);
    }
    if hidden.starts_with(b".wh.") {
        return Ok(Mark::Ignored);
    }
    match hidden {
        b"" | b"." | b".." => {
            Err(Error::refused(String::from_utf8_lossy(name), "whiteout of no name"))
        }
        _ => Ok(Mark::Whiteout(hidden)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks() {
        assert_eq!(mark(b"wh.x").unwrap(), Mark::None);
        assert_eq!(mark(b".wh.x").unwrap(), Mark::Whiteout(b"x"));
        assert_eq!(mark(b".wh...x").unwrap(), Mark::Whiteout(b"..x"));
        assert_eq!(mark(b".wh..wh..opq").unwrap(), Mark::Opaque);
        assert_eq!(mark(b".wh..wh.plnk").unwrap(), Mark::Ignored);
        for wrong in [&b".wh."[..], b".wh..", b".wh..."] {
            assert!(mark(wrong).is_err());
        }
    }
}
