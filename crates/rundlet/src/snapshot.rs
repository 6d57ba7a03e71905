//! JavaScript with all scripts loaded, kept in the executable: reading bytecode, making the built-in
//! objects and running the scripts' top level is done once, by the build, and not at each start.
//!
//! `make` does all that in an arena that is a section of the executable's own data, and writes a copy of
//! the executable whose section has these bytes. When the copy is started the kernel maps them with
//! everything else. The executable is not relocatable (`relocation-model=static`), so all addresses in
//! the arena, of functions too, are those of every later process. What the arena must not have: addresses
//! outside of the executable's own memory, which `make` checks.
//!
//! An executable without a snapshot, as cargo makes it, loads the bytecode at each start and does the same.

use crate::arena::{self, ARENA, ARENA_SIZE, Script};
use rquickjs::{Ctx, qjs};
use std::ffi::OsStr;
use std::fs::{self, File};
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::ptr::{self, NonNull};

const MAGIC: u64 = u64::from_le_bytes(*b"rundlet\x01");

/// More than a JSRuntime's bytes.
const RUNTIME_SIZE: usize = 4096;

/// The first bytes of the arena.
#[repr(C)]
#[derive(Clone, Copy)]
struct Header {
    magic: u64,
    context: *mut qjs::JSContext,
    allocator: *mut Script,
    /// Bytes of the arena, from its start, that a command writes to.
    hot: Hot,
}

/// Bytes of the arena, from its start, whose pages are got at once: by faults they would cost four times
/// as much.
#[derive(Clone, Copy)]
pub struct Hot {
    /// By every command.
    pub any: usize,
    /// By those that start a process.
    pub launching: usize,
}

/// The context that the build left in this executable, ready to be used by this thread.
pub fn restore(stack: usize, launching: bool) -> Option<NonNull<qjs::JSContext>> {
    // SAFETY: the arena's first page is the header's or zero; volatile, as the file's bytes are not those
    // that the compiler saw.
    let header = unsafe { ARENA.start().cast::<Header>().read_volatile() };
    if header.magic != MAGIC {
        return None;
    }
    let hot = if launching { header.hot.launching } else { header.hot.any };
    arena::populate(ARENA.start(), hot);
    // SAFETY: `make` stored a live context and its allocator, whose every address is valid in this
    // executable.
    unsafe {
        if launching {
            (*header.allocator).expect_much();
        }
        let runtime = qjs::JS_GetRuntime(header.context);
        qjs::JS_UpdateStackTop(runtime);
        qjs::JS_SetMaxStackSize(runtime, stack as _);
    }
    NonNull::new(header.context)
}

/// Writes this executable with the context that `load` makes.
///
/// # Errors
/// One line when the arena is full, has an address that would be stale, or the file cannot be written.
pub fn make(
    output: &OsStr,
    load: impl FnOnce(*mut Script) -> Result<(NonNull<qjs::JSContext>, Hot), String>,
) -> Result<(), String> {
    arena::begin_snapshot();
    let allocator = Box::into_raw(Box::new(Script::new()));
    let context = load(allocator);
    let used = arena::end_snapshot();
    let (context, hot) = context.map_err(|error| {
        if used + (64 << 10) > ARENA_SIZE {
            format!("arena of {ARENA_SIZE} bytes full: {error}")
        } else {
            error
        }
    })?;
    // SAFETY: the box was leaked above and is used by nothing else now; the context is live; the header
    // is the first page's.
    unsafe {
        (*allocator).leave_arena();
        qjs::JS_SetMaxStackSize(qjs::JS_GetRuntime(context.as_ptr()), 0);
        let header = Header { magic: MAGIC, context: context.as_ptr(), allocator, hot };
        ARENA.start().cast::<Header>().write_volatile(header);
    }
    // SAFETY: `used` bytes of the arena, which nothing writes any more.
    let mut bytes = unsafe { std::slice::from_raw_parts(ARENA.start(), used) }.to_vec();
    // SAFETY: the context is live.
    let runtime = unsafe { qjs::JS_GetRuntime(context.as_ptr()) } as usize;
    clean(&mut bytes, runtime - ARENA.start() as usize)?;
    write(output, &bytes).map_err(|error| format!("{}: {error}", output.to_string_lossy()))
}

