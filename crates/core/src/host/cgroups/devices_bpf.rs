//! Device rules as a program of `BPF_PROG_TYPE_CGROUP_DEVICE`.
//! <https://docs.kernel.org/admin-guide/cgroup-v2.html#device-controller>
//!
//! The kernel asks with a context `{ access_type: u32 (access << 16 | type), major, minor }`; access
//! may be several letters at once. The rules are tried from the last to the first, each letter being
//! decided by the last rule that names it:
//!
//! ```text
//! r2 type   r3 letters not decided yet   r4 major   r5 minor
//! per rule:  type, major, minor differ → next rule
//!            allow: r3 &= ~letters; r3 == 0 → return 1
//!            deny:  r3 & letters != 0 → return 0
//! end:       return 0
//! ```

use super::devices::{ALL, MKNOD, READ, WRITE, access_bits};
use crate::failure::Result;
use crate::sys::bpf::Insn;
use rundlet_plan::DeviceRule;

/// `BPF_DEVCG_DEV_*` and `BPF_DEVCG_ACC_*` of <linux/bpf.h>.
const DEV_BLOCK: i32 = 1;
const DEV_CHAR: i32 = 2;
const ACC_MKNOD: i32 = 1;
const ACC_READ: i32 = 2;
const ACC_WRITE: i32 = 4;

/// Opcodes: class | operation | operand.
const LDX_W: u8 = 0x61;
const MOV32_REG: u8 = 0xbc;
const MOV32_IMM: u8 = 0xb4;
const AND32_IMM: u8 = 0x54;
const RSH32_IMM: u8 = 0x74;
const JNE_IMM: u8 = 0x55;
const JEQ_IMM: u8 = 0x15;
const EXIT: u8 = 0x95;

pub fn program(rules: &[DeviceRule]) -> Result<Vec<Insn>> {
    let mut insns = vec![
        insn(LDX_W, 2, 1, 0, 0),
        insn(MOV32_REG, 3, 2, 0, 0),
        insn(RSH32_IMM, 3, 0, 0, 16),
        insn(AND32_IMM, 2, 0, 0, 0xffff),
        insn(LDX_W, 4, 1, 4, 0),
        insn(LDX_W, 5, 1, 8, 0),
    ];
    for rule in rules.iter().rev() {
        insns.extend(rule_insns(rule)?);
        if rule.kind == "a" {
            // Everything was decided here: rules before it have no say, and the verifier refuses
            // code that cannot be reached.
            return Ok(insns);
        }
    }
    insns.extend(verdict(false));
    Ok(insns)
}

fn insn(code: u8, destination: u8, source: u8, offset: i16, immediate: i32) -> Insn {
    Insn { code, registers: destination | source << 4, offset, immediate }
}

fn verdict(allow: bool) -> [Insn; 2] {
    [insn(MOV32_IMM, 0, 0, 0, i32::from(allow)), insn(EXIT, 0, 0, 0, 0)]
}

fn rule_insns(rule: &DeviceRule) -> Result<Vec<Insn>> {
    let bits = access_bits(rule)?;
    if rule.kind == "a" {
        return Ok(verdict(rule.allow).into());
    }
    // Tests whose failure leads past the rule; the distance is filled in below.
    let mut tests = vec![(2, if rule.kind == "b" { DEV_BLOCK } else { DEV_CHAR })];
    tests.extend(rule.major.map(|major| (4, major as i32)));
    tests.extend(rule.minor.map(|minor| (5, minor as i32)));
    let mut decide = match (rule.allow, bits == ALL) {
        (_, true) => Vec::new(),
        (true, false) => vec![insn(AND32_IMM, 3, 0, 0, !access(bits)), insn(JNE_IMM, 3, 0, 2, 0)],
        (false, false) => vec![
            insn(MOV32_REG, 1, 3, 0, 0),
            insn(AND32_IMM, 1, 0, 0, access(bits)),
            insn(JEQ_IMM, 1, 0, 2, 0),
        ],
    };
    decide.extend(verdict(rule.allow));
    let total = tests.len() + decide.len();
    let mut insns: Vec<Insn> = tests
        .iter()
        .enumerate()
        .map(|(place, (register, value))| {
            insn(JNE_IMM, *register, 0, (total - place - 1) as i16, *value)
        })
        .collect();
    insns.extend(decide);
    Ok(insns)
}

