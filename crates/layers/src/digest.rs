//! SHA-256 digests of what streams by, and their text.

use crate::error::Error;
use sha2::{Digest as _, Sha256};
use std::fmt::{self, Display};
use std::io::{self, Read};

/// A SHA-256 digest; as text `sha256:` and 64 lower hexadecimal digits, and nothing else is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Digest([u8; 32]);

impl Digest {
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// `None` for any other text: digests become parts of paths.
    pub fn parse(text: &str) -> Option<Self> {
        let hex = text.strip_prefix("sha256:")?.as_bytes();
        let mut bytes = [0; 32];
        if hex.len() != 64 {
            return None;
        }
        for (byte, pair) in bytes.iter_mut().zip(hex.as_chunks::<2>().0) {
            *byte = nibble(pair[0])? << 4 | nibble(pair[1])?;
        }
        Some(Self(bytes))
    }
}

fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

impl From<Sha256> for Digest {
    fn from(hasher: Sha256) -> Self {
        Self(hasher.finalize().into())
    }
}

impl Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("sha256:")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// A reader that hashes and counts what is read, and refuses to go beyond `limit` bytes.
pub struct Hashed<R> {
    inner: R,
    hasher: Sha256,
    count: u64,
    limit: u64,
    /// What is said beyond the limit.
    too_long: &'static str,
}

impl<R: Read> Hashed<R> {
    pub fn new(inner: R, limit: u64, too_long: &'static str) -> Self {
        Self { inner, hasher: Sha256::new(), count: 0, limit, too_long }
    }

    /// Reads and hashes what is left; then the digest of all, how many bytes it was, and the reader.
    pub fn finish(mut self) -> io::Result<(Digest, u64, R)> {
        let mut rest = vec![0; 16 << 10];
        while self.read(&mut rest)? > 0 {}
        Ok((self.hasher.into(), self.count, self.inner))
    }
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.count += count as u64;
        if self.count > self.limit {
            return Err(Error::refused("", format!("{} {}", self.too_long, self.limit)).into());
        }
        self.hasher.update(&buffer[..count]);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_back() {
        let text = format!("sha256:{}", "0123456789abcdef".repeat(4));
        assert_eq!(Digest::parse(&text).unwrap().to_string(), text);
        for wrong in [
            "",
            "sha256:",
            "sha256:../../x",
            &text[..70],
            &format!("{text}0"),
            &text.to_uppercase(),
            &text.replace("sha256", "sha512"),
        ] {
            assert_eq!(Digest::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn hashes_and_stops() {
        let (digest, count, _) = Hashed::new(&b"abc"[..], 3, "more than").finish().unwrap();
        assert_eq!(
            digest.to_string(),
            "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert_eq!(count, 3);
        let error = Hashed::new(&b"abcd"[..], 3, "more bytes than").finish().unwrap_err();
        assert_eq!(error.to_string(), "more bytes than 3");
    }
}
