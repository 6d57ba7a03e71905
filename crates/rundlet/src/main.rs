//! The `rundlet` executable: runs the bundled TypeScript in QuickJS, with the host operations of
//! `rundlet-core` behind it. No branch on container facts here.

#![no_main]

mod arena;
mod bytecode;
mod native;
mod snapshot;

use rquickjs::context::intrinsic;
use rquickjs::{CaughtError, Context, Ctx, Function, Module, Object, Promise, Runtime, Value, qjs};
use std::env;
use std::ffi::{OsStr, OsString};
use std::io::Write;
use std::ptr::NonNull;

#[global_allocator]
static GLOBAL: arena::Global = arena::Global;

static INIT: &[u8] = include_bytes!(env!("RUNDLET_INIT_PATH"));

/// What the bundle uses. No eval: nothing but the embedded bytecode is ever run.
type Intrinsics = (
    intrinsic::Date,
    intrinsic::RegExpCompiler,
    intrinsic::RegExp,
    intrinsic::Json,
    intrinsic::MapSet,
    intrinsic::Promise,
);

/// Only of an executable that has no snapshot yet: writes itself, with one, to the file named.
const SNAPSHOT: &str = "--make-snapshot";
/// The property of the global object with the promises of all chunks, in a snapshot.
const CHUNKS: &str = "chunks";

/// Chunks, by their names without hash, of commands that start a process (scripts/build-scripts.mjs).
const HOT: &[&str] = &["base", "process", "container", "json", "validate", "run", "create"];

const MEMORY_LIMIT: usize = 512 << 20;
/// Reference counts free nearly everything of a short run; a collection only costs time.
const GC_THRESHOLD: usize = 64 << 20;
const STACK_LIMIT: usize = 2 << 20;

/// Commands and, of them, those that start a process: rundlet-init is made ready while JavaScript starts.
const COMMANDS: &[&str] = &[
    "create",
    "run",
    "exec",
    "start",
    "state",
    "kill",
    "delete",
    "list",
    "ps",
    "pause",
    "resume",
    "update",
    "events",
    "checkpoint",
    "restore",
    "mounts",
    "spec",
    "features",
    "plan",
    "doctor",
    "validate",
    "help",
];
const LAUNCHING: usize = 3;

/// In the place of Rust's own start, which makes a signal stack and handlers that a process of some
/// milliseconds does not need, and ends in a panic where it cannot.
#[unsafe(no_mangle)]
extern "C" fn main(_count: libc::c_int, _words: *const *const libc::c_char) -> libc::c_int {
    // SAFETY: ignoring a signal has no handler. A reader that has gone is an error of `print`.
    unsafe { libc::signal(libc::SIGPIPE, libc::SIG_IGN) };
    begin()
}

fn begin() -> ! {
    rundlet_core::ensure_stdio();
    rundlet_core::set_init_image(INIT);
    let arguments: Vec<OsString> = env::args_os().skip(1).collect();
    let debug = arguments.iter().any(|argument| argument == "--debug");
    let launching = launches(&arguments);
    if launching {
        if waits(&arguments) {
            rundlet_core::hold_signals();
        }
        // By this thread: it takes 0.3 ms, and where the kernel does not spread new threads at once, one
        // of its own would only start when JavaScript already waits for it.
        rundlet_core::prespawn();
    }
    let code = match interpret(arguments, launching, debug) {
        Ok(code) => code,
        Err(message) => {
            let _ = writeln!(std::io::stderr(), "rundlet: {message}");
            1
        }
    };
    rundlet_core::give_up_prespawned();
    leave(code)
}

/// The one way out. All output is written at once by `print`; freeing the heap would only take time.
fn leave(code: i32) -> ! {
    // SAFETY: _exit takes any status and does not return; no buffered writer or destructor of this
    // process has work left.
    unsafe { libc::_exit(code) }
}

/// A guess by the first word that is a command's name; a wrong one costs time, nothing else.
fn launches(arguments: &[OsString]) -> bool {
    command(arguments).is_some_and(|index| index < LAUNCHING)
}

/// All but `create` may end in the foreground.
fn waits(arguments: &[OsString]) -> bool {
    command(arguments).is_some_and(|index| COMMANDS[index] != "create")
}

fn command(arguments: &[OsString]) -> Option<usize> {
    let index = |argument: &OsString| COMMANDS.iter().position(|name| OsStr::new(name) == argument);
    arguments.iter().find_map(index)
}

/// Runs `main(native)` of the entry chunk until its promise settles, with the exit code.
fn interpret(arguments: Vec<OsString>, launching: bool, debug: bool) -> Result<i32, String> {
    let stack = stack_limit();
    let context = match snapshot::restore(stack, launching) {
        Some(context) => context,
        None if arguments.first().is_some_and(|argument| argument == SNAPSHOT) => {
            let output = arguments.get(1).ok_or_else(|| format!("{SNAPSHOT} FILE"))?;
            return snapshot::make(output, |allocator| {
                let context = new_context(allocator, stack)?;
                let hot = guarded(&snapshot::enter(context), true, load_all)?;
                Ok((context, hot))
            })
            .map(|()| 0);
        }
        None => new_context(Box::into_raw(Box::new(arena::Script::new())), stack)?,
    };
    guarded(&snapshot::enter(context), debug, |ctx| start(ctx, arguments))
}

