//! Architectures: what a filter sees of them.

use crate::error::SeccompError;

/// `SCMP_ARCH_*` of the runtime-spec, as far as runc and libseccomp take them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[rustfmt::skip]
pub enum Arch {
    X86_64, X86, X32, Arm, Aarch64, Loongarch64, Mips, Mipsel, Mips64, Mipsel64, Mips64n32,
    Mipsel64n32, Parisc, Parisc64, Ppc, Ppc64, Ppc64le, Riscv64, S390, S390x,
}

/// The calls through which an ABI also offers the socket and the System V IPC calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Multiplexers {
    pub socketcall: u32,
    pub ipc: u32,
}

struct Facts {
    arch: Arch,
    name: &'static str,
    /// `AUDIT_ARCH_*` of `linux/audit.h`; x32 shares that of x86_64.
    audit: u32,
    wide: bool,
    big_endian: bool,
    /// In `generated/syscalls.rs`; both byte orders of an ABI share one.
    column: usize,
    multiplexers: Option<Multiplexers>,
}

const CLASSIC: Option<Multiplexers> = Some(Multiplexers { socketcall: 102, ipc: 117 });
const O32: Option<Multiplexers> = Some(Multiplexers { socketcall: 4102, ipc: 4117 });

const fn facts(
    arch: Arch,
    name: &'static str,
    audit: u32,
    (wide, big_endian): (bool, bool),
    column: usize,
    multiplexers: Option<Multiplexers>,
) -> Facts {
    Facts { arch, name, audit, wide, big_endian, column, multiplexers }
}

/// (64-bit arguments, big endian)
const LE32: (bool, bool) = (false, false);
const LE64: (bool, bool) = (true, false);
const BE32: (bool, bool) = (false, true);
const BE64: (bool, bool) = (true, true);

/// In the order of the enum.
#[rustfmt::skip]
static FACTS: [Facts; 20] = [
    facts(Arch::X86_64,      "SCMP_ARCH_X86_64",      0xc000_003e, LE64, 0,  None),
    facts(Arch::X86,         "SCMP_ARCH_X86",         0x4000_0003, LE32, 1,  CLASSIC),
    facts(Arch::X32,         "SCMP_ARCH_X32",         0xc000_003e, LE32, 2,  None),
    facts(Arch::Arm,         "SCMP_ARCH_ARM",         0x4000_0028, LE32, 3,  None),
    facts(Arch::Aarch64,     "SCMP_ARCH_AARCH64",     0xc000_00b7, LE64, 4,  None),
    facts(Arch::Loongarch64, "SCMP_ARCH_LOONGARCH64", 0xc000_0102, LE64, 5,  None),
    facts(Arch::Mips,        "SCMP_ARCH_MIPS",        0x0000_0008, BE32, 6,  O32),
    facts(Arch::Mipsel,      "SCMP_ARCH_MIPSEL",      0x4000_0008, LE32, 6,  O32),
    facts(Arch::Mips64,      "SCMP_ARCH_MIPS64",      0x8000_0008, BE64, 7,  None),
    facts(Arch::Mipsel64,    "SCMP_ARCH_MIPSEL64",    0xc000_0008, LE64, 7,  None),
    facts(Arch::Mips64n32,   "SCMP_ARCH_MIPS64N32",   0xa000_0008, BE32, 8,  None),
    facts(Arch::Mipsel64n32, "SCMP_ARCH_MIPSEL64N32", 0xe000_0008, LE32, 8,  None),
    facts(Arch::Parisc,      "SCMP_ARCH_PARISC",      0x0000_000f, BE32, 9,  None),
    facts(Arch::Parisc64,    "SCMP_ARCH_PARISC64",    0x8000_000f, BE64, 10, None),
    facts(Arch::Ppc,         "SCMP_ARCH_PPC",         0x0000_0014, BE32, 11, CLASSIC),
    facts(Arch::Ppc64,       "SCMP_ARCH_PPC64",       0x8000_0015, BE64, 12, CLASSIC),
    facts(Arch::Ppc64le,     "SCMP_ARCH_PPC64LE",     0xc000_0015, LE64, 12, CLASSIC),
    facts(Arch::Riscv64,     "SCMP_ARCH_RISCV64",     0xc000_00f3, LE64, 13, None),
    facts(Arch::S390,        "SCMP_ARCH_S390",        0x0000_0016, BE32, 14, CLASSIC),
    facts(Arch::S390x,       "SCMP_ARCH_S390X",       0x8000_0016, BE64, 15, CLASSIC),
];

