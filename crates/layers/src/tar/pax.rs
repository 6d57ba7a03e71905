//! Records of extended headers: `<length> <key>=<value>\n`.

use super::header::{Time, damaged};
use crate::error::Result;

/// What an extended header says of the entry behind it.
#[derive(Debug, Default)]
pub struct Extended {
    pub path: Option<Vec<u8>>,
    pub link: Option<Vec<u8>>,
    pub size: Option<u64>,
    pub uid: Option<u64>,
    pub gid: Option<u64>,
    pub mtime: Option<Time>,
    pub atime: Option<Time>,
    /// Name without `SCHILY.xattr.`, value.
    pub xattrs: Vec<(Vec<u8>, Vec<u8>)>,
    pub sparse: bool,
}

const XATTR: &[u8] = b"SCHILY.xattr.";

impl Extended {
    pub fn read(&mut self, mut records: &[u8]) -> Result<()> {
        while !records.is_empty() {
            let (key, value, rest) = record(records).ok_or_else(|| damaged("extended record"))?;
            self.set(key, value)?;
            records = rest;
        }
        Ok(())
    }

    fn set(&mut self, key: &[u8], value: &[u8]) -> Result<()> {
        if let Some(name) = key.strip_prefix(XATTR) {
            if name.is_empty() || name.contains(&0) {
                return Err(damaged("name of an extended attribute"));
            }
            self.xattrs.retain(|(other, _)| other != name);
            self.xattrs.push((name.to_vec(), value.to_vec()));
            return Ok(());
        }
        self.sparse |= key.starts_with(b"GNU.sparse.");
        // An empty value: as if the record were not there.
        if value.is_empty() {
            return Ok(());
        }
        match key {
            b"path" => self.path = Some(name(value)?),
            b"linkpath" => self.link = Some(name(value)?),
            b"size" => self.size = Some(decimal(value)?),
            b"uid" => self.uid = Some(decimal(value)?),
            b"gid" => self.gid = Some(decimal(value)?),
            b"mtime" => self.mtime = Some(time(value)?),
            b"atime" => self.atime = Some(time(value)?),
            _ => {}
        }
        Ok(())
    }
}

/// Key, value and what follows the record.
fn record(records: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let space = records.iter().take(21).position(|byte| *byte == b' ')?;
    let length = usize::try_from(decimal(&records[..space]).ok()?).ok()?;
    if length <= space + 1 || length > records.len() {
        return None;
    }
    let (record, rest) = records.split_at(length);
    let body = record[space + 1..].strip_suffix(b"\n")?;
    let equals = body.iter().position(|byte| *byte == b'=')?;
    (equals > 0).then(|| (&body[..equals], &body[equals + 1..], rest))
}

fn name(value: &[u8]) -> Result<Vec<u8>> {
    if value.contains(&0) { Err(damaged("NUL in a name")) } else { Ok(value.to_vec()) }
}

fn decimal(value: &[u8]) -> Result<u64> {
    std::str::from_utf8(value)
        .ok()
        .filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| damaged("number in an extended record"))
}

/// Decimal seconds, with a fraction of any length: what is below a nanosecond is cut.
fn time(value: &[u8]) -> Result<Time> {
    let bad = || damaged("time in an extended record");
    let text = std::str::from_utf8(value).map_err(|_| bad())?;
    let (negative, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) {
        return Err(bad());
    }
    let seconds: i64 = whole.parse().map_err(|_| bad())?;
    let digits = format!("{:0<9}", &fraction[..fraction.len().min(9)]);
    let nanoseconds: u32 = digits.parse().map_err(|_| bad())?;
    Ok(match (negative, nanoseconds) {
        (false, _) => Time { seconds, nanoseconds },
        (true, 0) => Time { seconds: -seconds, nanoseconds: 0 },
        (true, _) => Time { seconds: -seconds - 1, nanoseconds: 1_000_000_000 - nanoseconds },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records() {
        let mut extended = Extended::default();
        let text = b"12 path=a=b\n22 mtime=1.5000000009\n11 size=12\n9 gid=07\n7 uid=\n\
            30 SCHILY.xattr.user.a=x\ny\0zq\n";
        extended.read(text).unwrap();
        assert_eq!(extended.path.unwrap(), b"a=b");
        assert_eq!(extended.mtime.unwrap(), Time { seconds: 1, nanoseconds: 500_000_000 });
        assert_eq!((extended.size, extended.gid, extended.uid), (Some(12), Some(7), None));
        assert_eq!(extended.xattrs, [(b"user.a".to_vec(), b"x\ny\0zq".to_vec())]);
    }

    #[test]
    fn damaged_records() {
        for text in [
            &b"x path=a\n"[..],
            b"8 path=a\n",
            b"11 path=a\n",
            b"999 path=a\n",
            b"0 path=a\n",
            b"11 path=a\0\n",
            b"9 =patha\n",
            b"11 size=-1\n",
            b"21 size=99999999999999999999\n",
            b"99999999999999999999999 a=b\n",
        ] {
            assert!(Extended::default().read(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn times() {
        let at = |seconds, nanoseconds| Time { seconds, nanoseconds };
        assert_eq!(time(b"-1.25").unwrap(), at(-2, 750_000_000));
        assert_eq!(time(b"-3").unwrap(), at(-3, 0));
        assert_eq!(time(b"7.").unwrap(), at(7, 0));
        for wrong in [&b""[..], b".5", b"1e3", b"--1", b"1.x", b"99999999999999999999"] {
            time(wrong).unwrap_err();
        }
    }
}
