//! The whole way from profile to program.

use rundlet_plan::{SeccompProfile, SeccompProgram};

use crate::actions::Action;
use crate::arch::{self, Arch};
use crate::codegen::{self, Block, Chain};
use crate::enosys;
use crate::error::SeccompError;
use crate::flags;
use crate::precedence::{self, Candidate, Verdict};
use crate::rules::{self, ArchRules, Entry, Normalized, Rule};
use crate::segments::{self, Target};

/// `BPF_MAXINSNS`.
const MAX_INSTRUCTIONS: usize = 4096;

#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CompileOptions {
    /// Answer ENOSYS to syscalls newer than the profile, as runc does.
    pub enosys_stub: bool,
    /// The architecture of the kernel, always part of the program.
    pub native: Arch,
}

impl Default for CompileOptions {
    /// On a host without seccomp names of its own the program for x86_64, which kills every call.
    fn default() -> Self {
        Self { enosys_stub: true, native: Arch::native().unwrap_or(Arch::X86_64) }
    }
}

impl CompileOptions {
    #[must_use]
    pub fn enosys_stub(mut self, wanted: bool) -> Self {
        self.enosys_stub = wanted;
        self
    }

    #[must_use]
    pub fn native(mut self, arch: Arch) -> Self {
        self.native = arch;
        self
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compiled<'p> {
    pub program: SeccompProgram,
    /// Names without effect since no architecture has them; for a debug message.
    pub unknown: Vec<&'p str>,
}

pub fn compile(
    profile: &SeccompProfile,
    options: &CompileOptions,
) -> Result<SeccompProgram, SeccompError> {
    compile_with_report(profile, options).map(|compiled| compiled.program)
}

pub fn compile_with_report<'p>(
    profile: &'p SeccompProfile,
    options: &CompileOptions,
) -> Result<Compiled<'p>, SeccompError> {
    let flags = flags::parse(&profile.flags)?;
    let arches = arch::parse_list(options.native, &profile.architectures)?;
    let normalized = rules::normalize(profile, &arches)?;
    let blocks = blocks(&normalized, options.enosys_stub)?;
    let assembler = codegen::program(&blocks, normalized.default);
    if assembler.len() > MAX_INSTRUCTIONS {
        let (instructions, limit) = (assembler.len(), MAX_INSTRUCTIONS);
        return Err(SeccompError::TooLong { instructions, limit });
    }
    let program = SeccompProgram { flags, insns: assembler.finish() };
    Ok(Compiled { program, unknown: normalized.unknown })
}

/// Whether the filter must be loaded with SECCOMP_FILTER_FLAG_NEW_LISTENER.
pub fn uses_notify(profile: &SeccompProfile) -> bool {
    profile.syscalls.iter().any(|rule| rule.action == "SCMP_ACT_NOTIFY")
}

/// One per AUDIT_ARCH, in the order of the architectures.
fn blocks(normalized: &Normalized, stub: bool) -> Result<Vec<Block>, SeccompError> {
    let arches = &normalized.arches;
    let find = |wanted| arches.iter().find(|rules| rules.arch == wanted);
    let mut blocks: Vec<Block> = Vec::with_capacity(arches.len());
    for rules in arches {
        if blocks.iter().any(|block| block.audit == rules.arch.audit()) {
            continue;
        }
        let (main, x32) = match rules.arch {
            Arch::X86_64 | Arch::X32 => (find(Arch::X86_64), find(Arch::X32)),
            _ => (Some(rules), None),
        };
        blocks.push(block(rules.arch, main, x32, normalized, stub)?);
    }
    Ok(blocks)
}

fn block(
    arch: Arch,
    main: Option<&ArchRules>,
    x32: Option<&ArchRules>,
    normalized: &Normalized,
    stub: bool,
) -> Result<Block, SeccompError> {
    let mut chains = Vec::new();
    let mut points = Vec::with_capacity(main.or(x32).map_or(0, |rules| rules.entries.len()));
    for rules in main.into_iter().chain(x32) {
        for entries in rules.entries.chunk_by(|a, b| a.number == b.number) {
            let target = target(entries, rules.arch, &normalized.rules, &mut chains)?;
            points.push((entries[0].number, target));
        }
    }
    let background = enosys::background(main, x32, normalized.default, stub);
    let atoms = segments::atoms(&segments::build(&background, &points));
    Ok(Block { audit: arch.audit(), big_endian: arch.is_big_endian(), atoms, chains })
}

fn target(
    entries: &[Entry],
    arch: Arch,
    rules: &[Rule],
    chains: &mut Vec<Chain>,
) -> Result<Target, SeccompError> {
    if let [entry] = entries
        && entry.conditions(rules, arch).is_empty()
    {
        // Nearly all of a profile: no list to make.
        return Ok(Target::Return(action(entry, rules)));
    }
    let candidates: Vec<Candidate> = entries
        .iter()
        .map(|entry| Candidate {
            action: action(entry, rules),
            conditions: entry.conditions(rules, arch),
        })
        .collect();
    let wide = arch.is_wide();
    let verdict = precedence::resolve(&candidates, wide).map_err(|conflict| {
        let later = &entries[conflict.later];
        SeccompError::Conflict {
            syscall: later.syscall.name(),
            arch: arch.name(),
            rule: later.rule as usize,
            earlier: entries[conflict.earlier].rule as usize,
        }
    })?;
    Ok(match verdict {
        Verdict::Always(action) => Target::Return(action),
        Verdict::FirstOf(order) => {
            let rules = order.into_iter().map(|index| candidates[index].clone()).collect();
            let chain = Chain { wide, rules };
            // Neighbours with the same rules become one range.
            if chains.last() != Some(&chain) {
                chains.push(chain);
            }
            Target::Chain(chains.len() - 1)
        }
    })
}

fn action(entry: &Entry, rules: &[Rule]) -> Action {
    rules[entry.rule as usize].action
}
