//! One entry's headers: ustar where it can say all, with a pax header before it where not (POSIX.1-2017).

use crate::tar::{BLOCK, Entry, Kind, Time};

/// What eleven octal digits hold, and seven.
const MAX_SIZE: u64 = 0o777_7777_7777;
const MAX_ID: u32 = 0o777_7777;

/// Blocks that stand before the entry's content.
pub fn headers(entry: &Entry) -> Vec<u8> {
    let mut records = Vec::new();
    let (prefix, name) = match ustar_name(&entry.path) {
        Some(parts) => parts,
        None => {
            record(&mut records, b"path", &entry.path);
            (&b""[..], cut(&entry.path))
        }
    };
    if entry.link.len() > 100 || !entry.link.is_ascii() {
        record(&mut records, b"linkpath", &entry.link);
    }
    let mut number = |key: &[u8], value: u64, fits: bool| {
        if !fits {
            record(&mut records, key, value.to_string().as_bytes());
        }
    };
    number(b"size", entry.size, entry.size <= MAX_SIZE);
    number(b"uid", entry.uid.into(), entry.uid <= MAX_ID);
    number(b"gid", entry.gid.into(), entry.gid <= MAX_ID);
    let Time { seconds, nanoseconds } = entry.mtime;
    let plain_time = nanoseconds == 0 && (0..=MAX_SIZE as i64).contains(&seconds);
    if !plain_time {
        record(&mut records, b"mtime", decimal(entry.mtime).as_bytes());
    }
    for (key, value) in &entry.xattrs {
        record(&mut records, &[b"SCHILY.xattr.", &key[..]].concat(), value);
    }
    let mut out = Vec::with_capacity(BLOCK);
    if !records.is_empty() {
        let extended = Block {
            name: b"PaxHeaders.0/entry",
            size: records.len() as u64,
            mode: 0o644,
            typeflag: b'x',
            ..Block::default()
        };
        out.extend_from_slice(&extended.bytes());
        out.extend_from_slice(&records);
        out.resize(out.len().next_multiple_of(BLOCK), 0);
    }
    let block = Block {
        prefix,
        name,
        link: cut(&entry.link),
        typeflag: typeflag(entry.kind),
        mode: entry.mode & 0o7777,
        uid: if entry.uid <= MAX_ID { entry.uid } else { 0 },
        gid: if entry.gid <= MAX_ID { entry.gid } else { 0 },
        size: if entry.size <= MAX_SIZE { entry.size } else { 0 },
        mtime: u64::try_from(seconds).unwrap_or(0).min(MAX_SIZE),
        device: matches!(entry.kind, Kind::CharDevice | Kind::BlockDevice)
            .then_some((entry.major, entry.minor)),
    };
    out.extend_from_slice(&block.bytes());
    out
}

fn typeflag(kind: Kind) -> u8 {
    match kind {
        Kind::File => b'0',
        Kind::HardLink => b'1',
        Kind::Symlink => b'2',
        Kind::CharDevice => b'3',
        Kind::BlockDevice => b'4',
        Kind::Directory => b'5',
        Kind::Fifo => b'6',
    }
}

/// Prefix and name as ustar holds them; none for what does not fit.
fn ustar_name(path: &[u8]) -> Option<(&[u8], &[u8])> {
    if !path.is_ascii() {
        return None;
    }
    if path.len() <= 100 {
        return Some((b"", path));
    }
    let slashes = (1..path.len().min(156)).filter(|at| path[*at] == b'/');
    let fits = |at: &usize| (1..=100).contains(&(path.len() - at - 1));
    slashes.rev().find(fits).map(|at| (&path[..at], &path[at + 1..]))
}

fn cut(text: &[u8]) -> &[u8] {
    &text[..text.len().min(100)]
}

