//! Groups of launches on this machine's hierarchies: limits, device rules, joining, listing, removing.

#![expect(clippy::unwrap_used, reason = "a failed test is a panic")]

mod common;

use common::{Scratch, can_launch, has_cgroup_v1, op, run, wait};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

fn group<'a>(plan: &'a mut Value, hierarchy: &str) -> &'a mut Value {
    let groups = plan["cgroup"]["groups"].as_array_mut().unwrap();
    groups.iter_mut().find(|group| group["hierarchy"] == hierarchy).unwrap()
}

#[test]
fn limits_and_device_rules_hold_before_the_process_joins() {
    if !can_launch() || !has_cgroup_v1() {
        return;
    }
    let scratch = Scratch::new("limits");
    let mut plan = scratch.plan(&["sleep", "30"]);
    group(&mut plan, "pids")["writes"] = json!([
        {"file": "pids.max", "value": "17", "from": "/linux/resources/pids/limit"},
        {"file": "pids.nosuch", "value": "1", "from": "/x", "ifExists": true}]);
    let event = run(&plan);
    let path = |hierarchy: &str, file: &str| {
        format!("/sys/fs/cgroup/{hierarchy}{}/{file}", scratch.group())
    };
    assert_eq!(fs::read_to_string(path("pids", "pids.max")).unwrap(), "17\n");
    let devices = fs::read_to_string(path("devices", "devices.list")).unwrap();
    assert!(devices.contains("c 1:3 rwm") && !devices.contains("a *:*"), "{devices}");
    let cpus = fs::read_to_string("/sys/fs/cgroup/cpuset/cpuset.cpus").unwrap();
    assert_eq!(fs::read_to_string(path("cpuset", "cpuset.cpus")).unwrap(), cpus);
    let pids = op("cgroupProcesses", &json!({"paths": scratch.groups()})).unwrap();
    assert_eq!(pids, json!({"pids": [event["pid"]]}));

    // A second launch into it is refused, and takes nothing away.
    let failure = op("launch", &scratch.plan(&["true"])).unwrap_err();
    assert_eq!(failure["detail"], "container's cgroup is not empty: 1 process(es) found");
    assert!(scratch.groups().iter().all(|path| Path::new(path).exists()));

    op("signalGroup", &json!({"paths": scratch.groups(), "signal": 9})).unwrap();
    assert_eq!(wait(&event), json!({"kind": "signaled", "value": 9}));
    scratch.remove_groups();
}

#[test]
fn nested_paths_inherit_their_cpuset_and_are_removed_with_sub_groups() {
    if !can_launch() || !has_cgroup_v1() {
        return;
    }
    let scratch = Scratch::new("nested");
    let mut plan = scratch.plan(&["true"]);
    for group in plan["cgroup"]["groups"].as_array_mut().unwrap() {
        group["path"] = json!(format!("{}/a/b", scratch.group()));
    }
    let event = run(&plan);
    let mems = fs::read_to_string("/sys/fs/cgroup/cpuset/cpuset.mems").unwrap();
    let below = |path: &str| format!("/sys/fs/cgroup/cpuset{}{path}/cpuset.mems", scratch.group());
    for path in ["", "/a", "/a/b"] {
        assert_eq!(fs::read_to_string(below(path)).unwrap(), mems);
    }
    wait(&event);
    fs::create_dir_all(format!("/sys/fs/cgroup/pids{}/a/b/c/d", scratch.group())).unwrap();
    scratch.remove_groups();
    assert!(!scratch.groups_exist());
    scratch.remove_groups();
}

#[test]
fn parents_made_by_a_failing_launch_go_too() {
    if !can_launch() || !has_cgroup_v1() {
        return;
    }
    let scratch = Scratch::new("parents");
    let mut plan = scratch.plan(&["nosuch"]);
    for group in plan["cgroup"]["groups"].as_array_mut().unwrap() {
        group["path"] = json!(format!("{}/a/b", scratch.group()));
    }
    op("launch", &plan).unwrap_err();
    assert!(!scratch.groups_exist());
}

#[test]
fn frozen_is_seen() {
    if !can_launch() || !has_cgroup_v1() {
        return;
    }
    let scratch = Scratch::new("frozen");
    let event = run(&scratch.plan(&["sleep", "30"]));
    let freezer = format!("/sys/fs/cgroup/freezer{}", scratch.group());
    let query = json!({"process": {"pid": event["pid"], "startTime": event["startTime"]},
        "dir": "/nonexistent", "freezer": freezer});
    let frozen = || op("containerStatus", &query).unwrap()["frozen"].clone();
    assert_eq!(frozen(), false);
    op("freeze", &json!({"path": freezer, "frozen": true})).unwrap();
    let state = || fs::read_to_string(format!("{freezer}/freezer.state")).unwrap();
    assert_eq!(state(), "FROZEN\n");
    assert_eq!(frozen(), true);
    // A frozen group stays frozen, so the signal waits for its thaw.
    op("signalGroup", &json!({"paths": scratch.groups(), "signal": 9})).unwrap();
    assert_eq!(state(), "FROZEN\n");
    op("freeze", &json!({"path": freezer, "frozen": false})).unwrap();
    assert_eq!(wait(&event), json!({"kind": "signaled", "value": 9}));
    scratch.remove_groups();
}

