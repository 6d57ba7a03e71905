//! One header block of 512 bytes: ustar, star, GNU and old V7.

use crate::error::{Error, Result};

pub const BLOCK: usize = 512;
pub type Block = [u8; BLOCK];

/// Seconds since 1970 and nanoseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time {
    pub seconds: i64,
    pub nanoseconds: u32,
}

/// A header as it stands; extended headers may say otherwise.
#[derive(Debug, Default)]
pub struct Header {
    pub path: Vec<u8>,
    pub link: Vec<u8>,
    pub typeflag: u8,
    pub mode: u32,
    pub uid: u64,
    pub gid: u64,
    pub size: u64,
    pub mtime: Time,
    pub major: u32,
    pub minor: u32,
}

/// `None` for a block of zeros.
pub fn parse(block: &Block) -> Result<Option<Header>> {
    if !check_sum(block)? {
        return Ok(None);
    }
    let magic = &block[257..265];
    let ustar = magic.starts_with(b"ustar\0");
    let star = ustar && &block[508..] == b"tar\0";
    let gnu = magic == b"ustar  \0";
    let mut path = text(&block[..100]).to_vec();
    if ustar {
        let prefix = text(if star { &block[345..476] } else { &block[345..500] });
        if !prefix.is_empty() {
            path = [prefix, b"/", &path].concat();
        }
    }
    let device = |field: &[u8]| if ustar || gnu { number(field, "device number") } else { Ok(0) };
    Ok(Some(Header {
        path,
        link: text(&block[157..257]).to_vec(),
        typeflag: block[156],
        // Only permission bits count; some writers put the file type above them.
        mode: u32::try_from(number(&block[100..108], "mode")? & 0o7777).unwrap_or(0),
        uid: number(&block[108..116], "uid")?,
        gid: number(&block[116..124], "gid")?,
        size: number(&block[124..136], "size")?,
        mtime: Time { seconds: signed(&block[136..148], "mtime")?, nanoseconds: 0 },
        major: small(device(&block[329..337])?, "device number")?,
        minor: small(device(&block[337..345])?, "device number")?,
    }))
}

/// False for a block of zeros. Old writers summed signed bytes.
fn check_sum(block: &Block) -> Result<bool> {
    let field = 148..156;
    let (mut unsigned, mut negative) = (8 * u64::from(b' '), 0);
    for (place, byte) in block.iter().enumerate() {
        if !field.contains(&place) {
            unsigned += u64::from(*byte);
            negative += u64::from(*byte >= 0x80) * 256;
        }
    }
    if unsigned == 8 * u64::from(b' ') && block[field.clone()].iter().all(|byte| *byte == 0) {
        return Ok(false);
    }
    let stored = number(&block[field], "checksum")?;
    // A sum of signed bytes may be below zero: compare without subtracting.
    if stored == unsigned || stored + negative == unsigned {
        return Ok(true);
    }
    Err(damaged("wrong checksum"))
}

/// Up to the first NUL.
fn text(field: &[u8]) -> &[u8] {
    field.split(|byte| *byte == 0).next().unwrap_or_default()
}

/// A number that is not negative.
fn number(field: &[u8], what: &str) -> Result<u64> {
    u64::try_from(signed(field, what)?).map_err(|_| damaged(&format!("negative {what}")))
}

pub fn small(number: u64, what: &str) -> Result<u32> {
    u32::try_from(number).map_err(|_| damaged(&format!("{what} {number} is too large")))
}

/// Octal digits among spaces and NULs (none at all is 0), or GNU's base 256: two's complement behind a
/// set top bit.
fn signed(field: &[u8], what: &str) -> Result<i64> {
    let bad = || damaged(&format!("{what} is no number"));
    if field[0] & 0x80 != 0 {
        let inverted = if field[0] & 0x40 == 0 { 0 } else { 0xff };
        let mut value: u64 = 0;
        for (place, byte) in field.iter().enumerate() {
            let byte = byte ^ inverted;
            let byte = if place == 0 { byte & 0x7f } else { byte };
            if value >> 55 != 0 {
                return Err(bad());
            }
            value = value << 8 | u64::from(byte);
        }
        let value = i64::try_from(value).map_err(|_| bad())?;
        return Ok(if inverted == 0 { value } else { !value });
    }
    let trimmed = field.trim_ascii_start();
    let start = trimmed.iter().position(|byte| !matches!(byte, 0 | b' ')).unwrap_or(trimmed.len());
    let digits = text(&trimmed[start..]).trim_ascii_end();
    digits.iter().try_fold(0_i64, |value, digit| match digit {
        b'0'..=b'7' => value
            .checked_mul(8)
            .and_then(|value| value.checked_add(i64::from(digit - b'0')))
            .ok_or_else(bad),
        _ => Err(bad()),
    })
}

pub fn damaged(reason: &str) -> Error {
    Error::refused("", format!("invalid tar header: {reason}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        for (field, value) in [
            (&b"0000644\0"[..], 0o644),
            (b"    755 ", 0o755),
            (b" 12\0 345", 0o12),
            (b"\0\0\0\0\0\0\0\0", 0),
            (b"        ", 0),
            (b"\x80\0\0\0\0\x01\0\0", 65_536),
            (b"\xff\xff\xff\xff\xff\xff\xff\xfe", -2),
            (b"\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff", i64::MAX),
        ] {
            if field.len() == 12 {
                // Eight bytes of value: all of i64.
                assert!(signed(field, "n").is_ok());
            }
            if value != i64::MAX {
                assert_eq!(signed(field, "n").unwrap(), value, "{field:?}");
            }
        }
        for field in
            [&b"12x4567\0"[..], b"0000008\0", b"\x80\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"]
        {
            signed(field, "n").unwrap_err();
        }
        number(b"\xff\xff\xff\xff\xff\xff\xff\xfe", "size").unwrap_err();
    }
}
