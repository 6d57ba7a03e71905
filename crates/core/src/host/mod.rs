//! The dispatcher: an operation's name, its arguments as JSON, its function.

mod cancel;
mod cgroups;
mod changes;
mod console;
mod container_names;
mod container_root;
mod containers;
mod copy;
mod copy_path;
mod device_nodes;
mod ends;
mod event_log;
mod exits;
mod facts;
mod files;
mod foreground;
mod gate;
mod handles;
mod images;
mod in_root;
mod init_layer;
mod launch;
mod logs;
mod moments;
mod notify;
mod overlay;
mod pins;
mod processes;
mod programs;
mod pull;
mod push;
mod reaper;
mod registry;
mod remove_tree;
mod save;
mod shim;
mod standard;
mod systemd;
mod tree;
mod tree_size;
mod volume_copy;
mod wait;
mod watch;
mod write_record;

pub use foreground::hold_signals;
pub use launch::{give_up_prespawned, keep_reaping, prespawn, set_init_image};
pub use shim::set_programs;
pub use standard::ensure_stdio;

use crate::failure::{Failure, Result};
use crate::{Done, Reply};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::panic::{AssertUnwindSafe, catch_unwind};

pub fn call(op: &str, arguments: &str) -> std::result::Result<Reply, String> {
    // A panic must become a failed operation, not the end of a Node process.
    catch_unwind(AssertUnwindSafe(|| dispatch(op, arguments)))
        .unwrap_or_else(|_| Err(Failure::text(op, "internal error: the operation panicked")))
        .map_err(|failure| failure_json(failure, op))
}

pub fn call_wait(arguments: &str, done: Done) {
    match parse(arguments) {
        Ok(args) => wait::wait_on_reaper(
            args,
            Box::new(|status| {
                done(status.and_then(to_json).map_err(|failure| failure_json(failure, "wait")));
            }),
        ),
        Err(failure) => done(Err(failure_json(failure, "wait"))),
    }
}

