//! A small assembler for classic BPF (`linux/filter.h`), writing a program from its end.
//!
//! BPF only jumps forward. Written backwards, every target is already placed when a jump to it is
//! written, so that a conditional jump, whose offsets have 8 bits, can get a nearer stepping stone
//! (a copy of a return, or a long `ja`) at once.

use rundlet_plan::BpfInsn;

const LD_W_ABS: u16 = 0x20;
const ALU_AND_K: u16 = 0x54;
const JMP_JA: u16 = 0x05;
const RET_K: u16 = 0x06;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u16)]
pub enum Jump {
    Equal = 0x15,
    Greater = 0x25,
    GreaterOrEqual = 0x35,
    AnySet = 0x45,
}

/// Offsets in `struct seccomp_data` (`linux/seccomp.h`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offset(u32);

impl Offset {
    pub const NUMBER: Self = Self(0);
    pub const ARCH: Self = Self(4);

    pub fn upper(arg: u8, big_endian: bool) -> Self {
        Self(16 + 8 * u32::from(arg) + if big_endian { 0 } else { 4 })
    }

    pub fn lower(arg: u8, big_endian: bool) -> Self {
        Self(16 + 8 * u32::from(arg) + if big_endian { 4 } else { 0 })
    }
}

/// A placed instruction, by its distance from the end of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Label(usize);

const FARTHEST: usize = u8::MAX as usize;

#[derive(Default)]
pub struct Assembler {
    /// Last instruction first.
    reversed: Vec<BpfInsn>,
    /// The nearest return of every value.
    returns: Vec<(u32, Label)>,
    /// Target and nearest `ja` to it.
    stones: Vec<(Label, Label)>,
}

impl Assembler {
    pub fn with_capacity(instructions: usize) -> Self {
        Self { reversed: Vec::with_capacity(instructions), ..Self::default() }
    }

    pub fn ret(&mut self, value: u32) -> Label {
        match self.returns.iter().find(|(known, _)| *known == value) {
            Some(&(_, label)) if self.distance(label) <= FARTHEST => label,
            _ => self.place_return(value),
        }
    }

    pub fn jump(&mut self, test: Jump, value: u32, then: Label, otherwise: Label) -> Label {
        // One more instruction may come between for `otherwise`.
        let then = self.within(then, FARTHEST - 1);
        let otherwise = self.within(otherwise, FARTHEST);
        let (jt, jf) = (self.distance(then) as u8, self.distance(otherwise) as u8);
        self.push(BpfInsn { code: test as u16, jt, jf, k: value })
    }

    /// Goes on at `next`.
    pub fn and(&mut self, mask: u32, next: Label) -> Label {
        self.straight(BpfInsn { code: ALU_AND_K, jt: 0, jf: 0, k: mask }, next)
    }

    /// Goes on at `next`.
    pub fn load(&mut self, offset: Offset, next: Label) -> Label {
        self.straight(BpfInsn { code: LD_W_ABS, jt: 0, jf: 0, k: offset.0 }, next)
    }

    fn straight(&mut self, insn: BpfInsn, next: Label) -> Label {
        let far = self.distance(next);
        if far > 0 {
            self.push(BpfInsn { code: JMP_JA, jt: 0, jf: 0, k: far as u32 });
        }
        self.push(insn)
    }

    pub fn len(&self) -> usize {
        self.reversed.len()
    }

    pub fn finish(mut self) -> Vec<BpfInsn> {
        self.reversed.reverse();
        self.reversed
    }

    fn push(&mut self, insn: BpfInsn) -> Label {
        self.reversed.push(insn);
        Label(self.reversed.len() - 1)
    }

    /// Instructions between the next one written and the label.
    fn distance(&self, label: Label) -> usize {
        self.reversed.len() - label.0 - 1
    }

    fn within(&mut self, label: Label, limit: usize) -> Label {
        if self.distance(label) <= limit {
            return label;
        }
        let BpfInsn { code, k, .. } = self.reversed[label.0];
        if code == RET_K {
            return match self.returns.iter().find(|(known, _)| *known == k) {
                Some(&(_, nearest)) if self.distance(nearest) <= limit => nearest,
                _ => self.place_return(k),
            };
        }
        let stone = self.stones.iter().rev().find(|(target, _)| *target == label);
        match stone {
            Some(&(_, nearest)) if self.distance(nearest) <= limit => nearest,
            _ => {
                let far = self.distance(label) as u32;
                let nearest = self.push(BpfInsn { code: JMP_JA, jt: 0, jf: 0, k: far });
                self.stones.push((label, nearest));
                nearest
            }
        }
    }

    fn place_return(&mut self, value: u32) -> Label {
        let label = self.push(BpfInsn { code: RET_K, jt: 0, jf: 0, k: value });
        match self.returns.iter_mut().find(|(known, _)| *known == value) {
            Some(entry) => entry.1 = label,
            None => self.returns.push((value, label)),
        }
        label
    }
}
