//! Syscall names: a static hash table over the generated names, built by the compiler.

use crate::arch::Arch;
use crate::generated::syscalls::{MULTIPLEXED, NAMES, NONE, NUMBERS};

/// A name we know, on whatever architecture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Syscall(u16);

/// A call that some ABIs also offer within socketcall(2) or ipc(2), with its number there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Multiplexed {
    Socketcall(u32),
    Ipc(u32),
}

impl Syscall {
    pub fn name(self) -> &'static str {
        NAMES[usize::from(self.0)]
    }

    /// The number a filter sees (x32: with bit 30).
    pub fn number(self, arch: Arch) -> Option<u32> {
        match NUMBERS[usize::from(self.0)][arch.column()] {
            NONE => None,
            number => Some(number),
        }
    }

    pub fn multiplexed(self) -> Option<Multiplexed> {
        match MULTIPLEXED[usize::from(self.0)] {
            0 => None,
            call @ 1..=99 => Some(Multiplexed::Socketcall(u32::from(call))),
            call => Some(Multiplexed::Ipc(u32::from(call) - 100)),
        }
    }
}

/// More than twice the names: short probes.
const SLOTS: usize = 2048;
const EMPTY: u16 = u16::MAX;

static TABLE: [u16; SLOTS] = build_table();

const fn hash(name: &[u8]) -> usize {
    // FNV-1a
    let mut hash: u32 = 0x811c_9dc5;
    let mut i = 0;
    while i < name.len() {
        hash = (hash ^ name[i] as u32).wrapping_mul(0x0100_0193);
        i += 1;
    }
    ((hash >> 16) ^ hash) as usize % SLOTS
}

const fn build_table() -> [u16; SLOTS] {
    let mut table = [EMPTY; SLOTS];
    let mut i = 0;
    while i < NAMES.len() {
        let mut slot = hash(NAMES[i].as_bytes());
        while table[slot] != EMPTY {
            slot = (slot + 1) % SLOTS;
        }
        table[slot] = i as u16;
        i += 1;
    }
    table
}

pub fn lookup(name: &str) -> Option<Syscall> {
    let mut slot = hash(name.as_bytes());
    loop {
        match TABLE[slot] {
            EMPTY => return None,
            index if NAMES[usize::from(index)] == name => return Some(Syscall(index)),
            _ => slot = (slot + 1) % SLOTS,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_every_name_and_nothing_else() {
        for (i, name) in NAMES.iter().enumerate() {
            assert_eq!(lookup(name), Some(Syscall(u16::try_from(i).unwrap())), "{name}");
        }
        for name in ["", "nope", "openat3", "read ", "READ"] {
            assert_eq!(lookup(name), None, "{name}");
        }
    }

    #[test]
    fn knows_numbers_per_architecture() {
        let number = |name: &str, arch| lookup(name).unwrap().number(arch);
        assert_eq!(number("execve", Arch::X86_64), Some(59));
        assert_eq!(number("execve", Arch::X32), Some(0x4000_0000 + 520));
        assert_eq!(number("read", Arch::Mipsel), Some(4003));
        assert_eq!(number("cacheflush", Arch::Arm), Some(0xf_0002));
        assert_eq!(number("open", Arch::Aarch64), None);
        assert_eq!(number("renameat", Arch::Loongarch64), None);
        assert_eq!(number("uretprobe", Arch::X86_64), Some(335));
        assert_eq!(number("file_setattr", Arch::S390x), Some(469));
    }

    #[test]
    fn knows_calls_of_socketcall_and_ipc() {
        let call = |name: &str| lookup(name).unwrap().multiplexed();
        assert_eq!(call("socket"), Some(Multiplexed::Socketcall(1)));
        assert_eq!(call("sendmmsg"), Some(Multiplexed::Socketcall(20)));
        assert_eq!(call("semop"), Some(Multiplexed::Ipc(1)));
        assert_eq!(call("shmctl"), Some(Multiplexed::Ipc(24)));
        assert_eq!(call("read"), None);
    }
}