#[expect(clippy::too_many_lines, reason = "one line for each operation")]
fn dispatch(op: &str, arguments: &str) -> Result<Reply> {
    match op {
        "readText" => text(arguments, files::read_text),
        "readStandardInput" => text(arguments, files::read_standard_input),
        "readLine" => json("null", files::read_line),
        "writeRecord" => json(arguments, write_record::write_record),
        "makeDirectory" => json(arguments, files::make_directory),
        "removeTree" => json(arguments, remove_tree::remove_tree),
        "listDirectory" => json(arguments, files::list_directory),
        "stat" => json(arguments, files::stat),
        "removeFile" => json(arguments, files::remove_file),
        "realPath" => text(arguments, files::real_path),
        "rename" => json(arguments, files::rename),
        "sha256" => text(arguments, files::sha256),
        "makeTree" => json(arguments, tree::make_tree),
        "mountOverlay" => json(arguments, overlay::mount_overlay),
        "fillInitLayer" => json(arguments, overlay::fill_init_layer),
        "unmount" => json(arguments, overlay::unmount_path),
        "lock" => json(arguments, handles::lock),
        "lockDirectory" => json(arguments, handles::lock_directory),
        "tryLock" => json(arguments, handles::try_lock),
        "tryLockDirectory" => json(arguments, handles::try_lock_directory),
        "unlock" => json(arguments, handles::unlock),
        "clock" => json("null", moments::clock),
        "randomHex" => text(arguments, moments::random_hex),
        "facts" => json("null", facts::facts),
        "launchAhead" => json(arguments, launch::launch_ahead),
        "launchAheadEnd" => json(arguments, launch::launch_ahead_end),
        "launch" => json(arguments, launch::launch),
        "launchStart" => json(arguments, launch::launch_start),
        "launchContinue" => json(arguments, launch::launch_continue),
        "launchAbort" => json(arguments, launch::launch_abort),
        "launchRelease" => json(arguments, launch::launch_release),
        "processStatus" => json(arguments, processes::process_status),
        "containerStatus" => json(arguments, processes::container_status),
        "readContainer" => text(arguments, containers::read_container),
        "listContainers" => json(arguments, containers::list_containers),
        "signal" => json(arguments, processes::signal),
        "signalGroup" => json(arguments, cgroups::signal_group),
        "openGate" => json(arguments, gate::open_gate),
        "notifyOpen" => json(arguments, notify::notify_open),
        "notifyForward" => json(arguments, notify::notify_forward),
        "notifyClose" => json(arguments, notify::notify_close),
        "wait" => json(arguments, wait::wait),
        "runProgram" => json(arguments, programs::run_program),
        "cgroupProcesses" => json(arguments, cgroups::cgroup_processes),
        "cgroupDemandEmpty" => json(arguments, cgroups::cgroup_demand_empty),
        "cgroupRemove" => json(arguments, cgroups::cgroup_remove),
        "cgroupWrite" => json(arguments, cgroups::cgroup_write),
        "readFiles" => json(arguments, files::read_files),
        "watchOpen" => json(arguments, watch::watch_open),
        "watchNext" => json(arguments, watch::watch_next),
        "watchClose" => json(arguments, watch::watch_close),
        "freeze" => json(arguments, cgroups::freeze),
        "systemdManager" => json(arguments, systemd::systemd_manager),
        "setUnitProperties" => json(arguments, systemd::set_unit_properties),
        "stopUnit" => text(arguments, systemd::stop_unit),
        "awaitEnd" => json(arguments, ends::await_end),
        "pause" => json(arguments, ends::pause),
        "pinNamespace" => json(arguments, pins::pin_namespace),
        "unpin" => json(arguments, pins::unpin),
        "mountShm" => json(arguments, pins::mount_shm),
        "mountVolume" => json(arguments, pins::mount_volume),
        "detach" => json(arguments, pins::detach_path),
        "treeSize" => json(arguments, tree_size::tree_size),
        "layerChanges" => json(arguments, changes::layer_changes),
        "containerNames" => json(arguments, container_names::container_names),
        "readInRoot" => json(arguments, in_root::read_in_root),
        "statInRoot" => json(arguments, in_root::stat_in_root),
        "makeDirectoryInRoot" => json(arguments, in_root::make_directory_in_root),
        "copyIntoVolume" => json(arguments, volume_copy::copy_into_volume),
        "deviceNodes" => json(arguments, device_nodes::device_nodes),
        "copyOut" => json(arguments, copy::copy_out),
        "copyIn" => json(arguments, copy::copy_in),
        "exportTree" => json(arguments, copy::export_tree),
        "appendEvent" => json(arguments, event_log::append_event),
        "tailOpen" => json(arguments, event_log::tail_open),
        "tailNext" => json(arguments, event_log::tail_next),
        "tailClose" => json(arguments, event_log::tail_close),
        "platform" => json("null", images::platform),
        "archiveOpen" => json(arguments, images::archive_open),
        "archiveClose" => json(arguments, handles::archive_close),
        "archiveText" => json(arguments, images::archive_text),
        "unpackLayers" => json(arguments, images::unpack_layers),
        "logPipes" => json("null", logs::log_pipes),
        "registryOpen" => json(arguments, registry::registry_open),
        "registrySend" => json(arguments, registry::registry_send),
        "registryClose" => json(arguments, registry::registry_close),
        "pullBegin" => json(arguments, pull::pull_begin),
        "pullNext" => json(arguments, pull::pull_next),
        "pullAuthorize" => json(arguments, pull::pull_authorize),
        "pullEnd" => json(arguments, pull::pull_end),
        "packLayer" => json(arguments, push::pack_layer),
        "uploadBlob" => json(arguments, push::upload_blob),
        "dropBlob" => json(arguments, push::drop_blob),
        "logRead" => json(arguments, logs::log_read),
        "ownPrograms" => json("null", shim::own_programs),
        "shimStart" => json(arguments, shim::shim_start),
        "shimGo" => json(arguments, shim::shim_go),
        "shimAbort" => json(arguments, shim::shim_abort),
        "shimAttachOpen" => json(arguments, shim::shim_attach_open),
        "shimAttach" => json(arguments, shim::shim_attach),
        "shimExec" => json(arguments, shim::shim_exec),
        "shimResize" => json(arguments, shim::shim_resize),
        "shimWait" => json(arguments, shim::shim_wait),
        "cancelOpen" => json("null", cancel::cancel_open),
        "cancel" => json(arguments, cancel::cancel),
        "cancelClose" => json(arguments, cancel::cancel_close),
        "print" => json(arguments, files::print),
        "appendText" => json(arguments, files::append_text),
        "rewriteText" => json(arguments, files::rewrite_text),
        _ => dispatch_image(op, arguments),
    }
}

