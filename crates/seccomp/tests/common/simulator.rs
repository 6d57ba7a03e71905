//! Classic BPF over `struct seccomp_data`, as `seccomp_check_filter` of the kernel allows it.

use std::collections::BTreeSet;

use rundlet_plan::BpfInsn;

const LOAD: u16 = 0x20;
const AND: u16 = 0x54;
const JUMP_ALWAYS: u16 = 0x05;
const RETURN: u16 = 0x06;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Call {
    pub number: u32,
    pub audit: u32,
    pub args: [u64; 6],
    /// Where the two words of an argument are.
    pub big_endian: bool,
}

impl Call {
    fn word(&self, offset: u32) -> u32 {
        match offset {
            0 => self.number,
            4 => self.audit,
            16..=60 if offset.is_multiple_of(4) => {
                let arg = self.args[((offset - 16) / 8) as usize];
                let upper = offset.is_multiple_of(8) == self.big_endian;
                (arg >> if upper { 32 } else { 0 }) as u32
            }
            _ => panic!("load from {offset}"),
        }
    }
}

/// Panics on anything the kernel would refuse.
pub fn run(program: &[BpfInsn], call: &Call) -> u32 {
    visit(program, call, |_| {})
}

/// Instructions executed; for the depth of the search.
pub fn steps(program: &[BpfInsn], call: &Call) -> usize {
    let mut count = 0;
    visit(program, call, |_| count += 1);
    count
}

/// Runs and shows every instruction's index.
pub fn visit(program: &[BpfInsn], call: &Call, mut see: impl FnMut(usize)) -> u32 {
    let mut accumulator = 0;
    let mut at = 0;
    loop {
        see(at);
        let insn = program[at];
        at += 1;
        let condition = match insn.code {
            LOAD => {
                accumulator = call.word(insn.k);
                continue;
            }
            AND => {
                accumulator &= insn.k;
                continue;
            }
            JUMP_ALWAYS => {
                at += insn.k as usize;
                continue;
            }
            RETURN => return insn.k,
            0x15 => accumulator == insn.k,
            0x25 => accumulator > insn.k,
            0x35 => accumulator >= insn.k,
            0x45 => accumulator & insn.k != 0,
            code => panic!("opcode {code:#x}"),
        };
        at += usize::from(if condition { insn.jt } else { insn.jf });
    }
}

/// Which comparisons can be reached with different words (or masks) in the accumulator: nobody means that.
pub fn ambiguous(program: &[BpfInsn]) -> Vec<bool> {
    let mut sources: Vec<BTreeSet<(u32, u32)>> = vec![BTreeSet::new(); program.len()];
    let mut found = vec![false; program.len()];
    for (at, insn) in program.iter().enumerate() {
        let mut here = std::mem::take(&mut sources[at]);
        let targets = match insn.code {
            RETURN => continue,
            LOAD => {
                here = BTreeSet::from([(insn.k, u32::MAX)]);
                [0, 0]
            }
            AND => {
                here = here.into_iter().map(|(word, mask)| (word, mask & insn.k)).collect();
                [0, 0]
            }
            JUMP_ALWAYS => [insn.k as usize; 2],
            _ => {
                found[at] = here.len() > 1;
                [insn.jt.into(), insn.jf.into()]
            }
        };
        for target in targets {
            sources[at + 1 + target].extend(&here);
        }
    }
    found
}
