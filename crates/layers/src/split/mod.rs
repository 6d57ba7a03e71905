//! tar-split.json.gz: all bytes of a layer's tar but the files' contents, from which and the unpacked
//! files the tar can be made again, byte for byte. Gzip of JSON lines:
//!
//! ```text
//! {"type":2,"payload":"<base64 of raw bytes>","position":0}
//! {"type":1,"name":"etc/passwd","size":1217,"payload":"<base64 of CRC-64/GO-ISO, big endian>","position":1}
//! ```
//!
//! A name that is not UTF-8 stands as base64 in `name_raw`.

mod read;
mod write;

pub use read::{tar_size, write_tar};
pub use write::SplitWriter;