/// Operations on images and their archives.
fn dispatch_image(op: &str, arguments: &str) -> Result<Reply> {
    match op {
        "platform" => json("null", images::platform),
        "archiveOpen" => json(arguments, images::archive_open),
        "archiveClose" => json(arguments, handles::archive_close),
        "archiveText" => json(arguments, images::archive_text),
        "tarSize" => json(arguments, save::tar_size),
        "writeArchive" => json(arguments, save::write_archive),
        "unpackLayers" => json(arguments, images::unpack_layers),
        _ => Err(Failure::text(op, "no such operation")),
    }
}

fn json<A: DeserializeOwned, R: Serialize>(
    arguments: &str,
    operation: fn(A) -> Result<R>,
) -> Result<Reply> {
    to_json(operation(parse(arguments)?)?)
}

fn text<A: DeserializeOwned>(arguments: &str, operation: fn(A) -> Result<String>) -> Result<Reply> {
    operation(parse(arguments)?).map(Reply::Text)
}

fn parse<A: DeserializeOwned>(arguments: &str) -> Result<A> {
    serde_json::from_str(arguments)
        .map_err(|error| Failure::text("arguments", format!("not those of the operation: {error}")))
}

fn to_json<R: Serialize>(result: R) -> Result<Reply> {
    serde_json::to_string(&result)
        .map(Reply::Json)
        .map_err(|error| Failure::text("result", error.to_string()))
}

/// `OpFailure` has only strings and numbers: nothing in it that JSON cannot say.
fn failure_json(failure: Failure, op: &str) -> String {
    serde_json::to_string(&failure.into_op(op)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_records() {
        let failure = call("nosuch", "").unwrap_err();
        assert!(failure.contains(r#""op":"nosuch""#), "{failure}");
        let failure = call("readText", r#"{"path":"/nonexistent","max":10}"#).unwrap_err();
        assert!(failure.contains(r#""errnoName":"ENOENT""#), "{failure}");
        assert!(failure.contains(r#""errnoText":"no such file or directory""#), "{failure}");
        assert!(call("stat", "{").unwrap_err().contains("not those of the operation"));
    }

    /// Every operation of the contract is in the table.
    #[test]
    fn whole_contract() {
        let source = include_str!("../../../plan/src/ops.rs");
        let ops = &source[source.find("pub struct Ops").unwrap()..];
        let names =
            ops.lines().filter_map(|line| line.trim().strip_prefix("pub ")?.split_once(": ("));
        let mut count = 0;
        for (name, _) in names {
            let camel: String = name
                .split('_')
                .enumerate()
                .map(|(place, word)| match place {
                    0 => word.to_owned(),
                    _ => word[..1].to_uppercase() + &word[1..],
                })
                .collect();
            let answer = call(&camel, "{}");
            assert!(!matches!(&answer, Err(text) if text.contains("no such operation")), "{camel}");
            count += 1;
        }
        assert!(count >= 26);
    }

    #[test]
    fn texts_and_records() {
        let path = std::env::temp_dir().join(format!("rundlet-record-{}", std::process::id()));
        let path = path.to_str().unwrap();
        let write = format!(r#"{{"path":"{path}","text":"a\n","mode":384,"durable":true}}"#);
        assert_eq!(call("writeRecord", &write), Ok(Reply::Json("null".into())));
        let read = |max: u32| call("readText", &format!(r#"{{"path":"{path}","max":{max}}}"#));
        assert_eq!(read(2), Ok(Reply::Text("a\n".into())));
        assert!(read(1).unwrap_err().contains("EFBIG"));
        let lock = call("lock", &format!(r#"{{"path":"{path}"}}"#)).unwrap();
        let Reply::Json(handle) = lock else { panic!("{lock:?}") };
        call("unlock", &handle).unwrap();
        assert!(call("unlock", &handle).unwrap_err().contains("EBADF"));
        call("removeFile", &format!(r#"{{"path":"{path}"}}"#)).unwrap();
    }
}