fn guarded<'js, T>(
    ctx: &Ctx<'js>,
    debug: bool,
    work: impl FnOnce(&Ctx<'js>) -> rquickjs::Result<T>,
) -> Result<T, String> {
    work(ctx).map_err(|error| describe(&CaughtError::from_error(ctx, error), debug))
}

/// A runtime and its context, both for the rest of the process's life.
fn new_context(
    allocator: *mut arena::Script,
    stack: usize,
) -> Result<NonNull<qjs::JSContext>, String> {
    let runtime = Runtime::new_with_alloc(arena::ScriptHandle(allocator))
        .map_err(|error| error.to_string())?;
    runtime.set_memory_limit(MEMORY_LIMIT);
    runtime.set_gc_threshold(GC_THRESHOLD);
    runtime.set_max_stack_size(stack);
    runtime.set_loader(bytecode::ChunkResolver, bytecode::ChunkLoader);
    let context = Context::custom::<Intrinsics>(&runtime).map_err(|error| error.to_string())?;
    let pointer = context.as_raw();
    // Never freed, see `leave`.
    std::mem::forget((context, runtime));
    // The bundle's `import("./chunk.js")` are rewritten to this: QuickJS wants the importing file's
    // name for `import()`, and names are stripped from bytecode as debug information.
    let ctx = snapshot::enter(pointer);
    Function::new(ctx.clone(), import_chunk)
        .and_then(|function| ctx.globals().set("importChunk", function))
        .map_err(|error| error.to_string())?;
    Ok(pointer)
}

/// Every chunk, for a snapshot; what most commands use comes first, close together.
fn load_all(ctx: &Ctx<'_>) -> rquickjs::Result<snapshot::Hot> {
    let chunks = Object::new(ctx.clone())?;
    let load = |wanted: fn(&str) -> bool| {
        for name in bytecode::names().filter(|name| wanted(stem(name))) {
            let chunk = Module::import(ctx, name)?;
            chunk.finish::<Value>()?;
            chunks.set(name, chunk)?;
        }
        Ok::<_, rquickjs::Error>(arena::taken())
    };
    let any = load(|stem| stem == "main")?;
    let launching = load(|stem| HOT.contains(&stem))?;
    load(|stem| stem != "main" && !HOT.contains(&stem))?;
    ctx.globals().set(CHUNKS, chunks)?;
    Ok(snapshot::Hot { any, launching })
}

/// A chunk's name without its hash of eight characters, which may have dashes.
fn stem(name: &str) -> &str {
    let name = name.trim_end_matches(".js");
    match name.len().checked_sub(9) {
        Some(end) if name.as_bytes()[end] == b'-' => &name[..end],
        _ => name,
    }
}

fn start(ctx: &Ctx<'_>, arguments: Vec<OsString>) -> rquickjs::Result<i32> {
    let namespace: Object = import_chunk(ctx.clone(), bytecode::ENTRY.to_owned())?.finish()?;
    let main: Function = namespace.get("main")?;
    let native = native::object(ctx, arguments)?;
    main.call::<_, Promise>((native,))?.finish()
}

/// A promise of a chunk's namespace; in a snapshot it is settled.
fn import_chunk<'js>(ctx: Ctx<'js>, name: String) -> rquickjs::Result<Promise<'js>> {
    match ctx.globals().get::<_, Option<Object>>(CHUNKS)? {
        Some(chunks) => chunks.get(name),
        None => Module::import(&ctx, name),
    }
}

/// JavaScript recursion (deep JSON) must end in an exception before the kernel ends the process.
fn stack_limit() -> usize {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: `limit` is a live rlimit for the kernel to fill.
    let known = unsafe { libc::getrlimit(libc::RLIMIT_STACK, &raw mut limit) } == 0;
    let half = usize::try_from(limit.rlim_cur / 2).unwrap_or(STACK_LIMIT);
    if known { half.min(STACK_LIMIT) } else { STACK_LIMIT / 8 }
}

/// One line for an exception that nothing caught; the stack only with --debug.
fn describe(error: &CaughtError<'_>, debug: bool) -> String {
    let CaughtError::Exception(exception) = error else {
        return format!("internal error: {error}").replace('\n', " ");
    };
    let object: &Object = exception.as_object();
    let name = object.get::<_, String>("name").unwrap_or_else(|_| "Error".to_owned());
    let message = exception.message().unwrap_or_default().replace('\n', " ");
    let line = format!("internal error: {name}: {message}");
    match exception.stack() {
        Some(stack) if debug => format!("{line}\n{}", stack.trim_end()),
        _ => line,
    }
}
