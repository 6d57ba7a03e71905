//! Records of the json-file driver: one JSON object a line.

use super::entry::{Decoded, Entry, Stream};
use super::time::parse_time;
use serde::Deserialize;
use std::borrow::Cow;

#[derive(Deserialize)]
struct Record<'a> {
    #[serde(borrow, default)]
    log: Cow<'a, str>,
    #[serde(borrow, default)]
    stream: Cow<'a, str>,
    #[serde(borrow, default)]
    time: Cow<'a, str>,
}

pub fn decode(bytes: &[u8]) -> Decoded<'_> {
    let Some(end) = memchr::memchr(b'\n', bytes) else { return Decoded::Incomplete };
    let record: Option<Record<'_>> = serde_json::from_slice(&bytes[..end]).ok();
    let entry = record.and_then(|Record { log, stream, time }| {
        let line = match log {
            Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
            Cow::Owned(text) => Cow::Owned(text.into_bytes()),
        };
        let stream = if stream == "stderr" { Stream::Stderr } else { Stream::Stdout };
        Some(Entry { stream, time: parse_time(&time)?, line })
    });
    Decoded::Record(end + 1, entry)
}

/// Where the last `count` records begin, and how many of them there are. Bytes after the last line end are
/// not a record yet.
pub fn tail(bytes: &[u8], count: usize) -> (usize, usize) {
    let mut found = 0;
    let mut start = memchr::memrchr(b'\n', bytes).map_or(0, |end| end + 1);
    while found < count && start > 0 {
        start = memchr::memrchr(b'\n', &bytes[..start - 1]).map_or(0, |end| end + 1);
        found += 1;
    }
    (start, found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rundlet_plan::Moment;

    #[test]
    fn records_and_what_is_none() {
        let text = b"{\"log\":\"a\\u003c\\n\",\"stream\":\"stderr\",\"time\":\"1970-01-01T00:00:01.5Z\"}\nbad\n{\"lo";
        let Decoded::Record(length, Some(entry)) = decode(text) else { panic!("no record") };
        let time = Moment { seconds: 1, nanoseconds: 500_000_000 };
        assert_eq!(entry, Entry { stream: Stream::Stderr, time, line: Cow::Borrowed(b"a<\n") });
        assert_eq!(decode(&text[length..]), Decoded::Record(4, None));
        assert_eq!(decode(&text[length + 4..]), Decoded::Incomplete);
    }

    #[test]
    fn the_last_ones() {
        assert_eq!(tail(b"a\nb\nc\n", 2), (2, 2));
        assert_eq!(tail(b"a\nb\nc\ntorn", 1), (4, 1));
        assert_eq!(tail(b"a\nb\n", 9), (0, 2));
        assert_eq!(tail(b"a\n", 0), (2, 0));
        assert_eq!(tail(b"", 5), (0, 0));
    }
}
