//! Launches with the real rundlet-init, several at a time from the test runner's threads.

#![expect(clippy::unwrap_used, reason = "a failed test is a panic")]

mod common;

use common::{Scratch, can_launch, op, run, wait};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::os::fd::FromRawFd;
use std::os::unix::net::UnixListener;

#[expect(unsafe_code, reason = "the numbers in an event are ours from then on")]
fn adopt(number: &Value) -> std::fs::File {
    // SAFETY: the launch has just given this descriptor away, to us.
    unsafe { std::fs::File::from_raw_fd(i32::try_from(number.as_i64().unwrap()).unwrap()) }
}

#[test]
fn runs_a_program_and_tells_how_it_ended() {
    if !can_launch() {
        return;
    }
    let scratch = Scratch::new("run");
    let event = run(&scratch.plan(&["sh", "-c", "exit 7"]));
    assert_eq!(wait(&event), json!({"kind": "exited", "value": 7}));
    scratch.remove_groups();
    assert!(!scratch.groups_exist());
    let event = run(&scratch.plan(&["sleep", "30"]));
    let process = json!({"pid": event["pid"], "startTime": event["startTime"]});
    op("signal", &json!({"process": process, "signal": 9})).unwrap();
    assert_eq!(wait(&event), json!({"kind": "signaled", "value": 9}));
    scratch.remove_groups();
}

#[test]
fn pipes_carry_stdio() {
    if !can_launch() {
        return;
    }
    let scratch = Scratch::new("pipes");
    let mut plan = scratch.plan(&["sh", "-c", "cat; echo err >&2; ls /proc/self/fd >&2"]);
    plan["stdio"] = json!([-2, -2, -2]);
    let event = run(&plan);
    let (mut stdin, mut stdout, mut stderr) =
        (adopt(&event["pipes"][0]), adopt(&event["pipes"][1]), adopt(&event["pipes"][2]));
    stdin.write_all(b"hello").unwrap();
    drop(stdin);
    let (mut out, mut err) = (String::new(), String::new());
    stdout.read_to_string(&mut out).unwrap();
    stderr.read_to_string(&mut err).unwrap();
    assert_eq!(out, "hello");
    assert_eq!(err, "err\n0\n1\n2\n3\n", "3 is the directory that is listed");
    assert_eq!(wait(&event)["value"], 0);
    scratch.remove_groups();
}

#[test]
fn fifo_gate_holds_until_it_is_opened() {
    if !can_launch() {
        return;
    }
    let scratch = Scratch::new("fifo");
    let mut plan = scratch.plan(&["sh", "-c", "exit 3"]);
    plan["gate"] = json!({"fifo": {"dir": scratch.path()}});
    let event = op("launch", &plan).unwrap();
    assert_eq!(event["kind"], "ready");
    let process = json!({"pid": event["pid"], "startTime": event["startTime"]});
    let released = op("launchContinue", &json!({"handle": event["handle"]})).unwrap();
    assert_eq!(released["kind"], "released");
    let query = json!({"process": process, "dir": scratch.path(),
        "freezer": format!("/sys/fs/cgroup/freezer{}", scratch.group())});
    let status = op("containerStatus", &query).unwrap();
    assert_eq!(status, json!({"alive": true, "fifo": true, "frozen": false}));
    op("openGate", &json!({"dir": scratch.path(), "process": process})).unwrap();
    assert_eq!(wait(&event), json!({"kind": "exited", "value": 3}));
    assert_eq!(op("containerStatus", &query).unwrap()["alive"], false);
    scratch.remove_groups();
}

#[test]
fn word_gate_is_ready_twice() {
    if !can_launch() {
        return;
    }
    let scratch = Scratch::new("word");
    let mut plan = scratch.plan(&["true"]);
    plan["gate"] = json!({"word": {}});
    let event = op("launch", &plan).unwrap();
    let handle = json!({"handle": event["handle"]});
    assert_eq!(op("launchContinue", &handle).unwrap()["kind"], "ready");
    assert_eq!(op("launchContinue", &handle).unwrap()["kind"], "running");
    assert_eq!(wait(&event)["value"], 0);
    scratch.remove_groups();
}

