//! What std and libc would do, for the freestanding build: entry, memory, panic.
//!
//! Everything here is only what one short-lived thread needs. With libc the program was 1.1 MB and
//! its start-up (relocations, thread-local storage, locale) cost more than our own work.

use alloc::vec::Vec;
use core::alloc::{GlobalAlloc, Layout};
use core::cell::UnsafeCell;
use core::ffi::CStr;

#[cfg(target_arch = "x86_64")]
core::arch::global_asm!(
    ".globl _start",
    "_start:",
    "xor ebp, ebp",
    "mov rdi, rsp",
    "and rsp, -16",
    "call {entry}",
    "ud2",
    entry = sym entry,
);

#[cfg(target_arch = "aarch64")]
core::arch::global_asm!(
    ".globl _start",
    "_start:",
    "mov x29, xzr",
    "mov x0, sp",
    "bl {entry}",
    "brk #1",
    entry = sym entry,
);

/// # Safety
/// `stack` is what the kernel hands over at exec: argc, then argc pointers, then a null.
unsafe extern "C" fn entry(stack: *const usize) -> ! {
    // SAFETY: the kernel puts argc at the stack pointer.
    let argc = unsafe { *stack };
    let mut args: Vec<&'static CStr> = Vec::new();
    for i in 1..argc.min(8) {
        // SAFETY: argv[i] for i < argc is a NUL-terminated string that lives as long as the stack.
        let arg = unsafe { CStr::from_ptr(*stack.add(1 + i) as *const core::ffi::c_char) };
        args.push(arg);
    }
    let code = crate::run(&args);
    super::exit(code)
}

/// Memory is given out and never taken back, except by the newest block growing in place: the process
/// lives for milliseconds, and its largest piece of data is the plan.
struct Bump {
    arena: UnsafeCell<Arena>,
}

struct Arena {
    next: usize,
    end: usize,
}

/// Untouched pages of .bss cost nothing.
const FIRST: usize = 1 << 20;
#[repr(align(4096))]
struct Pool(UnsafeCell<[u8; FIRST]>);

// SAFETY: rundlet-init never has a second thread; processes made by fork have their own copy.
unsafe impl Sync for Bump {}
// SAFETY: as above.
unsafe impl Sync for Pool {}

static POOL: Pool = Pool(UnsafeCell::new([0; FIRST]));

#[global_allocator]
static HEAP: Bump = Bump { arena: UnsafeCell::new(Arena { next: 0, end: 0 }) };

impl Arena {
    fn take(&mut self, size: usize, align: usize) -> *mut u8 {
        if self.end == 0 {
            self.next = POOL.0.get() as usize;
            self.end = self.next + FIRST;
        }
        let start = (self.next + align - 1) & !(align - 1);
        match start.checked_add(size) {
            Some(end) if end <= self.end => {
                self.next = end;
                start as *mut u8
            }
            Some(_) => self.map_more(size),
            None => core::ptr::null_mut(),
        }
    }

    fn map_more(&mut self, size: usize) -> *mut u8 {
        let length = (size.max(FIRST) + 4095) & !4095;
        let base = super::map_anonymous(length);
        if base == 0 {
            return core::ptr::null_mut();
        }
        self.next = base + size;
        self.end = base + length;
        base as *mut u8
    }
}

// SAFETY: blocks never overlap (`next` only grows), are aligned, and stay valid for ever.
unsafe impl GlobalAlloc for Bump {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: one thread, and `take` does not call back into the allocator.
        let arena = unsafe { &mut *self.arena.get() };
        arena.take(layout.size(), layout.align())
    }

    unsafe fn dealloc(&self, _block: *mut u8, _layout: Layout) {}

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        // SAFETY: one thread, and nothing below calls back into the allocator.
        let arena = unsafe { &mut *self.arena.get() };
        let start = block as usize;
        if start + layout.size() == arena.next && start + new_size <= arena.end {
            arena.next = start + new_size;
            return block;
        }
        let fresh = arena.take(new_size, layout.align());
        if !fresh.is_null() {
            // SAFETY: both blocks are at least that long, and the fresh one overlaps nothing.
            unsafe { core::ptr::copy_nonoverlapping(block, fresh, layout.size().min(new_size)) };
        }
        fresh
    }
}

