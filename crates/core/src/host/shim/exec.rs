//! `shimExec`.

use super::attach::{Attached, Stdio, accepted};
use super::conversation::{Conversation, Wishes};
use super::socket::{connect_to, request};
use crate::failure::Result;
use crate::host::handles;
use crate::host::write_record::write_record;
use rundlet_plan::{
    ShimExec, ShimExecRequest, ShimExecuted, ShimRequest, ShimStreams, WriteRecord,
};

pub fn shim_exec(args: ShimExec) -> Result<ShimExecuted> {
    let socket = connect_to(&args.socket)?;
    let own = args.socket.rsplit_once('/').map_or(".", |(directory, _)| directory);
    write_record(WriteRecord {
        path: format!("{own}/{}.json", args.id),
        text: args.process,
        mode: 0o600,
        durable: false,
    })?;
    let nothing = ShimStreams { stdin: false, stdout: false, stderr: false };
    let streams = ShimStreams { stdin: args.stdin, stdout: args.stdout, stderr: args.stderr };
    let asked = ShimExecRequest {
        id: args.id,
        tty: args.tty,
        detach: args.detach,
        streams: if args.detach { nothing } else { streams.clone() },
    };
    request(&socket, &ShimRequest::Exec(asked))?;
    let process = match accepted(&socket)? {
        Ok(process) => process,
        Err(failure) => {
            let (kind, exit_code) = ("failed".into(), failure.exit_code);
            return Ok(ShimExecuted {
                kind,
                exit_code,
                pid: 0,
                handle: None,
                pipes: None,
                failure: Some(failure),
            });
        }
    };
    let executed = ShimExecuted {
        kind: "started".to_owned(),
        exit_code: 0,
        pid: process.pid,
        handle: None,
        pipes: None,
        failure: None,
    };
    if args.detach {
        return Ok(executed);
    }
    let (stdio, pipes) = Stdio::new(args.pipes == Some(true), &streams)?;
    let attached = Attached { socket, tty: args.tty, stdin: args.stdin, stdio };
    if args.pipes == Some(true) {
        let handle = Some(handles::keep_attached(attached));
        return Ok(ShimExecuted {
            kind: "attached".to_owned(),
            handle,
            pipes: Some(pipes),
            ..executed
        });
    }
    let wishes = Wishes { detach_keys: args.detach_keys, signal_proxy: false, redraw: false };
    let end = Conversation::new(&attached, wishes)?.run()?;
    Ok(ShimExecuted { kind: end.kind, exit_code: end.exit_code, ..executed })
}
