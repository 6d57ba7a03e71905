//! What layers and archives are compressed with, told by their first bytes, and decoders for it.

use crate::error::{Error, Result};
use flate2::bufread::MultiGzDecoder;
use std::io::{self, BufRead, BufReader, Read};

const BUFFER: usize = 128 << 10;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    None,
    Gzip,
    Zstd,
}

impl Compression {
    /// By magic number, as Docker does it: media types are not always true.
    pub fn detect(start: &[u8]) -> Result<Self> {
        let refused =
            |name| Err(Error::refused("", format!("compressed by {name}: not supported")));
        match start {
            [0x1f, 0x8b, 0x08, ..] => Ok(Self::Gzip),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Ok(Self::Zstd),
            // A skippable frame, which zstd files may begin with.
            [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Ok(Self::Zstd),
            [b'B', b'Z', b'h', ..] => refused("bzip2"),
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => refused("xz"),
            _ => Ok(Self::None),
        }
    }
}

/// A decoder over `R`, which can be had back for what lies behind the compressed data.
pub enum Decoder<R: Read> {
    Plain(BufReader<R>),
    Gzip(Box<MultiGzDecoder<BufReader<R>>>),
    Zstd(Box<zstd::stream::read::Decoder<'static, BufReader<R>>>),
}

impl<R: Read> Decoder<R> {
    pub fn new(inner: R) -> Result<Self> {
        let mut input = BufReader::with_capacity(BUFFER, inner);
        Ok(match Compression::detect(input.fill_buf()?)? {
            Compression::None => Self::Plain(input),
            Compression::Gzip => Self::Gzip(Box::new(MultiGzDecoder::new(input))),
            Compression::Zstd => {
                Self::Zstd(Box::new(zstd::stream::read::Decoder::with_buffer(input)?))
            }
        })
    }

    pub fn into_inner(self) -> R {
        match self {
            Self::Plain(input) => input.into_inner(),
            Self::Gzip(decoder) => decoder.into_inner().into_inner(),
            Self::Zstd(decoder) => decoder.finish().into_inner(),
        }
    }
}

impl<R: Read> Read for Decoder<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(input) => input.read(buffer),
            Self::Gzip(decoder) => decoder.read(buffer),
            Self::Zstd(decoder) => decoder.read(buffer),
        }
        .map_err(readable)
    }
}

/// Decoders are terse about an end that comes too early.
fn readable(error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => Error::refused("", "unexpected end: it is cut").into(),
        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => {
            Error::refused("", format!("damaged compression: {error}")).into()
        }
        _ => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn decoded(bytes: &[u8]) -> std::result::Result<Vec<u8>, String> {
        let mut out = Vec::new();
        let mut decoder = Decoder::new(bytes).map_err(|error| error.to_string())?;
        decoder.read_to_end(&mut out).map_err(|error| error.to_string())?;
        Ok(out)
    }

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn all_kinds_also_in_several_parts() {
        assert_eq!(decoded(b"plain").unwrap(), b"plain");
        assert_eq!(decoded(b"").unwrap(), b"");
        assert_eq!(decoded(&[gzip(b"one"), gzip(b"two")].concat()).unwrap(), b"onetwo");
        let zstd = |text: &[u8]| zstd::encode_all(text, 3).unwrap();
        assert_eq!(decoded(&[zstd(b"one"), zstd(b"two")].concat()).unwrap(), b"onetwo");
    }

    #[test]
    fn damaged_and_cut() {
        let text: Vec<u8> = (0..100_000_u32).flat_map(u32::to_le_bytes).collect();
        let whole = gzip(&text);
        assert!(decoded(&whole[..whole.len() / 2]).unwrap_err().contains("cut"));
        let mut damaged = whole.clone();
        damaged[whole.len() / 2] ^= 0xff;
        decoded(&damaged).unwrap_err();
        let whole = zstd::encode_all(&*text, 3).unwrap();
        assert!(decoded(&whole[..whole.len() / 2]).unwrap_err().contains("cut"));
        assert!(decoded(b"BZh9").unwrap_err().contains("bzip2"));
        assert!(decoded(b"\xfd7zXZ\0").unwrap_err().contains("xz"));
    }
}
