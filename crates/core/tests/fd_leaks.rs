//! Alone in its program: nothing else may open or close descriptors while it counts.

#![expect(clippy::unwrap_used, reason = "a failed test is a panic")]

mod common;

use common::{Scratch, can_launch, op, open_fds, run, wait};
use serde_json::json;

#[test]
fn a_hundred_launches_leave_nothing_open() {
    if !can_launch() {
        return;
    }
    let scratch = Scratch::new("leaks");
    let once = |round: u32| {
        let mut plan = scratch.plan(&["true"]);
        if round % 2 == 1 {
            plan["gate"] = json!({"fifo": {"dir": scratch.path()}});
            plan["stdio"] = json!([-1, -1, -1]);
            let event = op("launch", &plan).unwrap();
            op("launchContinue", &json!({"handle": event["handle"]})).unwrap();
            op("launchAbort", &json!({"handle": event["handle"]})).unwrap();
            std::fs::remove_file(scratch.dir.join("exec.fifo")).unwrap();
            op("launch", &scratch.plan(&["nosuch"])).unwrap_err();
            let mut plan = scratch.plan(&["true"]);
            let write = json!({"file": "nosuch", "value": "1", "from": "/linux/resources"});
            plan["cgroup"]["groups"][0]["writes"] = json!([write]);
            op("launch", &plan).unwrap_err();
            assert!(!scratch.groups_exist());
            return;
        }
        let event = run(&plan);
        assert_eq!(wait(&event)["value"], 0);
        scratch.remove_groups();
    };
    // The memfd of init stays.
    once(0);
    let before = open_fds();
    for round in 0..100 {
        once(round);
    }
    assert_eq!(open_fds(), before);
    // No child is left either.
    let none = rustix::process::waitpid(None, rustix::process::WaitOptions::NOHANG);
    assert_eq!(none.unwrap_err(), rustix::io::Errno::CHILD);
}
