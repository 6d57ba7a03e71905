//! The allocators. JavaScript has one of its own: it is never freed, one thread uses it, and what it
//! allocates can be kept in the executable (see snapshot.rs). The unsafe code of allocation is here.
//!
//! While a snapshot is made everything (JavaScript's and Rust's) comes from `ARENA`, a section of the
//! executable's data; later only what was made then lies there.

use rquickjs::allocator::Allocator;
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::UnsafeCell;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Bytes of the section: what all scripts need once loaded, with room; making a snapshot fails beyond.
pub const ARENA_SIZE: usize = 6 << 20;

#[repr(C, align(4096))]
pub struct Section(UnsafeCell<[u8; ARENA_SIZE]>);

// SAFETY: only `carve` hands out parts of it, each byte once.
unsafe impl Sync for Section {}

/// Initialised data although zero: it must have a place in the file.
#[unsafe(link_section = ".snapshot")]
pub static ARENA: Section = Section(UnsafeCell::new([0; ARENA_SIZE]));

/// Bytes of `ARENA` that are taken; the first page is snapshot.rs's header.
static TAKEN: AtomicUsize = AtomicUsize::new(4096);
/// Whether a snapshot is being made.
static MAKING: AtomicBool = AtomicBool::new(false);

impl Section {
    pub fn start(&self) -> *mut u8 {
        self.0.get().cast()
    }

    fn has(&self, pointer: *const u8) -> bool {
        (pointer as usize).wrapping_sub(self.start() as usize) < ARENA_SIZE
    }
}

/// From now on, everything from the arena.
pub fn begin_snapshot() {
    MAKING.store(true, Ordering::Relaxed);
}

/// Whether a snapshot is being made.
pub fn making() -> bool {
    MAKING.load(Ordering::Relaxed)
}

/// Bytes taken since.
pub fn end_snapshot() -> usize {
    MAKING.store(false, Ordering::Relaxed);
    taken()
}

/// Bytes of the arena that are taken.
pub fn taken() -> usize {
    TAKEN.load(Ordering::Relaxed)
}

/// Gets private pages before they are written to. Only advice: before Linux 5.14 they come by faults.
pub fn populate(start: *mut u8, size: usize) {
    // SAFETY: populating changes no content.
    unsafe { libc::madvise(start.cast(), size.next_multiple_of(4096), libc::MADV_POPULATE_WRITE) };
}

/// A part of the arena, null when it is full.
fn carve(size: usize, align: usize) -> *mut u8 {
    let mut part = ptr::null_mut();
    let _ = TAKEN.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |taken| {
        let from = taken.next_multiple_of(align);
        let to = from.checked_add(size).filter(|to| *to <= ARENA_SIZE)?;
        // SAFETY: `from` is within the section.
        part = unsafe { ARENA.start().add(from) };
        Some(to)
    });
    part
}

/// Rust's allocator: the system's, but for snapshots.
pub struct Global;

// SAFETY: parts of the arena are never reused and have the size and alignment asked for; all else is the
// system's.
unsafe impl GlobalAlloc for Global {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if MAKING.load(Ordering::Relaxed) {
            return carve(layout.size(), layout.align());
        }
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        if !ARENA.has(pointer) {
            // SAFETY: not of the arena, hence of the system, with this layout by the caller's promise.
            unsafe { System.dealloc(pointer, layout) }
        } else if MAKING.load(Ordering::Relaxed) {
            // So that a snapshot has nothing stale.
            // SAFETY: a block of that size, which nobody uses any more.
            unsafe { ptr::write_bytes(pointer, 0, layout.size()) };
        }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if !ARENA.has(pointer) && !MAKING.load(Ordering::Relaxed) {
            // SAFETY: as in dealloc.
            return unsafe { System.realloc(pointer, layout, size) };
        }
        // SAFETY: the new size is not zero by the caller's promise; the blocks do not overlap and both
        // have the bytes that are copied.
        unsafe {
            let new = self.alloc(Layout::from_size_align_unchecked(size, layout.align()));
            if !new.is_null() {
                ptr::copy_nonoverlapping(pointer, new, layout.size().min(size));
                self.dealloc(pointer, layout);
            }
            new
        }
    }
}

/// In front of each of JavaScript's blocks: its usable bytes.
const HEADER: usize = 8;
const STEP: usize = 16;
/// Blocks up to this many bytes, header included, have a free list for each `STEP`.
const SMALL: usize = 1024;
/// Larger ones have four free lists between each power of two and the next.
const LARGE_LISTS: usize = 4 * 20;
/// What is asked from the system at once, at first; it doubles up to `MOST`. A command that starts a
/// process uses all of the first chunk.
const FIRST: usize = 192 << 10;
const MOST: usize = 16 << 20;
/// The same while a snapshot is made, of the arena.
const ARENA_STEP: usize = 64 << 10;

/// JavaScript's allocator: free lists by size over ever new chunks.
pub struct Script {
    small: [*mut u8; SMALL / STEP + 1],
    large: [*mut u8; LARGE_LISTS],
    next: *mut u8,
    end: *mut u8,
    chunk: usize,
    /// Whether the next chunk's pages are got with it.
    populate: bool,
}

impl Script {
    pub const fn new() -> Self {
        Self {
            small: [ptr::null_mut(); SMALL / STEP + 1],
            large: [ptr::null_mut(); LARGE_LISTS],
            next: ptr::null_mut(),
            end: ptr::null_mut(),
            chunk: FIRST,
            populate: false,
        }
    }

