//! The installed libseccomp, used the way runc uses it.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ffi::{CStr, CString, c_char, c_int, c_uint, c_void};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::os::fd::{AsRawFd, FromRawFd};

use rundlet_plan::{BpfInsn, SeccompProfile, SeccompRule};
use rundlet_seccomp::Arch;

use super::reference;

#[repr(C)]
struct ArgCmp {
    arg: c_uint,
    op: c_uint,
    datum_a: u64,
    datum_b: u64,
}

#[link(name = "seccomp")]
unsafe extern "C" {
    fn seccomp_init(default: u32) -> *mut c_void;
    fn seccomp_release(ctx: *mut c_void);
    fn seccomp_arch_add(ctx: *mut c_void, arch: u32) -> c_int;
    fn seccomp_arch_remove(ctx: *mut c_void, arch: u32) -> c_int;
    fn seccomp_attr_set(ctx: *mut c_void, attr: c_uint, value: u32) -> c_int;
    fn seccomp_rule_add_array(
        ctx: *mut c_void,
        action: u32,
        syscall: c_int,
        count: c_uint,
        args: *const ArgCmp,
    ) -> c_int;
    fn seccomp_export_bpf(ctx: *mut c_void, fd: c_int) -> c_int;
    fn seccomp_syscall_resolve_name_arch(arch: u32, name: *const c_char) -> c_int;
    fn seccomp_syscall_resolve_num_arch(arch: u32, number: c_int) -> *mut c_char;
}

const ATTR_CTL_OPTIMIZE: c_uint = 8;
const NR_SCMP_ERROR: c_int = -1;

fn token(arch: Arch) -> u32 {
    match arch {
        Arch::X32 => 0x4000_003e,
        other => other.audit(),
    }
}

/// Negative: libseccomp's pseudo numbers. None: no such name at all.
pub fn resolve(arch: Arch, name: &str) -> Option<i32> {
    let name = CString::new(name).unwrap();
    // SAFETY: the name is NUL-terminated and outlives the call, which only reads it.
    let number = unsafe { seccomp_syscall_resolve_name_arch(token(arch), name.as_ptr()) };
    (number != NR_SCMP_ERROR).then_some(number)
}

fn name_of(arch: Arch, number: i32) -> Option<String> {
    // SAFETY: no pointers go in.
    let name = unsafe { seccomp_syscall_resolve_num_arch(token(arch), number) };
    if name.is_null() {
        return None;
    }
    // SAFETY: a NUL-terminated string from malloc, ours to read and, after the copy, to free.
    unsafe {
        let copy = CStr::from_ptr(name).to_str().unwrap().to_owned();
        libc::free(name.cast());
        Some(copy)
    }
}

/// The number of a call itself also where `resolve` has a pseudo number for it (socketcall, ipc).
pub fn direct(arch: Arch, name: &str) -> Option<i32> {
    thread_local!(static CACHE: RefCell<HashMap<(Arch, String), Option<i32>>> = RefCell::default());
    CACHE.with_borrow_mut(|cache| {
        let key = (arch, name.to_owned());
        let first = if matches!(arch, Arch::Mips | Arch::Mipsel) { 4000 } else { 1 };
        *cache.entry(key).or_insert_with(|| match resolve(arch, name)? {
            -299..=-100 => {
                (first..first + 999).find(|&n| name_of(arch, n).as_deref() == Some(name))
            }
            number => (number >= 0).then_some(number),
        })
    })
}

/// Everything with a number on some architecture, or a pseudo number on this one.
pub fn known_names() -> Vec<String> {
    let numbers = (0..600).chain((-10400..=-10001).rev()).chain((-224..=-101).rev());
    numbers.filter_map(|number| name_of(Arch::native().unwrap(), number)).collect()
}

pub struct Filter {
    ctx: *mut c_void,
    default: u32,
    big_endian: bool,
}

impl Drop for Filter {
    fn drop(&mut self) {
        // SAFETY: made by seccomp_init in `new`, released only here.
        unsafe { seccomp_release(self.ctx) }
    }
}