#[panic_handler]
fn panic(_info: &core::panic::PanicInfo<'_>) -> ! {
    // The socket closes, and the host side reports that init died with this status.
    super::exit(101)
}

/// Names that the compiler calls; `rep movsb` and `rep stosb` are fast for all sizes on every x86-64
/// CPU since 2013.
mod memory {
    #[cfg(target_arch = "x86_64")]
    use core::arch::asm;

    /// # Safety
    /// As C's memcpy.
    #[unsafe(no_mangle)]
    unsafe extern "C" fn memcpy(to: *mut u8, from: *const u8, n: usize) -> *mut u8 {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the caller promises n readable and n writable bytes; the ABI keeps DF clear.
        unsafe {
            asm!("rep movsb", inout("rcx") n => _, inout("rdi") to => _, inout("rsi") from => _, options(nostack, preserves_flags));
        }
        #[cfg(not(target_arch = "x86_64"))]
        for i in 0..n {
            // SAFETY: i < n, which the caller promises for both; volatile so that this loop is not
            // turned into a call of memcpy.
            unsafe { to.add(i).write_volatile(from.add(i).read()) };
        }
        to
    }

    /// # Safety
    /// As C's memmove.
    #[unsafe(no_mangle)]
    unsafe extern "C" fn memmove(to: *mut u8, from: *const u8, n: usize) -> *mut u8 {
        if (to as usize).wrapping_sub(from as usize) >= n {
            // SAFETY: a forward copy does not overwrite what it has yet to read.
            return unsafe { memcpy(to, from, n) };
        }
        for i in (0..n).rev() {
            // SAFETY: i < n, which the caller promises for both; volatile as above.
            unsafe { to.add(i).write_volatile(from.add(i).read()) };
        }
        to
    }

    /// # Safety
    /// As C's memset.
    #[unsafe(no_mangle)]
    unsafe extern "C" fn memset(to: *mut u8, byte: i32, n: usize) -> *mut u8 {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the caller promises n writable bytes; the ABI keeps DF clear.
        unsafe {
            asm!("rep stosb", inout("rcx") n => _, inout("rdi") to => _, in("al") byte as u8, options(nostack, preserves_flags));
        }
        #[cfg(not(target_arch = "x86_64"))]
        for i in 0..n {
            // SAFETY: i < n, which the caller promises; volatile as above.
            unsafe { to.add(i).write_volatile(byte as u8) };
        }
        to
    }

    /// # Safety
    /// As C's memcmp.
    #[unsafe(no_mangle)]
    unsafe extern "C" fn memcmp(a: *const u8, b: *const u8, n: usize) -> i32 {
        for i in 0..n {
            // SAFETY: i < n, which the caller promises for both; volatile as above.
            let (x, y) = unsafe { (a.add(i).read_volatile(), b.add(i).read_volatile()) };
            if x != y {
                return i32::from(x) - i32::from(y);
            }
        }
        0
    }

    /// # Safety
    /// As memcmp.
    #[unsafe(no_mangle)]
    unsafe extern "C" fn bcmp(a: *const u8, b: *const u8, n: usize) -> i32 {
        // SAFETY: the same promise.
        unsafe { memcmp(a, b, n) }
    }

    /// # Safety
    /// As C's strlen.
    #[unsafe(no_mangle)]
    unsafe extern "C" fn strlen(text: *const u8) -> usize {
        let mut n = 0;
        // SAFETY: the caller promises a NUL, and the loop stops at it; volatile as above.
        while unsafe { text.add(n).read_volatile() } != 0 {
            n += 1;
        }
        n
    }
}