    /// Size of the block that serves `size` bytes of payload, and the free list it comes from.
    fn class(size: usize) -> Option<(usize, usize)> {
        let block = size.max(1).checked_add(HEADER)?;
        if block <= SMALL {
            let block = block.next_multiple_of(STEP);
            return Some((block, block / STEP));
        }
        let power = (block - 1).ilog2();
        let quarter = 1 << (power - 2);
        let block = block.checked_next_multiple_of(quarter)?;
        let list = 4 * (power - SMALL.ilog2()) as usize + (block >> (power - 2)) - 5;
        (list < LARGE_LISTS).then_some((block, list))
    }

    fn list(&mut self, block: usize, list: usize) -> &mut *mut u8 {
        if block <= SMALL { &mut self.small[list] } else { &mut self.large[list] }
    }

    /// A new block with its header; null when memory is out.
    fn fresh(&mut self, block: usize) -> *mut u8 {
        if (self.end as usize) - (self.next as usize) < block && !self.grow(block) {
            return ptr::null_mut();
        }
        let pointer = self.next;
        // SAFETY: at least `block` bytes are left, the header lies in them.
        unsafe {
            self.next = pointer.add(block);
            let payload = pointer.add(HEADER);
            pointer.cast::<usize>().write(block - HEADER);
            payload
        }
    }

    fn grow(&mut self, block: usize) -> bool {
        let making = MAKING.load(Ordering::Relaxed);
        let size = if making { ARENA_STEP } else { self.chunk }.max(block.next_multiple_of(4096));
        let chunk = if making { carve(size, STEP) } else { map(size, self.populate) };
        self.populate = false;
        if chunk.is_null() {
            return false;
        }
        self.chunk = (self.chunk * 2).min(MOST);
        self.next = chunk;
        // SAFETY: the chunk has `size` bytes.
        self.end = unsafe { chunk.add(size) };
        true
    }

    /// The first chunk will be used to its end: its pages come with it.
    pub fn expect_much(&mut self) {
        self.populate = true;
    }

    /// What remains of the arena is not used after a snapshot: its pages would be copied from the file,
    /// and free blocks between live ones would be too. What they had is wiped.
    pub fn leave_arena(&mut self) {
        for mut block in self.small.into_iter().chain(self.large) {
            while !block.is_null() {
                // SAFETY: a free block: the next one's address, in as many bytes as its header says.
                unsafe {
                    let next = block.cast::<*mut u8>().read();
                    ptr::write_bytes(block, 0, ScriptHandle::usable_size(block));
                    block = next;
                }
            }
        }
        *self = Self::new();
    }
}

fn map(size: usize, populate: bool) -> *mut u8 {
    let populate = if populate { libc::MAP_POPULATE } else { 0 };
    // SAFETY: a new private mapping; nothing else has its address.
    let chunk = unsafe {
        libc::mmap(
            ptr::null_mut(),
            size,
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | populate,
            -1,
            0,
        )
    };
    if chunk == libc::MAP_FAILED { ptr::null_mut() } else { chunk.cast() }
}

/// The allocator that the runtime holds: the state's address outlives a snapshot.
pub struct ScriptHandle(pub *mut Script);

impl ScriptHandle {
    fn state(&mut self) -> &mut Script {
        // SAFETY: made from a leaked box, used by the one thread that has JavaScript.
        unsafe { &mut *self.0 }
    }
}

// SAFETY: blocks are 8 bytes aligned (chunks and sizes are multiples of 16, headers 8), of the size in
// their header, and in no list while in use.
unsafe impl Allocator for ScriptHandle {
    fn alloc(&mut self, size: usize) -> *mut u8 {
        let state = self.state();
        let Some((block, index)) = Script::class(size) else { return ptr::null_mut() };
        let list = state.list(block, index);
        let head = *list;
        if head.is_null() {
            return state.fresh(block);
        }
        // SAFETY: a free block begins, after its header, with the next one.
        *list = unsafe { head.cast::<*mut u8>().read() };
        head
    }

    fn calloc(&mut self, count: usize, size: usize) -> *mut u8 {
        let Some(size) = count.checked_mul(size) else { return ptr::null_mut() };
        let pointer = self.alloc(size);
        if !pointer.is_null() {
            // SAFETY: the block has `size` bytes.
            unsafe { ptr::write_bytes(pointer, 0, size) };
        }
        pointer
    }

    unsafe fn dealloc(&mut self, pointer: *mut u8) {
        // SAFETY: given by alloc, so the header is in front of it.
        let usable = unsafe { Self::usable_size(pointer) };
        let Some((block, index)) = Script::class(usable) else { return };
        let list = self.state().list(block, index);
        // SAFETY: nobody uses the block any more, and it has room for a pointer.
        unsafe { pointer.cast::<*mut u8>().write(*list) };
        *list = pointer;
    }

    unsafe fn realloc(&mut self, pointer: *mut u8, size: usize) -> *mut u8 {
        if pointer.is_null() {
            return self.alloc(size);
        }
        // SAFETY: given by alloc, as the caller promises.
        let usable = unsafe { Self::usable_size(pointer) };
        if size <= usable && size >= usable / 4 {
            return pointer;
        }
        let new = self.alloc(size);
        if !new.is_null() {
            // SAFETY: two different blocks with at least that many bytes.
            unsafe {
                ptr::copy_nonoverlapping(pointer, new, usable.min(size));
                self.dealloc(pointer);
            }
        }
        new
    }

    unsafe fn usable_size(pointer: *mut u8) -> usize {
        // SAFETY: the header of a block given by alloc.
        unsafe { pointer.sub(HEADER).cast::<usize>().read() }
    }
}
