//! Sets of architectures and the numbers worth trying on them.

use rundlet_seccomp::Arch;

/// First one native.
pub const ARCHES: [&[Arch]; 20] = [
    &[Arch::X86_64],
    &[Arch::X86_64, Arch::X86, Arch::X32],
    &[Arch::X86_64, Arch::X32],
    &[Arch::X86_64, Arch::X86],
    &[Arch::X86],
    &[Arch::Aarch64, Arch::Arm],
    &[Arch::Aarch64, Arch::X32],
    &[Arch::Arm, Arch::X86_64],
    &[Arch::Riscv64],
    &[Arch::Ppc64le],
    &[Arch::Mipsel, Arch::Mipsel64, Arch::Mipsel64n32],
    &[Arch::Mips, Arch::Mips64, Arch::Mips64n32],
    &[Arch::S390x, Arch::S390],
    &[Arch::S390],
    &[Arch::Ppc64, Arch::Ppc],
    &[Arch::Parisc, Arch::Parisc64],
    &[Arch::X86_64, Arch::Aarch64, Arch::Ppc64le, Arch::Riscv64],
    &[Arch::X86, Arch::X86_64],
    &[Arch::X86_64, Arch::X86, Arch::X32],
    &[Arch::X86_64],
];

/// Numbers at which something can happen, for an architecture.
pub fn numbers(arch: Arch) -> Vec<u32> {
    let base = match arch {
        Arch::Mips | Arch::Mipsel => 4000,
        Arch::Mips64 | Arch::Mipsel64 => 5000,
        Arch::Mips64n32 | Arch::Mipsel64n32 => 6000,
        _ => 0,
    };
    let mut all: Vec<u32> = (0..=600).chain(base..base + 600).collect();
    all.extend(0x4000_0000..=0x4000_0258);
    all.extend(0xf_0000..0xf_0010);
    all.extend([0x3fff_ffff, 0x7fff_ffff, 0x8000_0000, 0x8000_0001, 0xbfff_ffff]);
    all.extend([0xc000_0000, 0xc000_0001, 0xffff_fffe, 0xffff_ffff]);
    all
}

/// The ABI that a number belongs to among those that share an AUDIT_ARCH.
pub fn owner(arches: &[Arch], arch: Arch, number: u32) -> Arch {
    let wanted = if number & 0x4000_0000 != 0 { Arch::X32 } else { Arch::X86_64 };
    let shared = arch.audit() == Arch::X32.audit() && arches.contains(&wanted);
    if shared { wanted } else { arch }
}
