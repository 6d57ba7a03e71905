//! The `rundlet` executable: runs the bundled TypeScript in QuickJS, with the host operations of
//! `rundlet-core` behind it. No branch on container facts here.

mod bytecode;
mod heap;
mod native;

use rquickjs::context::intrinsic;
use rquickjs::{CaughtError, Context, Ctx, Function, Module, Object, Promise, Runtime};
use std::env;
use std::ffi::{OsStr, OsString};
use std::io::Write;

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
    "help",
];
const LAUNCHING: usize = 3;

fn main() {
    rundlet_core::ensure_stdio();
    rundlet_core::set_init_image(INIT);
    let arguments: Vec<OsString> = env::args_os().skip(1).collect();
    heap::prepare();
    let debug = arguments.iter().any(|argument| argument == "--debug");
    if launches(&arguments) {
        if waits(&arguments) {
            rundlet_core::hold_signals();
        }
        // By this thread: it takes 0.3 ms, and where the kernel does not spread new threads at once, one
        // of its own would only start when JavaScript already waits for it.
        rundlet_core::prespawn();
    }
    let code = match interpret(arguments, debug) {
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
fn interpret(arguments: Vec<OsString>, debug: bool) -> Result<i32, String> {
    let runtime = Runtime::new().map_err(|error| error.to_string())?;
    runtime.set_memory_limit(MEMORY_LIMIT);
    runtime.set_gc_threshold(GC_THRESHOLD);
    runtime.set_max_stack_size(stack_limit());
    runtime.set_loader(bytecode::ChunkResolver, bytecode::ChunkLoader);
    let context = Context::custom::<Intrinsics>(&runtime).map_err(|error| error.to_string())?;
    let result = context.with(|ctx| {
        start(&ctx, arguments)
            .map_err(|error| describe(&CaughtError::from_error(&ctx, error), debug))
    });
    // Never freed, see `leave`.
    std::mem::forget((context, runtime));
    result
}

fn start(ctx: &Ctx<'_>, arguments: Vec<OsString>) -> rquickjs::Result<i32> {
    // The bundle's `import("./chunk.js")` are rewritten to this: QuickJS wants the importing file's
    // name for `import()`, and names are stripped from bytecode as debug information.
    ctx.globals().set("importChunk", Function::new(ctx.clone(), import_chunk)?)?;
    let namespace: Object = import_chunk(ctx.clone(), bytecode::ENTRY.to_owned())?.finish()?;
    let main: Function = namespace.get("main")?;
    let native = native::object(ctx, arguments)?;
    main.call::<_, Promise>((native,))?.finish()
}

fn import_chunk<'js>(ctx: Ctx<'js>, name: String) -> rquickjs::Result<Promise<'js>> {
    Module::import(&ctx, name)
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
