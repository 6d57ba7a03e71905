//! HOME from the container's /etc/passwd, which may be anything: a link, a fifo, a device, endless.

use crate::root::{Links, Root};
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use rundlet_plan::Exec;
use rustix::fd::OwnedFd;
use rustix::fs::{Mode, OFlags, ResolveFlags, fstat, openat, openat2};
use rustix::io::Errno;

const MAX_SIZE: u64 = 10 << 20;

pub fn is_wanted(exec: &Exec) -> bool {
    exec.set_home && !exec.env.iter().any(|entry| entry.starts_with("HOME="))
}

/// `/` where the file does not tell.
pub fn home_of(root: &Root, uid: u32) -> String {
    read(root).ok().and_then(|text| find(&text, uid)).unwrap_or_else(|| "/".to_string())
}

fn read(root: &Root) -> rustix::io::Result<Vec<u8>> {
    // Looked at before it is opened: opening a device may do something.
    let path = "/etc/passwd";
    if !crate::root::kind_of(root.open(path, Links::Follow)?)?.is_file() {
        return Err(Errno::INVAL);
    }
    let file = open(root, path)?;
    let stat = fstat(&file)?;
    if !rustix::fs::FileType::from_raw_mode(stat.st_mode).is_file()
        || stat.st_size as u64 > MAX_SIZE
    {
        return Err(Errno::FBIG);
    }
    let mut text = alloc::vec![0u8; stat.st_size as usize];
    let mut length = 0;
    while length < text.len() {
        match rustix::io::read(&file, &mut text[length..])? {
            0 => break,
            more => length += more,
        }
    }
    text.truncate(length);
    Ok(text)
}

/// Never blocks, should it have become a fifo meanwhile.
fn open(root: &Root, path: &str) -> rustix::io::Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let resolve = ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS;
    match openat2(root, path, flags, Mode::empty(), resolve) {
        // Before Linux 5.6; by now the rootfs is our root.
        Err(Errno::NOSYS) => openat(root, &path[1..], flags | OFlags::NOFOLLOW, Mode::empty()),
        other => other,
    }
}

/// Sixth field of the first entry with that uid.
fn find(text: &[u8], uid: u32) -> Option<String> {
    for line in text.split(|&byte| byte == b'\n') {
        let mut fields = line.split(|&byte| byte == b':');
        let Some(number) = fields.nth(2) else { continue };
        let number = core::str::from_utf8(number).ok().and_then(|text| text.parse::<u32>().ok());
        if number == Some(uid) && line.first() != Some(&b'#') {
            let home = core::str::from_utf8(fields.nth(2)?).ok()?;
            return (!home.is_empty() && !home.contains('\0')).then(|| home.to_string());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_homes() {
        let text = b"root:x:0:0:root:/root:/bin/sh\nbad line\n#c:x:7:7::/c:\nuser:x:1000:1000::/home/u:/bin/sh\nnone:x:5:5:::\n";
        assert_eq!(find(text, 0).as_deref(), Some("/root"));
        assert_eq!(find(text, 1000).as_deref(), Some("/home/u"));
        assert_eq!(find(text, 5), None);
        assert_eq!(find(text, 7), None);
        assert_eq!(find(b"\xff\xfe:::\n::", 0), None);
    }
}
