//! What numbers without a rule get: the default action, death for a foreign ABI, or ENOSYS.
//!
//! A profile can only speak of the syscalls its author knew. libc probes for newer ones and falls back
//! on ENOSYS, not on EPERM; so runc (libcontainer/seccomp/patchbpf) answers ENOSYS, before the filter
//! proper, to every number above the greatest one that the profile names on that architecture, unless
//! the default action lets such calls through (ALLOW, LOG, TRACE). On s390 also to number 0.
//! Nothing happens on an architecture of which the profile names no syscall.

use crate::actions::Action;
use crate::rules::ArchRules;

/// x32 calls have this bit in the number, on the AUDIT_ARCH of x86_64.
pub const X32_BIT: u32 = 0x4000_0000;

/// Numbers `start..end` get `action`; `forced`: whatever the rules say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    pub start: u64,
    pub end: u64,
    pub action: Action,
    pub forced: bool,
}

const END: u64 = 1 << 32;

struct Background {
    default: Action,
    stub: bool,
    ranges: Vec<Range>,
}

impl Background {
    fn push(&mut self, start: u64, end: u64, action: Action, forced: bool) {
        if start < end {
            self.ranges.push(Range { start, end, action, forced });
        }
    }

    /// Where the stub of these rules begins.
    fn first_unknown(&self, rules: Option<&ArchRules>) -> Option<u64> {
        rules.map(|rules| rules.largest).filter(|&n| self.stub && n != 0).map(|n| u64::from(n) + 1)
    }

    /// Numbers `start..end` of one ABI; those from `unknown` on get ENOSYS.
    fn push_abi(&mut self, start: u64, end: u64, action: Action, unknown: Option<u64>) {
        let cut = unknown.map_or(end, |first| first.clamp(start, end));
        self.push(start, cut, action, false);
        self.push(cut, end, Action::ENOSYS, true);
    }
}

/// All numbers of one AUDIT_ARCH. `main`: the architecture without bit 30, `x32` the one with it.
pub fn background(
    main: Option<&ArchRules>,
    x32: Option<&ArchRules>,
    default: Action,
    wanted: bool,
) -> Vec<Range> {
    let stub = wanted && !default.is_permissive();
    let mut all = Background { default, stub, ranges: Vec::with_capacity(8) };
    let is_x86 = x32.is_some() || main.is_some_and(|rules| rules.arch == crate::Arch::X86_64);
    let unknown = all.first_unknown(main);
    if !is_x86 {
        let hides = main.is_some_and(|rules| rules.arch.hides_number_in_zero());
        let first = u64::from(hides && unknown.is_some());
        all.push(0, first, Action::ENOSYS, true);
        all.push_abi(first, END, default, unknown);
        return all.ranges;
    }
    x86(&mut all, main.is_some(), x32.is_some(), unknown, x32);
    all.ranges
}

/// The kernel looks at bit 30 alone, libseccomp at "below bit 30 or not"; the stub does as the kernel.
/// Number -1 is no foreign ABI: it is how a tracer skips a call (seccomp(2)).
fn x86(
    all: &mut Background,
    has_main: bool,
    has_x32: bool,
    unknown: Option<u64>,
    x32: Option<&ArchRules>,
) {
    let bit = u64::from(X32_BIT);
    let default = all.default;
    let low = if has_main { default } else { Action::BAD_ARCH };
    let high = if has_x32 { default } else { Action::BAD_ARCH };
    let unknown_x32 = all.first_unknown(x32);
    all.push_abi(0, bit, low, unknown);
    all.push_abi(bit, 2 * bit, high, unknown_x32);
    all.push_abi(2 * bit, 3 * bit, high, unknown);
    all.push_abi(3 * bit, END - 1, high, unknown_x32);
    all.push_abi(END - 1, END, default, unknown_x32);
}