impl Filter {
    /// Exactly these architectures, whatever the host is.
    pub fn new(profile: &SeccompProfile, arches: &[Arch]) -> Self {
        let default = reference::action(&profile.default_action, profile.default_errno_ret);
        // SAFETY: no pointers go in; null is checked below.
        let ctx = unsafe { seccomp_init(default) };
        assert!(!ctx.is_null(), "seccomp_init({default:#x})");
        let filter = Self { ctx, default, big_endian: arches[0].is_big_endian() };
        // SAFETY: ctx lives as long as `filter`; the native architecture is there to be removed.
        assert_eq!(unsafe { seccomp_arch_remove(ctx, token(Arch::native().unwrap())) }, 0);
        for &arch in arches {
            // SAFETY: ctx lives as long as `filter`.
            assert_eq!(unsafe { seccomp_arch_add(ctx, token(arch)) }, 0, "{arch:?}");
        }
        // runc asks for the binary tree above 32 calls. Without it 2.5.4 forgets to load the number
        // where the first call of its list has no number on the architecture (seen on all but x86_64).
        // SAFETY: ctx lives as long as `filter`.
        assert_eq!(unsafe { seccomp_attr_set(ctx, ATTR_CTL_OPTIMIZE, 2) }, 0);
        filter
    }

    /// The negative errno of libseccomp as error.
    pub fn add(&mut self, rule: &SeccompRule) -> Result<(), i32> {
        let action = reference::action(&rule.action, rule.errno_ret);
        if action == self.default {
            return Ok(());
        }
        for name in &rule.names {
            let Some(number) = resolve(Arch::native().unwrap(), name) else { continue };
            for args in reference::split(rule) {
                let args: Vec<ArgCmp> = args
                    .iter()
                    .map(|arg| ArgCmp {
                        arg: arg.index,
                        op: operator(&arg.op),
                        datum_a: arg.value,
                        datum_b: arg.value_two,
                    })
                    .collect();
                let count = args.len() as c_uint;
                // SAFETY: the array has `count` elements and is only read during the call.
                let rc = unsafe {
                    seccomp_rule_add_array(self.ctx, action, number, count, args.as_ptr())
                };
                if rc != 0 {
                    return Err(rc);
                }
            }
        }
        Ok(())
    }

    pub fn program(&self) -> Vec<BpfInsn> {
        // SAFETY: the name is a literal with NUL; the new descriptor is owned by `file` alone.
        let mut file = unsafe { File::from_raw_fd(libc::memfd_create(c"bpf".as_ptr(), 0)) };
        // SAFETY: ctx lives as long as `self`, the descriptor as long as `file`.
        assert_eq!(unsafe { seccomp_export_bpf(self.ctx, file.as_raw_fd()) }, 0);
        file.seek(SeekFrom::Start(0)).unwrap();
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).unwrap();
        bytes.chunks_exact(8).map(|insn| self.decode(insn)).collect()
    }

    /// The program is in the byte order of its architectures.
    fn decode(&self, b: &[u8]) -> BpfInsn {
        let (code, k) = ([b[0], b[1]], [b[4], b[5], b[6], b[7]]);
        let (code, k) = if self.big_endian {
            (u16::from_be_bytes(code), u32::from_be_bytes(k))
        } else {
            (u16::from_le_bytes(code), u32::from_le_bytes(k))
        };
        // Copies of returns that 2.5.4 places for long jumps are swapped twice on a foreign host.
        let k = if code == 0x06 && !is_action(k) { k.swap_bytes() } else { k };
        BpfInsn { code, jt: b[2], jf: b[3], k }
    }
}

fn is_action(k: u32) -> bool {
    match k & 0xffff_0000 {
        0 => k == 0,
        0x8000_0000 | 0x0003_0000 | 0x7fc0_0000 | 0x7ffc_0000 | 0x7fff_0000 => k & 0xffff == 0,
        0x0005_0000 | 0x7ff0_0000 => true,
        _ => false,
    }
}

fn operator(name: &str) -> c_uint {
    match name {
        "SCMP_CMP_NE" => 1,
        "SCMP_CMP_LT" => 2,
        "SCMP_CMP_LE" => 3,
        "SCMP_CMP_EQ" => 4,
        "SCMP_CMP_GE" => 5,
        "SCMP_CMP_GT" => 6,
        "SCMP_CMP_MASKED_EQ" => 7,
        other => panic!("operator {other}"),
    }
}
