//! What single rules say, read from the profile without the compiler.

use rundlet_plan::{SeccompArg, SeccompProfile, SeccompRule};
use rundlet_seccomp::Arch;

/// How the test resolves names, so that the oracle's table can be used.
pub type Resolve<'a> = &'a dyn Fn(Arch, &str) -> Option<i32>;

/// One way in which one rule can apply to one number.
#[derive(Debug, Clone)]
pub struct Alternative {
    pub action: u32,
    pub args: Vec<SeccompArg>,
}

pub fn action(name: &str, errno_ret: Option<u32>) -> u32 {
    match name {
        "SCMP_ACT_KILL" | "SCMP_ACT_KILL_THREAD" => 0,
        "SCMP_ACT_KILL_PROCESS" => 0x8000_0000,
        "SCMP_ACT_TRAP" => 0x0003_0000,
        "SCMP_ACT_ERRNO" => 0x0005_0000 | errno_ret.unwrap_or(1),
        "SCMP_ACT_TRACE" => 0x7ff0_0000 | errno_ret.unwrap_or(1),
        "SCMP_ACT_LOG" => 0x7ffc_0000,
        "SCMP_ACT_ALLOW" => 0x7fff_0000,
        "SCMP_ACT_NOTIFY" => 0x7fc0_0000,
        other => panic!("action {other}"),
    }
}

/// runc's reading of a rule with a repeated argument.
pub fn split(rule: &SeccompRule) -> Vec<Vec<SeccompArg>> {
    let repeated = (0..6).any(|i| rule.args.iter().filter(|arg| arg.index == i).count() > 1);
    if repeated {
        rule.args.iter().map(|arg| vec![arg.clone()]).collect()
    } else {
        vec![rule.args.clone()]
    }
}

pub fn holds(arg: &SeccompArg, value: u64, wide: bool) -> bool {
    let keep = if wide { u64::MAX } else { u64::from(u32::MAX) };
    let (value, first, second) = (value & keep, arg.value & keep, arg.value_two & keep);
    match arg.op.as_str() {
        "SCMP_CMP_EQ" => value == first,
        "SCMP_CMP_NE" => value != first,
        "SCMP_CMP_LT" => value < first,
        "SCMP_CMP_LE" => value <= first,
        "SCMP_CMP_GT" => value > first,
        "SCMP_CMP_GE" => value >= first,
        "SCMP_CMP_MASKED_EQ" => value & first == second & first,
        other => panic!("operator {other}"),
    }
}

fn always(arg: &SeccompArg, wide: bool) -> bool {
    arg.op == "SCMP_CMP_MASKED_EQ" && (arg.value == 0 || (!wide && arg.value as u32 == 0))
}

fn multiplexers(arch: Arch) -> Option<(u32, u32)> {
    match arch {
        Arch::X86 | Arch::S390 | Arch::S390x | Arch::Ppc | Arch::Ppc64 | Arch::Ppc64le => {
            Some((102, 117))
        }
        Arch::Mips | Arch::Mipsel => Some((4102, 4117)),
        _ => None,
    }
}

/// All alternatives for a number, without conditions that always hold. `resolve` gives libseccomp's
/// pseudo numbers (-101.., -201..) for multiplexed calls and `direct` the real ones.
pub fn alternatives(
    profile: &SeccompProfile,
    arch: Arch,
    number: u32,
    pseudo: Resolve,
    direct: Resolve,
) -> Vec<Alternative> {
    let default = action(&profile.default_action, profile.default_errno_ret);
    let mut found = Vec::new();
    for rule in &profile.syscalls {
        let action = action(&rule.action, rule.errno_ret);
        if action == default {
            continue;
        }
        for name in &rule.names {
            for mut args in split(rule) {
                let call = multiplexers(arch).zip(pseudo(arch, name)).and_then(|(m, n)| match n {
                    -120..=-101 if number == m.0 => Some(-n - 100),
                    -224..=-201 if number == m.1 => Some(-n - 200),
                    _ => None,
                });
                if let Some(call) = call {
                    args.retain(|arg| arg.index != 0);
                    args.insert(0, super::arg(0, "SCMP_CMP_EQ", call as u64, 0));
                } else if direct(arch, name) != Some(number as i32) {
                    continue;
                }
                args.retain(|arg| !always(arg, arch.is_wide()));
                found.push(Alternative { action, args });
            }
        }
    }
    found
}

/// Actions that a program may return for these arguments.
pub fn possible(all: &[Alternative], args: &[u64; 6], wide: bool, default: u32) -> Vec<u32> {
    if let Some(first) = all.iter().find(|alternative| alternative.args.is_empty()) {
        return vec![first.action];
    }
    let matching = all
        .iter()
        .filter(|a| a.args.iter().all(|arg| holds(arg, args[arg.index as usize], wide)))
        .map(|alternative| alternative.action);
    let actions: Vec<u32> = matching.collect();
    if actions.is_empty() { vec![default] } else { actions }
}

/// Whether libseccomp's tree is known to go wrong on these rules (`precedence.rs`): two rules that
/// compare one 64-bit argument by other than equality, with one upper word.
pub fn mixed_up_by_libseccomp(all: &[Alternative], wide: bool) -> bool {
    let unequal =
        |arg: &&SeccompArg| !matches!(arg.op.as_str(), "SCMP_CMP_EQ" | "SCMP_CMP_MASKED_EQ");
    wide && all.iter().enumerate().any(|(i, a)| {
        all[..i].iter().any(|b| {
            let shared = a.args.iter().filter(unequal).any(|x| {
                b.args
                    .iter()
                    .filter(unequal)
                    .any(|y| x.index == y.index && x.value >> 32 == y.value >> 32)
            });
            shared && (a.action != b.action || a.args.len() > 1 || b.args.len() > 1)
        })
    })
}
