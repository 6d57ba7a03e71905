//! Records of the local driver: a protobuf message (`LogEntry` of moby's api/types/plugins/logdriver)
//! between two copies of its length, big-endian u32.

use super::entry::{Decoded, Entry, Stream};
use rundlet_plan::Moment;
use std::borrow::Cow;

/// Around each message.
const FRAME: usize = 8;

pub fn decode(bytes: &[u8]) -> Decoded<'_> {
    let Some(length) = length_at(bytes, 0) else { return Decoded::Incomplete };
    match bytes.get(4..4 + length) {
        Some(message) if bytes.len() >= length + FRAME => {
            Decoded::Record(length + FRAME, entry(message))
        }
        _ => Decoded::Incomplete,
    }
}

/// As of json-file, by the length at each end.
pub fn tail(bytes: &[u8], count: usize) -> (usize, usize) {
    let (mut start, mut found) = (bytes.len(), 0);
    while found < count && start >= FRAME {
        let Some(before) =
            length_at(bytes, start - 4).and_then(|length| start.checked_sub(length + FRAME))
        else {
            break;
        };
        start = before;
        found += 1;
    }
    (start, found)
}

fn length_at(bytes: &[u8], place: usize) -> Option<usize> {
    let length = bytes.get(place..place + 4)?.try_into().ok()?;
    usize::try_from(u32::from_be_bytes(length)).ok()
}

fn entry(mut message: &[u8]) -> Option<Entry<'_>> {
    let (mut stream, mut nanoseconds) = (Stream::Stdout, 0);
    let (mut line, mut partial, mut last) = (&[][..], false, false);
    while !message.is_empty() {
        match field(&mut message)? {
            (1, Value::Bytes(source)) if source == b"stderr" => stream = Stream::Stderr,
            (2, Value::Number(time)) => nanoseconds = time.cast_signed(),
            (3, Value::Bytes(bytes)) => line = bytes,
            (4, Value::Number(set)) => partial = set != 0,
            (5, Value::Bytes(mut details)) => {
                while !details.is_empty() {
                    if let (1, Value::Number(set)) = field(&mut details)? {
                        last = set != 0;
                    }
                }
            }
            _ => {}
        }
    }
    let mut line = line.to_vec();
    if !partial || last {
        line.push(b'\n');
    }
    let time = Moment {
        seconds: nanoseconds.div_euclid(1_000_000_000),
        nanoseconds: u32::try_from(nanoseconds.rem_euclid(1_000_000_000)).ok()?,
    };
    Some(Entry { stream, time, line: Cow::Owned(line) })
}

enum Value<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

/// The next field's number and value; the two wire types that the message has.
fn field<'a>(message: &mut &'a [u8]) -> Option<(u64, Value<'a>)> {
    let key = varint(message)?;
    let value = match key & 7 {
        0 => Value::Number(varint(message)?),
        2 => {
            let length = usize::try_from(varint(message)?).ok()?;
            let (bytes, rest) = message.split_at_checked(length)?;
            *message = rest;
            Value::Bytes(bytes)
        }
        _ => return None,
    };
    Some((key >> 3, value))
}

fn varint(message: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for place in 0..10 {
        let (byte, rest) = message.split_first()?;
        *message = rest;
        value |= u64::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn framed(message: &[u8]) -> Vec<u8> {
        let length = (message.len() as u32).to_be_bytes();
        [&length[..], message, &length[..]].concat()
    }

    #[test]
    fn a_message_of_each_kind() {
        let whole = framed(b"\x0a\x06stdout\x10\x80\xca\xb5\xee\x01\x1a\x02hi");
        let part = framed(b"\x0a\x06stderr\x10\x05\x1a\x01x\x20\x01\x2a\x06\x12\x02ab\x18\x01");
        let last =
            framed(b"\x0a\x06stderr\x10\x05\x1a\x01y\x20\x01\x2a\x08\x08\x01\x12\x02ab\x18\x02");
        let bytes = [whole.clone(), part.clone(), last.clone()].concat();
        let mut place = 0;
        let mut seen = Vec::new();
        while let Decoded::Record(length, Some(entry)) = decode(&bytes[place..]) {
            seen.push((entry.stream, entry.time, entry.line.into_owned()));
            place += length;
        }
        let at = |seconds, nanoseconds| Moment { seconds, nanoseconds };
        assert_eq!(
            seen,
            [
                (Stream::Stdout, at(0, 500_000_000), b"hi\n".to_vec()),
                (Stream::Stderr, at(0, 5), b"x".to_vec()),
                (Stream::Stderr, at(0, 5), b"y\n".to_vec()),
            ]
        );
        assert_eq!(decode(&bytes[..10]), Decoded::Incomplete);
        assert_eq!(tail(&bytes, 2), (whole.len(), 2));
        assert_eq!(tail(&bytes, 9), (0, 3));
        assert_eq!(decode(&framed(b"\xff")), Decoded::Record(9, None));
    }
}
