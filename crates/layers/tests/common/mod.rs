//! Tars made byte by byte, and one layer unpacked below a temporary directory.
#![allow(dead_code, clippy::unwrap_used, reason = "each test program uses a part of it")]

use rundlet_layers::{LayerJob, Limits, Pace, Result, Slice, Unpacked, unpack_layers};
use std::fs::{self, File, OpenOptions};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

#[derive(Clone)]
pub struct Item<'a> {
    pub name: &'a str,
    pub kind: u8,
    pub link: &'a str,
    pub content: &'a [u8],
    pub mode: u32,
    pub owner: (u32, u32),
    pub mtime: u64,
    pub device: (u32, u32),
    /// Extended records, `key`, `value`.
    pub pax: Vec<(&'a str, &'a [u8])>,
}

pub fn item(name: &str, kind: u8) -> Item<'_> {
    let mode = if kind == b'5' { 0o755 } else { 0o644 };
    let (owner, mtime, device) = ((0, 0), 1_700_000_000, (0, 0));
    Item { name, kind, link: "", content: b"", mode, owner, mtime, device, pax: Vec::new() }
}

pub fn directory(name: &str) -> Item<'_> {
    item(name, b'5')
}

pub fn file<'a>(name: &'a str, content: &'a [u8]) -> Item<'a> {
    Item { content, ..item(name, b'0') }
}

pub fn symlink<'a>(name: &'a str, link: &'a str) -> Item<'a> {
    Item { link, ..item(name, b'2') }
}

pub fn hard_link<'a>(name: &'a str, link: &'a str) -> Item<'a> {
    Item { link, ..item(name, b'1') }
}

pub fn header(item: &Item<'_>, size: usize) -> Vec<u8> {
    let mut block = vec![0; 512];
    let mut put = |at: usize, text: &[u8]| block[at..at + text.len()].copy_from_slice(text);
    put(0, &item.name.as_bytes()[..item.name.len().min(100)]);
    put(100, format!("{:07o}\0", item.mode).as_bytes());
    put(108, format!("{:07o}\0", item.owner.0).as_bytes());
    put(116, format!("{:07o}\0", item.owner.1).as_bytes());
    put(124, format!("{size:011o}\0").as_bytes());
    put(136, format!("{:011o}\0", item.mtime).as_bytes());
    put(148, b"        ");
    put(156, &[item.kind]);
    put(157, &item.link.as_bytes()[..item.link.len().min(100)]);
    put(257, b"ustar\x0000");
    put(329, format!("{:07o}\0", item.device.0).as_bytes());
    put(337, format!("{:07o}\0", item.device.1).as_bytes());
    seal(&mut block);
    block
}

/// The checksum.
pub fn seal(block: &mut [u8]) {
    block[148..156].copy_from_slice(b"        ");
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
}

fn padded(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes.resize(bytes.len().next_multiple_of(512), 0);
    bytes
}

pub fn member(item: &Item<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    if !item.pax.is_empty() {
        let mut records = Vec::new();
        for (key, value) in &item.pax {
            let body = key.len() + value.len() + 3;
            let mut length = body + body.to_string().len();
            length = body + length.to_string().len();
            records.extend_from_slice(format!("{length} {key}=").as_bytes());
            records.extend_from_slice(value);
            records.push(b'\n');
        }
        let head = Item { name: "pax", kind: b'x', ..item.clone() };
        out.extend(header(&Item { link: "", ..head }, records.len()));
        out.extend(padded(&records));
    }
    out.extend(header(item, item.content.len()));
    out.extend(padded(item.content));
    out
}

pub fn tar(items: &[Item<'_>]) -> Vec<u8> {
    let mut out: Vec<u8> = items.iter().flat_map(member).collect();
    out.extend([0; 1024]);
    out
}

pub const LIMITS: Limits = Limits { bytes: 1 << 30, entries: 1000 };

/// A place of a test's own, removed with it.
pub struct Place(PathBuf);

static COUNT: AtomicU32 = AtomicU32::new(0);

impl Place {
    pub fn new() -> Self {
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("rundlet-layers-{}-{count}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(path.join("diff")).unwrap();
        Self(path)
    }

    pub fn path(&self, below: &str) -> PathBuf {
        self.0.join(below)
    }

    pub fn unpack(&self, layer: &[u8]) -> Result<Unpacked> {
        self.unpack_with(layer, LIMITS, |_| {})
    }

    pub fn unpack_with(
        &self,
        layer: &[u8],
        limits: Limits,
        change: impl FnOnce(&mut LayerJob),
    ) -> Result<Unpacked> {
        let mut job = LayerJob {
            name: "x".into(),
            source: Box::new(self.slice(layer)),
            weight: 0,
            digest: None,
            diff_id: None,
            root: File::open(self.0.join("diff")).unwrap().into(),
            split: create(&self.0.join("split")).into(),
        };
        change(&mut job);
        unpack_layers(vec![job], limits, &Pace::default()).map(|mut all| all.remove(0))
    }

    pub fn slice(&self, bytes: &[u8]) -> Slice {
        fs::write(self.0.join("layer"), bytes).unwrap();
        let file = File::open(self.0.join("layer")).unwrap();
        Slice::new(Arc::new(file.into()), 0, bytes.len() as u64)
    }

    /// Lines of tar-split.json.gz.
    pub fn split(&self) -> Vec<serde_json::Value> {
        let mut text = String::new();
        let file = File::open(self.0.join("split")).unwrap();
        flate2::read::GzDecoder::new(file).read_to_string(&mut text).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn create(path: &Path) -> File {
    OpenOptions::new().write(true).create(true).truncate(true).open(path).unwrap()
}