/// For `features`.
pub const KNOWN_ARCHES: [&str; FACTS.len()] = {
    let mut names = [""; FACTS.len()];
    let mut i = 0;
    while i < names.len() {
        names[i] = FACTS[i].name;
        i += 1;
    }
    names
};

impl Arch {
    /// The architecture this code runs on; none where Linux has no seccomp names for it.
    pub fn native() -> Option<Self> {
        let big = cfg!(target_endian = "big");
        Some(match std::env::consts::ARCH {
            "x86_64" => Self::X86_64,
            "x86" => Self::X86,
            "arm" => Self::Arm,
            "aarch64" => Self::Aarch64,
            "loongarch64" => Self::Loongarch64,
            "mips" => [Self::Mipsel, Self::Mips][usize::from(big)],
            "mips64" => [Self::Mipsel64, Self::Mips64][usize::from(big)],
            "powerpc" => Self::Ppc,
            "powerpc64" => [Self::Ppc64le, Self::Ppc64][usize::from(big)],
            "riscv64" => Self::Riscv64,
            "s390x" => Self::S390x,
            _ => return None,
        })
    }

    pub fn parse(name: &str) -> Option<Self> {
        FACTS.iter().find(|facts| facts.name == name).map(|facts| facts.arch)
    }

    fn facts(self) -> &'static Facts {
        &FACTS[self as usize]
    }

    pub fn name(self) -> &'static str {
        self.facts().name
    }

    pub fn audit(self) -> u32 {
        self.facts().audit
    }

    /// Whether arguments are compared as 64 bits.
    pub fn is_wide(self) -> bool {
        self.facts().wide
    }

    pub fn is_big_endian(self) -> bool {
        self.facts().big_endian
    }

    pub(crate) fn column(self) -> usize {
        self.facts().column
    }

    pub(crate) fn multiplexers(self) -> Option<Multiplexers> {
        self.facts().multiplexers
    }

    /// Entering an unknown system call through svc 0 shows number 0 (setup(2), long gone) to the filter.
    pub(crate) fn hides_number_in_zero(self) -> bool {
        matches!(self, Self::S390 | Self::S390x)
    }
}

/// The native architecture first, then the listed ones without repetition, as libseccomp holds them.
pub fn parse_list(native: Arch, names: &[String]) -> Result<Vec<Arch>, SeccompError> {
    let mut arches = vec![native];
    for (index, name) in names.iter().enumerate() {
        let Some(arch) = Arch::parse(name) else {
            return Err(SeccompError::UnknownArchitecture { arch: name.clone(), index });
        };
        if arch.is_big_endian() != native.is_big_endian() {
            return Err(SeccompError::ForeignByteOrder { arch: arch.name(), index });
        }
        if !arches.contains(&arch) {
            arches.push(arch);
        }
    }
    Ok(arches)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syscalls;

    #[test]
    fn facts_are_in_the_order_of_the_enum() {
        for (i, facts) in FACTS.iter().enumerate() {
            assert_eq!(facts.arch as usize, i, "{}", facts.name);
        }
    }

    #[test]
    fn multiplexers_are_the_numbers_of_the_table() {
        let socketcall = syscalls::lookup("socketcall").unwrap();
        let ipc = syscalls::lookup("ipc").unwrap();
        for facts in &FACTS {
            if let Some(numbers) = facts.multiplexers {
                assert_eq!(socketcall.number(facts.arch), Some(numbers.socketcall));
                assert_eq!(ipc.number(facts.arch), Some(numbers.ipc));
            }
        }
    }
}