#[test]
fn barrier_stops_where_the_plan_says() {
    if !can_launch() {
        return;
    }
    let scratch = Scratch::new("barrier");
    let mut plan = scratch.plan(&["true"]);
    let steps = plan["steps"].as_array_mut().unwrap();
    steps.insert(2, json!({"from": "", "act": {"barrier": {"name": "createRuntime"}}}));
    let event = op("launch", &plan).unwrap();
    assert_eq!((&event["kind"], &event["step"]), (&json!("barrier"), &json!(2)));
    // It has joined its groups before the hooks look at it.
    let pids = op("cgroupProcesses", &json!({"paths": scratch.groups()})).unwrap();
    assert_eq!(pids, json!({"pids": [event["pid"]]}));
    op("launchAbort", &json!({"handle": event["handle"]})).unwrap();
    assert!(!scratch.groups_exist());
    op("launchAbort", &json!({"handle": event["handle"]})).unwrap();
}

#[test]
fn failures_of_steps_are_told_and_undone() {
    if !can_launch() {
        return;
    }
    let scratch = Scratch::new("fails");
    let mut plan = scratch.plan(&["nosuch"]);
    plan["gate"] = json!({"fifo": {"dir": scratch.path()}});
    let failure = op("launch", &plan).unwrap_err();
    assert_eq!(failure["list"], "steps");
    assert!(failure["detail"].as_str().unwrap().contains("not found"), "{failure}");
    assert!(!scratch.groups_exist());
    assert!(!scratch.dir.join("exec.fifo").exists());
}

#[test]
fn failures_of_cgroups_are_told_and_undone() {
    if !can_launch() || !common::has_cgroup_v1() {
        return;
    }
    let scratch = Scratch::new("badlimit");
    let mut plan = scratch.plan(&["true"]);
    for group in plan["cgroup"]["groups"].as_array_mut().unwrap() {
        if group["hierarchy"] == "pids" {
            group["writes"] =
                json!([{"file": "pids.max", "value": "x", "from": "/linux/resources/pids/limit"}]);
        }
    }
    let failure = op("launch", &plan).unwrap_err();
    assert_eq!(failure["from"], "/linux/resources/pids/limit");
    assert_eq!(failure["errnoName"], "EINVAL");
    assert!(!scratch.groups_exist());
}

#[test]
fn a_bad_console_socket_fails_before_anything_is_made() {
    if !can_launch() {
        return;
    }
    let scratch = Scratch::new("console");
    let mut plan = scratch.plan(&["true"]);
    plan["consoleSocket"] = json!(format!("{}/nosuch.sock", scratch.path()));
    let failure = op("launch", &plan).unwrap_err();
    assert_eq!((&failure["syscall"], &failure["errnoName"]), (&json!("connect"), &json!("ENOENT")));
}

#[test]
fn pidfd_goes_to_its_socket() {
    if !can_launch() {
        return;
    }
    let scratch = Scratch::new("pidfd");
    let path = format!("{}/pidfd.sock", scratch.path());
    let listener = UnixListener::bind(&path).unwrap();
    let mut plan = scratch.plan(&["true"]);
    plan["pidfdSocket"] = json!(path);
    let event = run(&plan);
    let mut text = [0; 16];
    let length = listener.accept().unwrap().0.read(&mut text).unwrap();
    assert_eq!(&text[..length], b"standard");
    wait(&event);
    scratch.remove_groups();
}

#[test]
fn an_init_killed_at_the_gate_is_told() {
    if !can_launch() {
        return;
    }
    let scratch = Scratch::new("killed");
    let event = op("launch", &scratch.plan(&["true"])).unwrap();
    let process = json!({"pid": event["pid"], "startTime": event["startTime"]});
    op("signal", &json!({"process": process, "signal": 9})).unwrap();
    op("launchContinue", &json!({"handle": event["handle"]})).map_or_else(
        |failure| assert!(failure["detail"].as_str().unwrap().contains("init died"), "{failure}"),
        // The word may be sent before the death is seen; then waiting tells it.
        |event| assert_eq!(wait(&event), json!({"kind": "signaled", "value": 9})),
    );
    scratch.remove_groups();
}