fn access(bits: u8) -> i32 {
    [(READ, ACC_READ), (WRITE, ACC_WRITE), (MKNOD, ACC_MKNOD)]
        .iter()
        .filter(|(bit, _)| bits & bit != 0)
        .map(|(_, access)| access)
        .sum()
}

#[cfg(test)]
mod tests {
    use super::super::devices::tests::rule;
    use super::*;

    /// Runs the program as the kernel would, on (type, access, major, minor).
    fn run(program: &[Insn], kind: i32, access: i32, major: u32, minor: u32) -> bool {
        let context = [(access << 16 | kind) as u32, major, minor];
        let mut registers = [0_u64; 16];
        let mut at = 0_usize;
        loop {
            let Insn { code, registers: names, offset, immediate } = program[at];
            let (to, from) = (usize::from(names & 15), usize::from(names >> 4));
            at += 1;
            // JNE and JEQ with an immediate compare 64 bits with the sign-extended word.
            let same = registers[to] == immediate as i64 as u64;
            match code {
                LDX_W => registers[to] = u64::from(context[offset as usize / 4]),
                MOV32_REG => registers[to] = registers[from] & 0xffff_ffff,
                MOV32_IMM => registers[to] = u64::from(immediate as u32),
                AND32_IMM => registers[to] = u64::from(registers[to] as u32 & immediate as u32),
                RSH32_IMM => registers[to] = u64::from((registers[to] as u32) >> immediate),
                JNE_IMM if !same => at += offset as usize,
                JEQ_IMM if same => at += offset as usize,
                JNE_IMM | JEQ_IMM => {}
                EXIT => return registers[0] == 1,
                other => panic!("code {other:#x}"),
            }
        }
    }

    fn allowed(rules: &[&str], kind: i32, access: i32, major: u32, minor: u32) -> bool {
        let rules: Vec<_> = rules.iter().map(|text| rule(text)).collect();
        run(&program(&rules).unwrap(), kind, access, major, minor)
    }

    #[test]
    fn default_list() {
        let rules =
            ["-a *:* rwm", "+c *:* m", "+b *:* m", "+c 1:3 rwm", "+c 136:* rwm", "+c 5:2 rw"];
        assert!(allowed(&rules, DEV_CHAR, ACC_READ | ACC_WRITE, 1, 3));
        assert!(allowed(&rules, DEV_CHAR, ACC_READ, 136, 77));
        assert!(allowed(&rules, DEV_BLOCK, ACC_MKNOD, 8, 0));
        assert!(allowed(&rules, DEV_CHAR, ACC_READ | ACC_MKNOD, 5, 2));
        assert!(!allowed(&rules, DEV_BLOCK, ACC_READ, 8, 0));
        assert!(!allowed(&rules, DEV_BLOCK, ACC_READ | ACC_MKNOD, 1, 3));
        assert!(!allowed(&rules, DEV_CHAR, ACC_READ, 1, 4));
    }

    #[test]
    fn the_last_rule_that_names_a_letter_decides() {
        let rules = ["-a *:* rwm", "+c 1:* rwm", "-c 1:3 w"];
        assert!(allowed(&rules, DEV_CHAR, ACC_READ, 1, 3));
        assert!(!allowed(&rules, DEV_CHAR, ACC_WRITE, 1, 3));
        assert!(!allowed(&rules, DEV_CHAR, ACC_READ | ACC_WRITE, 1, 3));
        assert!(allowed(&rules, DEV_CHAR, ACC_WRITE, 1, 4));
        let rules = ["+a *:* rwm", "-b 8:* rw", "+b 8:1 r"];
        assert!(allowed(&rules, DEV_BLOCK, ACC_READ, 8, 1));
        assert!(!allowed(&rules, DEV_BLOCK, ACC_READ | ACC_WRITE, 8, 1));
        assert!(allowed(&rules, DEV_CHAR, ACC_WRITE, 8, 1));
    }
}
