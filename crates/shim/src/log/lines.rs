//! A stream as records: one for each line, and for a longer line one for each 16 KiB of it, cut where
//! dockerd cuts.

use crate::moment::Moment;
use memchr::memchr;

/// Longest record, without its line end.
const LONGEST: usize = 16 << 10;

pub struct Record<'a> {
    /// Without the line end.
    pub line: &'a [u8],
    /// A line end followed.
    pub ended: bool,
    pub time: Moment,
    /// Of a line in several records.
    pub partial: Option<Partial>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Partial {
    /// Since 1970, in nanoseconds: the same for all records of the line.
    pub id: i64,
    /// From 1.
    pub ordinal: i32,
    pub last: bool,
}

/// One stream's line that is not complete.
pub struct Lines {
    begun: Vec<u8>,
    /// Records of this line that are out already, and the time of the first.
    sent: Option<(i32, Moment)>,
}

impl Lines {
    pub fn new() -> Self {
        Self { begun: Vec::new(), sent: None }
    }

    pub fn split(&mut self, mut bytes: &[u8], now: Moment, mut add: impl FnMut(&Record<'_>)) {
        loop {
            let room = LONGEST - self.begun.len();
            let window = &bytes[..bytes.len().min(room)];
            let end = memchr(b'\n', window);
            let (line, rest) = match end {
                Some(end) => (&bytes[..end], &bytes[end + 1..]),
                None if window.len() == room => bytes.split_at(room),
                None => {
                    self.begun.extend_from_slice(bytes);
                    return;
                }
            };
            if self.begun.is_empty() {
                self.emit(line, end.is_some(), now, &mut add);
            } else {
                let mut begun = std::mem::take(&mut self.begun);
                begun.extend_from_slice(line);
                self.emit(&begun, end.is_some(), now, &mut add);
                begun.clear();
                self.begun = begun;
            }
            bytes = rest;
            if bytes.is_empty() {
                return;
            }
        }
    }

    /// The stream has ended.
    pub fn finish(&mut self, now: Moment, mut add: impl FnMut(&Record<'_>)) {
        let begun = std::mem::take(&mut self.begun);
        if !begun.is_empty() {
            self.emit(&begun, false, now, &mut add);
        }
    }

    fn emit(&mut self, line: &[u8], ended: bool, now: Moment, add: &mut impl FnMut(&Record<'_>)) {
        let (partial, time) = match (self.sent, ended) {
            (None, true) => (None, now),
            (sent, _) => {
                let (ordinal, first) = sent.map_or((1, now), |(count, first)| (count + 1, first));
                self.sent = (!ended).then_some((ordinal, first));
                let id = first.nanoseconds_since_1970();
                (Some(Partial { id, ordinal, last: ended }), first)
            }
        };
        add(&Record { line, ended, time, partial });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Moment = Moment { seconds: 1, nanoseconds: 2 };

    /// Length, ended, ordinal and whether the last of a partial.
    type Seen = (usize, bool, Option<(i32, bool)>);

    fn records(chunks: &[&[u8]]) -> Vec<Seen> {
        let mut lines = Lines::new();
        let mut records = Vec::new();
        let mut add = |record: &Record<'_>| {
            let partial = record.partial.map(|partial| (partial.ordinal, partial.last));
            records.push((record.line.len(), record.ended, partial));
        };
        for chunk in chunks {
            lines.split(chunk, NOW, &mut add);
        }
        lines.finish(NOW, &mut add);
        records
    }

    #[test]
    fn lines_in_any_chunks() {
        let whole =
            [(1, true, None), (0, true, None), (2, true, None), (1, false, Some((1, false)))];
        assert_eq!(records(&[b"a\n\nbc\nd"]), whole);
        assert_eq!(records(&[b"a", b"\n\nb", b"c\n", b"d"]), whole);
        let single: Vec<&[u8]> = b"a\n\nbc\nd".chunks(1).collect();
        assert_eq!(records(&single), whole);
        assert_eq!(records(&[]), []);
    }

    /// As seen from dockerd: 40,001 bytes give 16384, 16384 and 7233.
    #[test]
    fn long_lines_are_cut() {
        let mut line = vec![b'x'; 40_001];
        line[40_000] = b'\n';
        let cut = [
            (16_384, false, Some((1, false))),
            (16_384, false, Some((2, false))),
            (7_232, true, Some((3, true))),
        ];
        assert_eq!(records(&[&line]), cut);
        let chunks: Vec<&[u8]> = line.chunks(1000).collect();
        assert_eq!(records(&chunks), cut);
        // Exactly one record long: the line end comes alone.
        let mut line = vec![b'x'; LONGEST + 1];
        line[LONGEST] = b'\n';
        let cut = [(LONGEST, false, Some((1, false))), (0, true, Some((2, true)))];
        assert_eq!(records(&[&line]), cut);
        assert_eq!(records(&[&line[..LONGEST], b"\n"]), cut);
    }
}
