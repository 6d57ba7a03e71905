//! The keys that detach, looked for in what is typed.

pub struct DetachKeys {
    keys: Vec<u8>,
    /// How many of them were the last bytes; held back until it is known what they mean.
    seen: usize,
}

impl DetachKeys {
    /// None are never typed.
    pub fn new(keys: Vec<u8>) -> Self {
        Self { keys, seen: 0 }
    }

    /// Appends what is for the container to `out`; true when the last key was typed.
    pub fn filter(&mut self, typed: &[u8], out: &mut Vec<u8>) -> bool {
        if self.keys.is_empty() {
            out.extend_from_slice(typed);
            return false;
        }
        for &byte in typed {
            if byte != self.keys[self.seen] {
                out.extend_from_slice(&self.keys[..self.seen]);
                self.seen = 0;
            }
            if byte == self.keys[self.seen] {
                self.seen += 1;
                if self.seen == self.keys.len() {
                    return true;
                }
            } else {
                out.push(byte);
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(keys: &[u8], chunks: &[&[u8]]) -> (Vec<u8>, bool) {
        let mut filter = DetachKeys::new(keys.to_vec());
        let mut out = Vec::new();
        let detached = chunks.iter().any(|chunk| filter.filter(chunk, &mut out));
        (out, detached)
    }

    #[test]
    fn keys_in_one_go_and_one_by_one() {
        assert_eq!(typed(&[16, 17], &[b"ab\x10\x11cd"]), (b"ab".to_vec(), true));
        assert_eq!(typed(&[16, 17], &[b"ab", b"\x10", b"\x11"]), (b"ab".to_vec(), true));
    }

    #[test]
    fn half_a_sequence_is_input() {
        assert_eq!(
            typed(&[16, 17], &[b"\x10x\x10", b"\x10\x10y"]),
            (b"\x10x\x10\x10\x10y".to_vec(), false)
        );
        assert_eq!(typed(&[16, 17], &[b"\x10\x10\x11"]), (b"\x10".to_vec(), true));
        assert_eq!(typed(&[], &[b"\x10\x11"]), (b"\x10\x11".to_vec(), false));
    }
}