#[test]
fn wait_without_a_thread() {
    if !can_launch() {
        return;
    }
    let scratch = Scratch::new("async");
    let event = run(&scratch.plan(&["sh", "-c", "sleep 0.05; exit 4"]));
    let (sender, receiver) = std::sync::mpsc::channel();
    let arguments = json!({"handle": event["handle"], "foreground": false}).to_string();
    rundlet_core::call_wait(&arguments, Box::new(move |result| sender.send(result).unwrap()));
    let result = receiver.recv_timeout(std::time::Duration::from_secs(10)).unwrap();
    assert_eq!(result, Ok(rundlet_core::Reply::Json(r#"{"kind":"exited","value":4}"#.into())));
    scratch.remove_groups();
}

#[test]
fn exec_into_a_running_container() {
    if !can_launch() {
        return;
    }
    let scratch = Scratch::new("exec");
    let container = run(&scratch.plan(&["sleep", "30"]));
    let process = json!({"pid": container["pid"], "startTime": container["startTime"]});
    let mut plan = scratch.plan(&["sh", "-c", "kill -9 1; exit 6"]);
    plan["namespaces"] = json!({"create": [], "join": [], "of": process});
    plan["cgroup"]["existing"] = json!(true);
    plan["prepare"] = json!([]);
    let wanted = ["umask", "cwd", "credentials", "lookupProgram", "waitStart", "exec"];
    let steps = plan["steps"].as_array_mut().unwrap();
    steps.retain(|step| wanted.iter().any(|name| step["act"].get(name).is_some()));
    steps.insert(0, json!({"from": "", "act": {"cgroupReady": {"unshare": false}}}));
    plan["stdio"] = json!([-1, -1, -1]);
    let event = run(&plan);
    assert_eq!(wait(&event)["value"], 6);
    op("signalGroup", &json!({"paths": scratch.groups(), "signal": 9})).unwrap();
    assert_eq!(wait(&container), json!({"kind": "signaled", "value": 9}));
    scratch.remove_groups();
}

#[test]
fn user_namespace_gets_its_maps() {
    if !can_launch() {
        return;
    }
    let scratch = Scratch::new("userns");
    let mut plan = scratch.plan(&["sh", "-c", "cat /proc/self/uid_map /proc/self/gid_map"]);
    let create = plan["namespaces"]["create"].as_array_mut().unwrap();
    create.push(json!("user"));
    let map = json!([{"container": 0, "host": 100_000, "size": 65_536}]);
    plan["user"] = json!({"uid": map, "gid": map, "deny_setgroups": false});
    plan["stdio"] = json!([-1, -2, -1]);
    let steps = plan["steps"].as_array_mut().unwrap();
    // Device nodes cannot be made there; the tree is too much of this machine's to be mounted.
    let without = ["device", "cgroupMount", "mask", "rootReadonly"];
    steps.retain(|step| without.iter().all(|name| step["act"].get(name).is_none()));
    std::os::unix::fs::chown(scratch.dir.join("rootfs"), Some(100_000), Some(100_000)).unwrap();
    std::os::unix::fs::chown(scratch.dir.join("rootfs/dev"), Some(100_000), Some(100_000)).unwrap();
    let event = run(&plan);
    let mut text = String::new();
    adopt(&event["pipes"][1]).read_to_string(&mut text).unwrap();
    let words: Vec<&str> = text.split_whitespace().collect();
    assert_eq!(words, ["0", "100000", "65536", "0", "100000", "65536"]);
    assert_eq!(wait(&event)["value"], 0);
    scratch.remove_groups();
}

#[test]
fn maps_that_the_kernel_refuses_are_told() {
    if !can_launch() {
        return;
    }
    let scratch = Scratch::new("badmaps");
    let mut plan = scratch.plan(&["true"]);
    plan["namespaces"]["create"].as_array_mut().unwrap().push(json!("user"));
    let overlap =
        json!([{"container": 0, "host": 0, "size": 9}, {"container": 5, "host": 9, "size": 9}]);
    plan["user"] = json!({"uid": overlap, "gid": overlap, "deny_setgroups": false});
    let failure = op("launch", &plan).unwrap_err();
    assert_eq!(failure["from"], "/linux/uidMappings");
    assert_eq!(failure["errnoName"], "EINVAL");
    assert!(!scratch.groups_exist());
}

#[test]
fn preserved_descriptors_keep_their_numbers() {
    if !can_launch() {
        return;
    }
    // 3 and 4 of this test program are whatever they are: only their count is seen.
    let scratch = Scratch::new("preserve");
    let mut plan = scratch.plan(&["sh", "-c", "ls /proc/self/fd"]);
    plan["stdio"] = json!([-1, -2, -1]);
    plan["preserveFds"] = json!(2);
    let event = run(&plan);
    let mut text = String::new();
    adopt(&event["pipes"][1]).read_to_string(&mut text).unwrap();
    assert!(text.starts_with("0\n1\n2\n"), "{text}");
    assert_eq!(wait(&event)["value"], 0);
    scratch.remove_groups();
}
