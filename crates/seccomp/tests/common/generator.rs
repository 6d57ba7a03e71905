//! Random profiles and arguments, the same for the same seed.

use rundlet_plan::{SeccompArg, SeccompProfile, SeccompRule};

/// xorshift64*
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    pub fn below(&mut self, end: usize) -> usize {
        ((self.next() >> 33) as usize) % end
    }

    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub fn pick<'a, T: ?Sized>(&mut self, items: &[&'a T]) -> &'a T {
        items[self.below(items.len())]
    }
}

const ACTIONS: [&str; 9] = [
    "SCMP_ACT_ALLOW",
    "SCMP_ACT_ERRNO",
    "SCMP_ACT_KILL",
    "SCMP_ACT_KILL_PROCESS",
    "SCMP_ACT_KILL_THREAD",
    "SCMP_ACT_LOG",
    "SCMP_ACT_NOTIFY",
    "SCMP_ACT_TRACE",
    "SCMP_ACT_TRAP",
];

const OPERATORS: [&str; 7] = [
    "SCMP_CMP_EQ",
    "SCMP_CMP_NE",
    "SCMP_CMP_LT",
    "SCMP_CMP_LE",
    "SCMP_CMP_GT",
    "SCMP_CMP_GE",
    "SCMP_CMP_MASKED_EQ",
];

/// Calls of socketcall and ipc, calls of few architectures, and the ends of the table.
const INTERESTING: [&str; 16] = [
    "socket",
    "bind",
    "accept4",
    "send",
    "semop",
    "shmat",
    "clone",
    "personality",
    "read",
    "open",
    "waitpid",
    "setxattr",
    "execve",
    "cacheflush",
    "s390_runtime_instr",
    "futex_waitv",
];

fn value(random: &mut Random) -> u64 {
    let small = random.below(8) as u64;
    match random.below(8) {
        0..=3 => small,
        4 => u64::from(u32::MAX) - small,
        5 => (1 << 32) + small,
        6 => u64::MAX - small,
        _ => random.next(),
    }
}

fn argument(random: &mut Random) -> SeccompArg {
    let op = random.pick(&OPERATORS);
    let value_two = value(random);
    let value = match (op, random.below(6)) {
        ("SCMP_CMP_MASKED_EQ", 0) => 0,
        ("SCMP_CMP_MASKED_EQ", 1) => 0xffff_ffff_0000_0000,
        ("SCMP_CMP_MASKED_EQ", 2) => 0x7e02_0000,
        _ => value(random),
    };
    super::arg(random.below(6) as u32, op, value, value_two)
}

fn rule(random: &mut Random, names: &[&str]) -> SeccompRule {
    let action = random.pick(&ACTIONS);
    let count = 1 + random.below(4);
    let mut chosen: Vec<&str> = (0..count).map(|_| random.pick(names)).collect();
    chosen.retain(|&name| name != "write" || action != "SCMP_ACT_NOTIFY");
    let args = if random.chance(40) { 0 } else { 1 + random.below(3) };
    let mut args: Vec<SeccompArg> = (0..args).map(|_| argument(random)).collect();
    if !random.chance(10) {
        args.sort_by_key(|arg| arg.index);
        args.dedup_by_key(|arg| arg.index);
    }
    let errno_ret = random.chance(30).then(|| random.below(4) as u32);
    SeccompRule { errno_ret, ..super::rule(&chosen, action, args) }
}

/// Rules on few syscalls, so that they meet.
pub fn profile(random: &mut Random, known: &[&str], arches: &[&str]) -> SeccompProfile {
    let mut names: Vec<&str> = (0..6).map(|_| random.pick(known)).collect();
    names.extend((0..4).map(|_| random.pick(&INTERESTING)));
    let most = if random.chance(25) { 40 } else { 12 };
    let rules = 1 + random.below(most);
    let default = loop {
        match random.pick(&ACTIONS) {
            "SCMP_ACT_NOTIFY" => {}
            action => break action,
        }
    };
    let mut profile = super::profile(default, (0..rules).map(|_| rule(random, &names)).collect());
    profile.default_errno_ret = random.chance(20).then(|| random.below(4) as u32);
    profile.architectures = arches.iter().map(|&arch| arch.to_owned()).collect();
    profile
}

/// Values at and around the constants of a profile.
pub fn boundaries(profile: &SeccompProfile) -> Vec<u64> {
    let mut values = vec![0, 1, u64::from(u32::MAX), 1 << 32, u64::MAX];
    for arg in profile.syscalls.iter().flat_map(|rule| &rule.args) {
        for constant in [arg.value, arg.value_two, arg.value & arg.value_two] {
            values.extend([
                constant,
                constant.wrapping_add(1),
                constant.wrapping_sub(1),
                constant ^ (1 << 32),
                constant | !arg.value,
                u64::from(constant as u32),
            ]);
        }
    }
    values.sort_unstable();
    values.dedup();
    values
}

pub fn arguments(random: &mut Random, boundaries: &[u64]) -> [u64; 6] {
    std::array::from_fn(|_| match random.below(10) {
        0 => random.next(),
        1 => random.below(24) as u64,
        _ => boundaries[random.below(boundaries.len())],
    })
}