fn write(output: &OsStr, bytes: &[u8]) -> std::io::Result<()> {
    let offset = file_offset(ARENA.start() as u64)
        .ok_or_else(|| std::io::Error::other("the arena has no place in this executable"))?;
    fs::copy("/proc/self/exe", output)?;
    fs::set_permissions(output, fs::Permissions::from_mode(0o755))?;
    File::options().write(true).open(output)?.write_all_at(bytes, offset)
}

/// Where in the file the byte at `address` of this process comes from.
fn file_offset(address: u64) -> Option<u64> {
    // SAFETY: the kernel gives the address and number of this executable's own program headers.
    let headers = unsafe {
        let first = libc::getauxval(libc::AT_PHDR) as *const libc::Elf64_Phdr;
        std::slice::from_raw_parts(first, libc::getauxval(libc::AT_PHNUM) as usize)
    };
    headers
        .iter()
        .filter(|header| header.p_type == libc::PT_LOAD)
        .find(|header| address >= header.p_vaddr && address - header.p_vaddr < header.p_filesz)
        .map(|header| address - header.p_vaddr + header.p_offset)
}

/// No word of the arena may be an address of memory that another process does not have; but for the
/// runtime's bounds of the stack, which `restore` sets.
fn clean(bytes: &mut [u8], runtime: usize) -> Result<(), String> {
    let maps = fs::read_to_string("/proc/self/maps").map_err(|error| error.to_string())?;
    let executable = fs::read_link("/proc/self/exe").map_err(|error| error.to_string())?;
    let executable = executable.to_string_lossy();
    let foreign: Vec<(usize, usize, &str)> = maps
        .lines()
        .filter(|line| !line.ends_with(&*executable))
        .filter_map(|line| {
            let (from, to) = line.split_once(' ')?.0.split_once('-')?;
            Some((usize::from_str_radix(from, 16).ok()?, usize::from_str_radix(to, 16).ok()?, line))
        })
        .collect();
    for (place, word) in bytes.chunks_exact_mut(8).enumerate() {
        let value = usize::from_le_bytes(word.try_into().unwrap_or_default());
        let range = foreign.iter().find(|(from, to, _)| (*from..*to).contains(&value));
        let Some((_, _, line)) = range else { continue };
        let of_runtime = (runtime..runtime + RUNTIME_SIZE).contains(&(place * 8));
        if !of_runtime || !line.ends_with("[stack]") {
            return Err(format!("byte {} of the arena has an address of {line}", place * 8));
        }
        word.fill(0);
    }
    Ok(())
}

/// The context as a value of rquickjs.
pub fn enter<'js>(context: NonNull<qjs::JSContext>) -> Ctx<'js> {
    // SAFETY: a live context that is never freed, used by this thread alone.
    unsafe { Ctx::from_raw(context) }
}

/// libc's, in its place: QuickJS seeds its hashes and Math.random from it when a context is made, and two
/// builds must make the same snapshot.
///
/// # Safety
/// As gettimeofday(2): `time` is null or can be written to.
#[unsafe(no_mangle)]
unsafe extern "C" fn gettimeofday(
    time: *mut libc::timeval,
    _zone: *mut libc::c_void,
) -> libc::c_int {
    let mut now = libc::timespec { tv_sec: 1, tv_nsec: 0 };
    if !arena::making() {
        // SAFETY: `now` is a live timespec for the call to fill.
        unsafe { libc::clock_gettime(libc::CLOCK_REALTIME, &raw mut now) };
    }
    // SAFETY: the caller's promise.
    if let Some(time) = unsafe { time.as_mut() } {
        *time = libc::timeval { tv_sec: now.tv_sec, tv_usec: now.tv_nsec / 1000 };
    }
    0
}

/// libc's, in its place, for the same reason: hash tables of Rust are ordered by it.
///
/// # Safety
/// As getrandom(2): `buffer` can be written to for `size` bytes.
#[unsafe(no_mangle)]
unsafe extern "C" fn getrandom(
    buffer: *mut libc::c_void,
    size: libc::size_t,
    flags: libc::c_uint,
) -> libc::ssize_t {
    if arena::making() {
        // SAFETY: the caller's promise.
        unsafe { ptr::write_bytes(buffer.cast::<u8>(), 1, size) };
        return size as libc::ssize_t;
    }
    // SAFETY: the caller's promise.
    unsafe { libc::syscall(libc::SYS_getrandom, buffer, size, flags) as libc::ssize_t }
}