/// The v2 tree of a hybrid host will do: it has no controllers, but groups, kill and device programs.
#[test]
fn unified_group_is_cloned_into_and_guards_devices() {
    let mount = "/sys/fs/cgroup/unified";
    if !can_launch() || !(Path::new(mount).exists() || common::skip("no cgroup v2 tree")) {
        return;
    }
    let scratch = Scratch::new("unified");
    let script = "cat /dev/null && ! cat /dev/full >/dev/null 2>&1 && exec sleep 30";
    let mut plan = scratch.plan(&["sh", "-c", script]);
    let steps = plan["steps"].as_array_mut().unwrap();
    steps.retain(|step| step["act"].get("cgroupMount").is_none());
    let rule = |allow: bool, kind: &str, access: &str| json!({"allow": allow, "kind": kind, "access": access, "from": "/linux/resources/devices"});
    let mut full = rule(false, "c", "rw");
    (full["major"], full["minor"]) = (json!(1), json!(7));
    plan["cgroup"] = json!({
        "version": "v2",
        "groups": [{"hierarchy": "", "mount": mount, "path": format!("{}/leaf", scratch.group()),
            "controllers": ["nosuch"], "writes": []}],
        "devices": [rule(false, "a", "rwm"), rule(true, "c", "rwm"), full],
    });
    let event = run(&plan);
    let path = format!("{mount}{}/leaf", scratch.group());
    let paths = json!({"paths": [path]});
    // It reads /dev/null and is refused /dev/full, by a `cat` each, then becomes `sleep`.
    let name = format!("/proc/{}/cmdline", event["pid"]);
    let start = std::time::Instant::now();
    while !fs::read_to_string(&name).unwrap().starts_with("sleep") {
        assert!(start.elapsed().as_secs() < 10, "it does not get to sleep");
        std::thread::yield_now();
    }
    let pids = op("cgroupProcesses", &paths).unwrap();
    assert_eq!(pids, json!({"pids": [event["pid"]]}));
    let process = json!({"pid": event["pid"], "startTime": event["startTime"]});
    assert_eq!(op("processStatus", &process).unwrap()["alive"], true);
    for frozen in [true, false] {
        op("freeze", &json!({"path": path, "frozen": frozen})).unwrap();
        let events = fs::read_to_string(format!("{path}/cgroup.events")).unwrap();
        assert!(events.contains(&format!("frozen {}", u8::from(frozen))), "{events}");
        let query = json!({"process": process, "dir": "/nonexistent", "freezer": path});
        assert_eq!(op("containerStatus", &query).unwrap()["frozen"], frozen);
    }
    let gone = op("freeze", &json!({"path": "/sys/fs/cgroup/nosuch", "frozen": true}));
    assert_eq!(gone.unwrap_err()["errnoName"], "ENOENT");
    op("signalGroup", &json!({"paths": [path], "signal": 9})).unwrap();
    assert_eq!(wait(&event), json!({"kind": "signaled", "value": 9}));
    let whole = format!("{mount}{}", scratch.group());
    op("cgroupRemove", &json!({"paths": [whole]})).unwrap();
    assert!(!Path::new(&whole).exists());

    // What a controller that cannot be enabled leads to is told with its cause.
    plan["cgroup"]["groups"][0]["writes"] =
        json!([{"file": "nosuch.max", "value": "1", "from": "/linux/resources/unified"}]);
    let failure = op("launch", &plan).unwrap_err();
    assert_eq!(failure["from"], "/linux/resources/unified");
    assert!(failure["detail"].as_str().unwrap().contains("cannot enable nosuch"), "{failure}");
    assert!(!Path::new(&whole).exists());
}

#[test]
fn paths_that_are_no_groups_are_refused() {
    if !can_launch() {
        return;
    }
    let scratch = Scratch::new("paths");
    for path in ["/", "/../x", "x"] {
        let mut plan = scratch.plan(&["true"]);
        plan["cgroup"]["groups"][0]["path"] = json!(path);
        plan["cgroup"]["optional"] = json!(true);
        let failure = op("launch", &plan).unwrap_err();
        assert!(failure["detail"].as_str().unwrap().contains("clean absolute path"), "{failure}");
    }
}
