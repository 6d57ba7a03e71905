//! rundlet-shim: what the engine asks of it, and what is said over its sockets.
//!
//! Both sockets are SOCK_SEQPACKET: one message, one first byte that tells its kind ([`word`]), and a
//! body of JSON or of bare bytes.
//!
//! ```text
//! engine (shimStart)               rundlet-shim                     OCI runtime
//!   │ spawns, SPEC ─────────────────▶ │ fifos, log, socket             │
//!   │                                 │ create ───────────────────────▶│
//!   │ ◀──────────── STARTED or FAILED │ ◀────────────── init.pid, exit │
//!   │ (network)                       │                                │
//!   │ GO ───────────────────────────▶ │ start ────────────────────────▶│
//!   │ ◀─────────────── GOING or FAILED│
//!
//! client (shimAttach, shimExec, shimWait)
//!   │ REQUEST ──────────────────────▶ │
//!   │ ◀──────────── ACCEPTED or FAILED│
//!   │ INPUT, INPUT_END, SIZE, SIGNAL ▶│
//!   │ ◀─────── STDOUT, STDERR, MISSED │
//!   │ ◀────────────────────── EXITED  │
//! ```

use crate::ops::{Moment, data};
use crate::{CgroupVersion, ProcessRef};
use alloc::collections::BTreeMap;
use alloc::{string::String, vec::Vec};
use serde::{Deserialize, Serialize};

/// First byte of a message.
pub mod word {
    /// Engine: a [`super::ShimSpec`], the first message.
    pub const SPEC: u8 = b'S';
    /// Shim: a [`super::ShimCreated`].
    pub const STARTED: u8 = b's';
    /// Engine: run the container.
    pub const GO: u8 = b'G';
    /// Shim: it runs.
    pub const GOING: u8 = b'g';
    /// Engine: kill and delete what was created, no cleanup command.
    pub const ABORT: u8 = b'A';
    /// Shim: all is undone.
    pub const ABORTED: u8 = b'a';
    /// Shim: a [`super::ShimFailure`]; nothing is left of what was asked for.
    pub const FAILED: u8 = b'f';

    /// Client: a [`super::ShimRequest`], the first message.
    pub const REQUEST: u8 = b'R';
    /// Shim: a [`super::ShimAccepted`].
    pub const ACCEPTED: u8 = b'r';
    /// Client: bytes for the process's stdin; without any: its end.
    pub const INPUT: u8 = b'I';
    /// Client: width and height of its terminal, two little-endian u16.
    pub const SIZE: u8 = b'W';
    /// Client: a signal for the container's first process, little-endian i32.
    pub const SIGNAL: u8 = b'K';
    /// Shim: bytes of the process's stdout.
    pub const STDOUT: u8 = b'1';
    /// Shim: bytes of the process's stderr.
    pub const STDERR: u8 = b'2';
    /// Shim: so many bytes were left out since the client did not read, little-endian u64.
    pub const MISSED: u8 = b'm';
    /// Shim: its stdin is over, and with it the attachment; the process goes on. The last message.
    pub const DETACHED: u8 = b'd';
    /// Shim: the process's end and that of its output, exit code as little-endian i32. The last message.
    pub const EXITED: u8 = b'x';
}