/// `<length> <key>=<value>\n`, where the length counts its own digits too.
fn record(out: &mut Vec<u8>, key: &[u8], value: &[u8]) {
    let rest = key.len() + value.len() + 3;
    let mut length = rest + 1;
    while length != rest + length.to_string().len() {
        length = rest + length.to_string().len();
    }
    out.extend_from_slice(format!("{length} ").as_bytes());
    out.extend_from_slice(key);
    out.push(b'=');
    out.extend_from_slice(value);
    out.push(b'\n');
}

fn decimal(time: Time) -> String {
    let Time { seconds, nanoseconds } = time;
    let (sign, whole, part) = match (seconds < 0, nanoseconds) {
        (true, 1..) => ("-", -(seconds + 1), 1_000_000_000 - nanoseconds),
        (true, 0) => ("-", -seconds, 0),
        (false, _) => ("", seconds, nanoseconds),
    };
    let text = format!("{sign}{whole}.{part:09}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[derive(Default)]
struct Block<'a> {
    prefix: &'a [u8],
    name: &'a [u8],
    link: &'a [u8],
    typeflag: u8,
    mode: u32,
    uid: u32,
    gid: u32,
    size: u64,
    mtime: u64,
    device: Option<(u32, u32)>,
}

impl Block<'_> {
    fn bytes(&self) -> [u8; BLOCK] {
        let mut block = [0; BLOCK];
        let mut put = |at: usize, text: &[u8]| block[at..at + text.len()].copy_from_slice(text);
        put(0, self.name);
        put(100, format!("{:07o}", self.mode).as_bytes());
        put(108, format!("{:07o}", self.uid).as_bytes());
        put(116, format!("{:07o}", self.gid).as_bytes());
        put(124, format!("{:011o}", self.size).as_bytes());
        put(136, format!("{:011o}", self.mtime).as_bytes());
        put(148, b"        ");
        put(156, &[self.typeflag]);
        put(157, self.link);
        put(257, b"ustar\x0000");
        if let Some((major, minor)) = self.device {
            put(329, format!("{major:07o}").as_bytes());
            put(337, format!("{minor:07o}").as_bytes());
        }
        put(345, self.prefix);
        let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
        block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        block
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tar::TarStream;

    fn entry(path: &[u8]) -> Entry {
        Entry {
            path: path.to_vec(),
            link: Vec::new(),
            kind: Kind::File,
            mode: 0o4755,
            uid: 1000,
            gid: 100,
            size: 0,
            mtime: Time { seconds: 1_700_000_000, nanoseconds: 0 },
            atime: None,
            major: 0,
            minor: 0,
            xattrs: Vec::new(),
        }
    }

    fn again(entry: &Entry) -> Entry {
        let mut bytes = headers(entry);
        bytes.extend_from_slice(&[0; 2 * BLOCK]);
        TarStream::new(&bytes[..]).next().unwrap().unwrap()
    }

    #[test]
    fn are_read_as_they_were_written() {
        let long = [b"d/".repeat(60), b"x".repeat(90)].concat();
        for path in [&b"etc/passwd"[..], &long, &b"y".repeat(300), "größe".as_bytes()] {
            let read = again(&entry(path));
            assert_eq!((&read.path[..], read.mode, read.uid), (path, 0o4755, 1000));
            assert_eq!(read.mtime, entry(path).mtime);
        }
        assert_eq!(headers(&entry(&long)).len(), BLOCK, "ustar's prefix is enough");
        let odd = Entry {
            link: b"l".repeat(200),
            kind: Kind::Symlink,
            uid: 4_000_000_000,
            mtime: Time { seconds: -2, nanoseconds: 750_000_000 },
            xattrs: vec![(b"security.capability".to_vec(), vec![1, 0, b'\n', 255])],
            ..entry(b"odd")
        };
        let read = again(&odd);
        assert_eq!((read.link, read.uid, read.mtime), (odd.link, odd.uid, odd.mtime));
        assert_eq!(read.xattrs, odd.xattrs);
        let device = Entry { kind: Kind::CharDevice, major: 1, minor: 3, ..entry(b"null") };
        assert_eq!((again(&device).major, again(&device).minor), (1, 3));
    }
}
