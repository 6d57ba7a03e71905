//! The host side of rundlet: every operation that TypeScript may ask for (`rundlet_plan::Ops`), behind
//! one function. Two hosts use it: the Node addon (threaded, long-lived) and the `rundlet` executable
//! (short-lived); nothing here depends on which one it is.
//!
//! ```text
//! host (addon, executable) ── call(op, JSON) ──▶ host::dispatch ──▶ files facts launch processes cgroups …
//!                                                                        │
//!                                             spawn (clone + execveat) ◀─┘──▶ rundlet-init over a socket
//! ```
//!
//! `unsafe` stands only in `sys/` and `spawn.rs`.
#![deny(unsafe_code)]

mod failure;
mod host;
mod spawn;
mod sys;

/// A successful operation: a JSON value, or bare text for the operations that return a string
/// (`readText`, `realPath`), so that large files are not quoted and parsed again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    Json(String),
    Text(String),
}

/// Called once with the result of [`call_wait`].
pub type Done = Box<dyn FnOnce(Result<Reply, String>) + Send>;

/// Give the bytes of the static `rundlet-init`; before the first `launch`. The first call wins.
pub fn set_init_image(image: &'static [u8]) {
    host::set_init_image(image);
}

/// Run one operation of `rundlet_plan::Ops` on the calling thread (it may block: `launch`, `wait`,
/// `lock`, `openGate`, `runProgram`). Errors are `rundlet_plan::OpFailure` as JSON; an unknown
/// operation is such a failure too. Arguments of an operation without any are not looked at.
pub fn call(op: &str, arguments: &str) -> Result<Reply, String> {
    host::call(op, arguments)
}

/// The operation `wait` (never with `foreground`) without a thread of its own: one reaper thread
/// watches all of them. `done` runs on that thread, or at once on the calling one if there is nothing
/// to wait for; it must not block.
pub fn call_wait(arguments: &str, done: Done) {
    host::call_wait(arguments, done);
}

/// Start a rundlet-init ahead of need, with the caller's stdio; `launch` uses it if it fits. Returns
/// when init has been executed; errors are kept quiet, `launch` then starts its own.
pub fn prespawn() {
    host::prespawn();
}

/// Before the executable ends: a prespawned rundlet-init that no launch took is killed and reaped, so
/// that it does not outlive a command that failed.
pub fn give_up_prespawned() {
    host::give_up_prespawned();
}

/// For a host that outlives its containers (the addon): processes given up by `launchRelease` are
/// reaped when they exit and their status kept for a later `wait`. Call it once when loading.
pub fn keep_reaping() {
    host::keep_reaping();
}

/// Where the executables of this build are, `rundlet` and `rundlet-shim`; without it they are beside the
/// program that runs. For a host that is another program (the addon).
pub fn set_programs(directory: std::path::PathBuf) {
    host::set_programs(directory);
}

/// Make sure that descriptors 0, 1 and 2 are open (on /dev/null otherwise), so that no record or
/// socket ever lands on them. The first thing in `main`.
pub fn ensure_stdio() {
    host::ensure_stdio();
}

/// For the executable's `run` and `exec` in the foreground, before it starts any thread: signals that
/// will be passed on to the container wait until `wait` with `foreground` takes them.
pub fn hold_signals() {
    host::hold_signals();
}
