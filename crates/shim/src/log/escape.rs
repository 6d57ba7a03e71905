//! Bytes as a JSON string in the way of Go's encoding/json, as dockerd writes them.

/// Everything that does not stand for itself: control characters, quotes, `<>&`, and whatever is not ASCII.
const SPECIAL: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] =
            byte < 0x20 || byte >= 0x80 || matches!(byte as u8, b'"' | b'\\' | b'<' | b'>' | b'&');
        byte += 1;
    }
    table
};

const HEX: &[u8; 16] = b"0123456789abcdef";

/// Appends what stands between the quotes. Invalid UTF-8 becomes `\ufffd`, one for each byte.
pub fn escape(bytes: &[u8], out: &mut Vec<u8>) {
    let mut rest = bytes;
    loop {
        let plain = rest.iter().position(|byte| SPECIAL[usize::from(*byte)]).unwrap_or(rest.len());
        out.extend_from_slice(&rest[..plain]);
        rest = &rest[plain..];
        let Some(&byte) = rest.first() else { return };
        let length = match byte {
            0x80.. => wide(rest, out),
            _ => {
                narrow(byte, out);
                1
            }
        };
        rest = &rest[length..];
    }
}

fn narrow(byte: u8, out: &mut Vec<u8>) {
    match byte {
        b'"' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
        b'\n' => out.extend_from_slice(b"\\n"),
        b'\r' => out.extend_from_slice(b"\\r"),
        _ => {
            out.extend_from_slice(b"\\u00");
            out.extend_from_slice(&[HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
        }
    }
}

/// A run that begins with a byte that is not ASCII; answers its length.
fn wide(bytes: &[u8], out: &mut Vec<u8>) -> usize {
    // To the next byte that is ASCII: the rest is looked at by `escape`.
    let run = bytes.iter().position(u8::is_ascii).unwrap_or(bytes.len());
    for chunk in bytes[..run].utf8_chunks() {
        let mut valid = chunk.valid();
        // U+2028 and U+2029 end lines in JavaScript.
        while let Some(place) = valid.find(['\u{2028}', '\u{2029}']) {
            out.extend_from_slice(&valid.as_bytes()[..place]);
            let paragraph = valid.as_bytes()[place + 2] == 0xa9;
            out.extend_from_slice(if paragraph { b"\\u2029" } else { b"\\u2028" });
            valid = &valid[place + 3..];
        }
        out.extend_from_slice(valid.as_bytes());
        for _ in chunk.invalid() {
            out.extend_from_slice(b"\\ufffd");
        }
    }
    run
}

#[cfg(test)]
mod tests {
    use super::*;

    fn escaped(bytes: &[u8]) -> String {
        let mut out = Vec::new();
        escape(bytes, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn as_go() {
        assert_eq!(escaped(b"plain text~\x7f"), "plain text~\x7f");
        assert_eq!(escaped(b"a\tb\r\x00\x1b[0m"), "a\\u0009b\\r\\u0000\\u001b[0m");
        assert_eq!(escaped(b"\"\\<>&\n"), "\\\"\\\\\\u003c\\u003e\\u0026\\n");
        assert_eq!(escaped("grün 日本 🚀".as_bytes()), "grün 日本 🚀");
        assert_eq!(escaped("a\u{2028}b\u{2029}\u{2027}".as_bytes()), "a\\u2028b\\u2029\u{2027}");
    }

    #[test]
    fn invalid_bytes_one_by_one() {
        assert_eq!(escaped(b"a\xffb"), "a\\ufffdb");
        assert_eq!(escaped(b"\xc3"), "\\ufffd");
        assert_eq!(escaped(b"\xe6\x97x"), "\\ufffd\\ufffdx");
        assert_eq!(escaped(b"\xe6\x97\xa5\xe6\x97"), "日\\ufffd\\ufffd");
        // Surrogates and overlong forms.
        assert_eq!(escaped(b"\xed\xa0\x80"), "\\ufffd\\ufffd\\ufffd");
        assert_eq!(escaped(b"\xc0\x80"), "\\ufffd\\ufffd");
    }
}