data! {
    /// `shimStart` → ShimStarted: rundlet-shim in a session of its own, which makes the fifos, opens
    /// log and socket, creates the container and then waits for `shimGo`. With `failure` nothing is
    /// left of it all but the log.
    struct ShimSpec {
        id: String,
        /// Exists, with config.json; gets init.pid and log.json.
        bundle: String,
        /// `<exec>/containerd/<id>`, made: init-stdin (with `openStdin`), init-stdout, init-stderr
        /// (without `tty`).
        io_directory: String,
        /// `<exec>/rundlet/<id>`, made: shim.sock, shim.pid, exit.json.
        own_directory: String,
        /// Directory of shim.stderr.log and shim.stdout.log, made.
        shim_logs: String,
        /// argv of the OCI runtime up to before its command, `--log <bundle>/log.json` and
        /// `--log-format json` included.
        runtime: Vec<String>,
        tty: bool,
        open_stdin: bool,
        /// The container's stdin ends when the first attached client's does.
        stdin_once: bool,
        log: ShimLog,
        #[serde(default)]
        #[cfg_attr(feature = "ts", ts(optional))]
        oom: Option<ShimOom>,
        /// argv, run when exit.json is written and the runtime's `delete` is done; its stderr goes to
        /// shim.stderr.log. Also when the engine is gone before `shimGo`. Empty for none.
        cleanup: Vec<String>,
        #[serde(default)]
        #[cfg_attr(feature = "ts", ts(optional))]
        health: Option<ShimHealth>,
    }
    struct ShimLog {
        /// `json-file`, `local`, `syslog`, `journald` or `none`.
        driver: String,
        /// Log file, of json-file and local.
        path: String,
        /// Docker's options by name.
        options: BTreeMap<String, String>,
        /// Of syslog and journald: the option `tag` with its fields filled in; the first 12 digits of the id
        /// without.
        #[serde(default)]
        #[cfg_attr(feature = "ts", ts(optional))]
        tag: Option<String>,
        /// Of journald: further fields of each record, CONTAINER_NAME and IMAGE_NAME.
        #[serde(default)]
        #[cfg_attr(feature = "ts", ts(optional))]
        fields: Option<BTreeMap<String, String>>,
    }
    struct ShimOom {
        version: CgroupVersion,
        /// Group that accounts memory, absolute; exists once the container is created.
        memory: String,
    }
    /// A program that is run again and again while the container runs, never twice at once.
    struct ShimHealth {
        argv: Vec<String>,
        /// From the container's start, or the last check's end, to the next check.
        interval_ms: u32,
    }
    struct ShimStarted {
        /// For `shimGo` or `shimAbort`; 0 with `failure`.
        handle: u32,
        /// Of the container.
        pid: i32,
        #[cfg_attr(feature = "ts", ts(type = "number | bigint"))]
        start_time: u64,
        shim_pid: i32,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        failure: Option<ShimFailure>,
    }
    /// The runtime refused.
    struct ShimFailure {
        /// Its command: `create`, `start`, `exec`.
        command: String,
        /// Its exit code; 128 and the signal if it was killed.
        exit_code: i32,
        /// Last error of its log, else what it said on stderr.
        message: String,
    }
    /// `shimGo`: runs the created container. With `failure` it is deleted again, and the shim gone.
    struct ShimGone {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        failure: Option<ShimFailure>,
    }
    // `shimAbort` takes the Handle: kills and deletes what was created; the cleanup command is not run.
    // A program that ends without either is taken for an engine that died: then it is.

    /// `<own>/shim.pid`.
    struct ShimPid {
        pid: i32,
        #[cfg_attr(feature = "ts", ts(type = "number | bigint"))]
        start_time: u64,
    }
    /// `<own>/exit.json`: written once the output is read to its end and the log is closed.
    struct ShimExit {
        /// 128 and the signal if it was killed.
        exit_code: i32,
        /// 0 for none.
        signal: i32,
        oom_killed: bool,
        /// RFC3339Nano in UTC.
        exited_at: String,
        /// False when the engine died before it let the container run.
        started: bool,
    }

    /// `shimWait` → ShimWaited: until the container has ended, or for `timeoutMs`. An end that is over
    /// is read from exit.json beside the socket; without both the error is ENOENT or ECONNREFUSED.
    struct ShimWait {
        /// `<own>/shim.sock`, of any length.
        socket: String,
        #[serde(default)]
        #[cfg_attr(feature = "ts", ts(optional))]
        timeout_ms: Option<u32>,
        #[serde(default)]
        #[cfg_attr(feature = "ts", ts(optional))]
        cancel: Option<u32>,
    }
    struct ShimWaited { ended: bool, exit_code: i32, }
    /// `logRead`: a log, stdout's records on our stdout and stderr's on our stderr, as far as they go or,
    /// with `follow`, until `shim` has ended. A log that is not there has no records.
    struct LogRead {
        /// `json-file` or `local`.
        driver: String,
        /// The file that is written; rotated ones are beside it.
        path: String,
        follow: bool,
        /// Who writes it, if anybody does.
        #[serde(default)]
        #[cfg_attr(feature = "ts", ts(optional))]
        shim: Option<ProcessRef>,
        #[serde(default)]
        #[cfg_attr(feature = "ts", ts(optional))]
        since: Option<Moment>,
        #[serde(default)]
        #[cfg_attr(feature = "ts", ts(optional))]
        until: Option<Moment>,
        /// So many of the last records; all without.
        #[serde(default)]
        #[cfg_attr(feature = "ts", ts(optional))]
        tail: Option<u32>,
        /// Before each line, with nine digits of the second.
        timestamps: bool,
        stdout: bool,
        stderr: bool,
        /// Of `logPipes`: there instead of on our own; ends, too, when nobody reads them.
        #[serde(default)]
        #[cfg_attr(feature = "ts", ts(optional))]
        pipes: Option<u32>,
    }
    /// `logPipes`: pipes for one `logRead`, and the caller's ends of them, its own to close.
    struct LogPipes { handle: u32, stdout: i32, stderr: i32, }
    /// `ownPrograms`: absolute paths of the programs that belong to this build.
    struct OwnPrograms {
        /// The executable `rundlet`.
        rundlet: String,
        shim: String,
    }

    /// `shimAttachOpen` → ShimAttached: all output from now on is for this client, read it or not. Between
    /// `shimStart` and `shimGo` nothing is lost.
    struct ShimAttachOpen {
        socket: String,
        /// Our stdin is for the container, which has one (`openStdin`).
        stdin: bool,
        stdout: bool,
        stderr: bool,
        /// Not our own stdio, but new pipes.
        #[serde(default)]
        #[cfg_attr(feature = "ts", ts(optional))]
        pipes: Option<bool>,
    }
    struct ShimAttached {
        /// For `shimAttach`.
        handle: u32,
        /// The container has a terminal: all its output is stdout.
        tty: bool,
        pid: i32,
        /// With `pipes` the caller's ends, and the caller's to close; -1 where there is none.
        pipes: [i32; 3],
    }
    /// `shimAttach` → ShimDetached: our stdin, stdout and stderr are the container's until it ends or we
    /// detach. With a terminal on both sides ours is raw meanwhile and the container's gets our size.
    struct ShimAttach {
        handle: u32,
        /// Bytes that detach, typed one after the other; only with a terminal. None: nothing does.
        detach_keys: Vec<u8>,
        /// Without a terminal: signals that we get are for the container's first process.
        signal_proxy: bool,
        /// The container ran before: have a program on its screen draw anew.
        redraw: bool,
    }
    struct ShimDetached {
        /// `ended`; `detached` by keys, or by the end of our stdin where the container's stays open;
        /// `signaled`: we were told to end, or nobody reads our output.
        kind: String,
        /// `ended`: the process's; `signaled`: 128 and the signal.
        exit_code: i32,
    }
    /// `shimExec` → ShimExecuted: a further process in the container by the runtime's `exec`, its stdio
    /// ours as in `shimAttach`, or nobody's with `detach`.
    struct ShimExec {
        socket: String,
        /// 64 hexadecimal digits: names its fifos.
        id: String,
        /// `process` of the runtime-spec as JSON, with `terminal` as `tty` says.
        process: String,
        tty: bool,
        stdin: bool,
        stdout: bool,
        stderr: bool,
        detach: bool,
        /// As in ShimAttach.
        detach_keys: Vec<u8>,
        /// As in ShimAttachOpen: returns as soon as it runs, `shimAttach` then takes the handle.
        #[serde(default)]
        #[cfg_attr(feature = "ts", ts(optional))]
        pipes: Option<bool>,
    }
    struct ShimExecuted {
        /// `started` with `detach`, `attached` with `pipes`, `failed`, or as in ShimDetached.
        kind: String,
        exit_code: i32,
        pid: i32,
        /// Of `attached`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        handle: Option<u32>,
        /// Of `attached`, as in ShimAttached.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        pipes: Option<[i32; 3]>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        failure: Option<ShimFailure>,
    }
    /// `shimResize`: the size of the container's terminal, or that of an exec; ENOENT when there is none.
    struct ShimResize {
        socket: String,
        #[serde(default)]
        #[cfg_attr(feature = "ts", ts(optional))]
        exec_id: Option<String>,
        width: u16,
        height: u16,
    }

    /// What a client wants of a process.
    struct ShimStreams { stdin: bool, stdout: bool, stderr: bool, }
    struct ShimExecRequest {
        id: String,
        tty: bool,
        detach: bool,
        streams: ShimStreams,
    }
    struct ShimSize {
        /// Of an exec; else of the container.
        exec_id: Option<String>,
        width: u16,
        height: u16,
    }

    /// First answer of the shim to its engine.
    struct ShimCreated {
        pid: i32,
        #[cfg_attr(feature = "ts", ts(type = "number | bigint"))]
        start_time: u64,
        shim_pid: i32,
    }
    struct ShimAccepted {
        /// Of the process.
        pid: i32,
        tty: bool,
    }
}

/// What a client asks for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ShimRequest {
    /// Nothing but the end.
    Wait,
    Attach(ShimStreams),
    /// Its process is `<own>/<id>.json`, which is removed.
    Exec(ShimExecRequest),
    Resize(ShimSize),
}
