//! From rules with names to, per architecture, a sorted list of numbers with rules.

use rundlet_plan::SeccompProfile;

use crate::actions::{self, Action};
use crate::arch::Arch;
use crate::conditions::{self, Condition};
use crate::error::SeccompError;
use crate::syscalls::{self, Multiplexed, Syscall};

/// One element of `syscalls`.
pub struct Rule {
    pub action: Action,
    pub alternatives: Vec<Vec<Condition>>,
}

/// A rule, in one of its alternatives, applied to a number.
#[derive(Clone, Copy)]
pub struct Entry {
    pub number: u32,
    pub rule: u32,
    alternative: u32,
    /// The number stands for socketcall or ipc and the first argument must be this call.
    call: Option<u32>,
    pub syscall: Syscall,
}

impl Entry {
    pub fn conditions(&self, rules: &[Rule], arch: Arch) -> Vec<Condition> {
        let wanted = &rules[self.rule as usize].alternatives[self.alternative as usize];
        let call = self.call.map(|call| Condition::equals(0, call));
        // libseccomp overwrites a condition on the first argument: the ABI has the call there.
        let rest = wanted.iter().filter(|condition| call.is_none() || condition.arg != 0).copied();
        call.into_iter().chain(rest).filter_map(|c| c.on(arch.is_wide())).collect()
    }
}

/// Everything the profile says of one architecture.
pub struct ArchRules {
    pub arch: Arch,
    /// By number; those of one number in the profile's order.
    pub entries: Vec<Entry>,
    /// The greatest number that a name of the profile has here; multiplexed calls do not count.
    pub largest: u32,
}

pub struct Normalized<'p> {
    pub default: Action,
    pub rules: Vec<Rule>,
    pub arches: Vec<ArchRules>,
    /// Names that no architecture has.
    pub unknown: Vec<&'p str>,
}

pub fn normalize<'p>(
    profile: &'p SeccompProfile,
    arches: &[Arch],
) -> Result<Normalized<'p>, SeccompError> {
    let default = actions::parse(&profile.default_action, profile.default_errno_ret, None)?;
    if default == Action::NOTIFY {
        return Err(SeccompError::NotifyAsDefault);
    }
    let names: usize = profile.syscalls.iter().map(|rule| rule.names.len()).sum();
    let mut rules = Vec::with_capacity(profile.syscalls.len());
    let mut unknown = Vec::new();
    let mut tables: Vec<ArchRules> = arches
        .iter()
        .map(|&arch| ArchRules { arch, entries: Vec::with_capacity(names + 16), largest: 0 })
        .collect();
    for (index, rule) in profile.syscalls.iter().enumerate() {
        let action = actions::parse(&rule.action, rule.errno_ret, Some(index))?;
        let alternatives = conditions::parse(rule, index)?;
        for (position, name) in rule.names.iter().enumerate() {
            if name.is_empty() {
                return Err(SeccompError::EmptyName { rule: index, name: position });
            }
            if action == Action::NOTIFY && name == "write" {
                return Err(SeccompError::NotifyOnWrite { rule: index });
            }
            let Some(syscall) = syscalls::lookup(name) else {
                unknown.push(name.as_str());
                continue;
            };
            for table in &mut tables {
                // A rule that says what the default says is not added, but its numbers are known.
                let alternatives = if action == default { 0 } else { alternatives.len() };
                table.add(syscall, index, alternatives);
            }
        }
        rules.push(Rule { action, alternatives });
    }
    for table in &mut tables {
        table.entries.sort_by_key(|entry| entry.number);
    }
    Ok(Normalized { default, rules, arches: tables, unknown })
}

impl ArchRules {
    fn add(&mut self, syscall: Syscall, rule: usize, alternatives: usize) {
        let direct = syscall.number(self.arch);
        let within = self.arch.multiplexers().zip(syscall.multiplexed());
        if let (Some(number), None) = (direct, within) {
            self.largest = self.largest.max(number);
        }
        for alternative in 0..alternatives {
            if let Some((numbers, call)) = within {
                let (number, call) = match call {
                    Multiplexed::Socketcall(call) => (numbers.socketcall, call),
                    Multiplexed::Ipc(call) => (numbers.ipc, call),
                };
                self.push(number, rule, alternative, Some(call), syscall);
            }
            if let Some(number) = direct {
                self.push(number, rule, alternative, None, syscall);
            }
        }
    }

    fn push(
        &mut self,
        number: u32,
        rule: usize,
        alternative: usize,
        call: Option<u32>,
        syscall: Syscall,
    ) {
        let (rule, alternative) = (rule as u32, alternative as u32);
        self.entries.push(Entry { number, rule, alternative, call, syscall });
    }
}
