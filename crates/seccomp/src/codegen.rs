//! The program: which AUDIT_ARCH, then binary search over numbers, then argument checks.

use crate::actions::Action;
use crate::bpf::{Assembler, Jump, Label, Offset};
use crate::conditions::{Condition, Operator};
use crate::precedence::Candidate;
use crate::segments::{Atom, Target};

/// Rules of one number in the order of their evaluation; none matches: the default action.
#[derive(Debug, PartialEq, Eq)]
pub struct Chain {
    pub wide: bool,
    pub rules: Vec<Candidate>,
}

/// Everything under one AUDIT_ARCH.
pub struct Block {
    pub audit: u32,
    pub big_endian: bool,
    pub atoms: Vec<Atom>,
    pub chains: Vec<Chain>,
}

pub fn program(blocks: &[Block], default: Action) -> Assembler {
    let size = blocks.iter().map(|block| 2 * block.atoms.len() + 16 * block.chains.len()).sum();
    let mut asm = Assembler::with_capacity(size);
    let mut starts = Vec::with_capacity(blocks.len());
    // The first block last, that is nearest to the start.
    for block in blocks.iter().rev() {
        let mut writer = Writer { asm: &mut asm, block, default };
        let start = writer.search(&block.atoms);
        let whole = matches!(block.atoms.as_slice(), [atom] if atom.exceptions.is_empty());
        let start = if whole { start } else { asm.load(Offset::NUMBER, start) };
        starts.push((block.audit, start));
    }
    let mut entry = asm.ret(Action::BAD_ARCH.0);
    for (audit, start) in starts {
        entry = asm.jump(Jump::Equal, audit, start, entry);
    }
    asm.load(Offset::ARCH, entry);
    asm
}

struct Writer<'a> {
    asm: &'a mut Assembler,
    block: &'a Block,
    default: Action,
}

impl Writer<'_> {
    /// Expects the number in the accumulator.
    fn search(&mut self, atoms: &[Atom]) -> Label {
        if let [atom] = atoms {
            return self.atom(atom);
        }
        let (lower, upper) = atoms.split_at(atoms.len() / 2);
        let then = self.search(upper);
        let otherwise = self.search(lower);
        self.asm.jump(Jump::GreaterOrEqual, upper[0].start, then, otherwise)
    }

    fn atom(&mut self, atom: &Atom) -> Label {
        let mut next = self.target(atom.base);
        for &(number, target) in atom.exceptions.iter().rev() {
            let then = self.target(target);
            next = self.asm.jump(Jump::Equal, number, then, next);
        }
        next
    }

    fn target(&mut self, target: Target) -> Label {
        match target {
            Target::Return(action) => self.asm.ret(action.0),
            Target::Chain(index) => self.chain(&self.block.chains[index]),
        }
    }

    fn chain(&mut self, chain: &Chain) -> Label {
        let mut next = self.asm.ret(self.default.0);
        let mut rest = chain.rules.as_slice();
        while let [before @ .., last] = rest {
            let run = equalities_on_one_word(rest);
            if run > 1 {
                let (before, run) = rest.split_at(rest.len() - run);
                next = self.equalities(run, chain.wide, next);
                rest = before;
            } else {
                let mut success = self.asm.ret(last.action.0);
                for condition in last.conditions.iter().rev() {
                    success = self.condition(condition, chain.wide, success, next);
                }
                next = success;
                rest = before;
            }
        }
        next
    }

    /// Several values of one argument, read once.
    fn equalities(&mut self, rules: &[Candidate], wide: bool, fail: Label) -> Label {
        let Condition { arg, value: first, .. } = rules[0].conditions[0];
        let mut next = fail;
        for rule in rules.iter().rev() {
            let success = self.asm.ret(rule.action.0);
            next = self.asm.jump(Jump::Equal, rule.conditions[0].value as u32, success, next);
        }
        next = self.asm.load(Offset::lower(arg, self.block.big_endian), next);
        if wide {
            next = self.asm.jump(Jump::Equal, (first >> 32) as u32, next, fail);
            next = self.asm.load(Offset::upper(arg, self.block.big_endian), next);
        }
        next
    }

    fn condition(&mut self, c: &Condition, wide: bool, success: Label, fail: Label) -> Label {
        match c.operator {
            Operator::Eq => self.equal(c, wide, success, fail),
            Operator::Ne => self.equal(c, wide, fail, success),
            Operator::Gt => self.greater(c, wide, Jump::Greater, success, fail),
            Operator::Le => self.greater(c, wide, Jump::Greater, fail, success),
            Operator::Ge => self.greater(c, wide, Jump::GreaterOrEqual, success, fail),
            Operator::Lt => self.greater(c, wide, Jump::GreaterOrEqual, fail, success),
            Operator::MaskedEq => self.masked(c, wide, success, fail),
        }
    }

    fn equal(&mut self, c: &Condition, wide: bool, same: Label, other: Label) -> Label {
        let low = self.asm.jump(Jump::Equal, c.value as u32, same, other);
        let low = self.asm.load(Offset::lower(c.arg, self.block.big_endian), low);
        if !wide {
            return low;
        }
        let high = self.asm.jump(Jump::Equal, (c.value >> 32) as u32, low, other);
        self.asm.load(Offset::upper(c.arg, self.block.big_endian), high)
    }

    fn greater(&mut self, c: &Condition, wide: bool, test: Jump, yes: Label, no: Label) -> Label {
        let low = self.asm.jump(test, c.value as u32, yes, no);
        let low = self.asm.load(Offset::lower(c.arg, self.block.big_endian), low);
        if !wide {
            return low;
        }
        let upper = (c.value >> 32) as u32;
        let equal = self.asm.jump(Jump::Equal, upper, low, no);
        let high = self.asm.jump(Jump::Greater, upper, yes, equal);
        self.asm.load(Offset::upper(c.arg, self.block.big_endian), high)
    }

    fn masked(&mut self, c: &Condition, wide: bool, success: Label, fail: Label) -> Label {
        let mut next = success;
        let big_endian = self.block.big_endian;
        if c.mask as u32 != 0 {
            let offset = Offset::lower(c.arg, big_endian);
            next = self.masked_word(offset, c.mask as u32, c.value as u32, next, fail);
        }
        if wide && c.mask >> 32 != 0 {
            let (mask, value) = ((c.mask >> 32) as u32, (c.value >> 32) as u32);
            next = self.masked_word(Offset::upper(c.arg, big_endian), mask, value, next, fail);
        }
        next
    }

    fn masked_word(
        &mut self,
        offset: Offset,
        mask: u32,
        value: u32,
        success: Label,
        fail: Label,
    ) -> Label {
        if value == 0 {
            let test = self.asm.jump(Jump::AnySet, mask, fail, success);
            return self.asm.load(offset, test);
        }
        let mut test = self.asm.jump(Jump::Equal, value, success, fail);
        if mask != u32::MAX {
            test = self.asm.and(mask, test);
        }
        self.asm.load(offset, test)
    }
}

/// How many of the last rules are one EQ each on the same argument and the same upper word.
fn equalities_on_one_word(rules: &[Candidate]) -> usize {
    let word = |rule: &Candidate| match rule.conditions.as_slice() {
        [c] if c.operator == Operator::Eq => Some((c.arg, c.value >> 32)),
        _ => None,
    };
    match rules.last().and_then(word) {
        Some(last) => rules.iter().rev().take_while(|rule| word(rule) == Some(last)).count(),
        None => 0,
    }
}
