//! All numbers of an AUDIT_ARCH as consecutive ranges with one outcome each.

use crate::actions::Action;
use crate::enosys::Range;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    Return(Action),
    /// Index of a chain of rules.
    Chain(usize),
}

/// From `start` to the next segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment {
    pub start: u32,
    pub target: Target,
}

/// `points`: numbers with rules, ascending, each once.
pub fn build(background: &[Range], points: &[(u32, Target)]) -> Vec<Segment> {
    let mut segments = Vec::with_capacity(points.len() + background.len());
    let mut points = points.iter().copied().peekable();
    for range in background {
        let mut next = range.start;
        while let Some((number, target)) = points.next_if(|(n, _)| u64::from(*n) < range.end) {
            if range.forced {
                continue;
            }
            let number = u64::from(number);
            push(&mut segments, next, number, Target::Return(range.action));
            push(&mut segments, number, number + 1, target);
            next = number + 1;
        }
        push(&mut segments, next, range.end, Target::Return(range.action));
    }
    segments
}

fn push(segments: &mut Vec<Segment>, start: u64, end: u64, target: Target) {
    if start < end && segments.last().is_none_or(|last| last.target != target) {
        segments.push(Segment { start: start as u32, target });
    }
}

/// Exceptions tested one by one before the tree divides further.
const EXCEPTIONS: usize = 2;

/// A range with one outcome but for single numbers: `==` is cheaper for these than two `>=`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Atom {
    pub start: u32,
    pub base: Target,
    pub exceptions: Vec<(u32, Target)>,
}

pub fn atoms(segments: &[Segment]) -> Vec<Atom> {
    let mut atoms: Vec<Atom> = Vec::with_capacity(segments.len());
    let mut i = 0;
    while let Some(segment) = segments.get(i) {
        let exception = match (atoms.last(), segments.get(i + 1)) {
            (Some(atom), Some(next)) => {
                next.target == atom.base && next.start == segment.start.wrapping_add(1)
            }
            _ => false,
        };
        match atoms.last_mut() {
            Some(atom) if exception => {
                let single = (segment.start, segment.target);
                if atom.exceptions.len() < EXCEPTIONS {
                    atom.exceptions.push(single);
                } else {
                    let base = atom.base;
                    atoms.push(Atom { start: segment.start, base, exceptions: vec![single] });
                }
                i += 2;
            }
            _ => {
                let Segment { start, target } = *segment;
                atoms.push(Atom { start, base: target, exceptions: Vec::new() });
                i += 1;
            }
        }
    }
    atoms
}
