//! How long one default container takes, from the plan to its removed cgroups. Not a test of anything:
//! `cargo test --release -p rundlet-core --test timing -- --ignored --nocapture`.

#![expect(clippy::unwrap_used, reason = "a failed test is a panic")]

mod common;

use common::{Scratch, can_launch};
use rundlet_core::{Reply, call};
use std::time::{Duration, Instant};

fn op(name: &str, arguments: &str) -> serde_json::Value {
    let Reply::Json(text) = call(name, arguments).unwrap() else { unreachable!() };
    serde_json::from_str(&text).unwrap()
}

#[test]
#[ignore = "a measurement"]
#[expect(clippy::print_stderr, reason = "a measurement is printed")]
fn default_container() {
    if !can_launch() {
        return;
    }
    let scratch = Scratch::new("timing");
    let mut plan = scratch.plan(&["true"]);
    if std::env::var_os("NO_CGROUPS").is_some() {
        plan["cgroup"] = serde_json::Value::Null;
        let steps = plan["steps"].as_array_mut().unwrap();
        steps.retain(|step| step["act"].get("cgroupMount").is_none());
    }
    let rounds: u32 =
        std::env::var("ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(300);
    let plan = plan.to_string();
    let groups = serde_json::json!({"paths": scratch.groups()}).to_string();
    let mut parts = [Duration::ZERO; 4];
    let mut totals = Vec::new();
    for _ in 0..rounds {
        let start = Instant::now();
        let event = op("launch", &plan);
        let launched = start.elapsed();
        let handle = format!(r#"{{"handle":{}}}"#, event["handle"]);
        op("launchContinue", &handle);
        let running = start.elapsed();
        op("wait", &format!(r#"{{"handle":{},"foreground":false}}"#, event["handle"]));
        let exited = start.elapsed();
        op("cgroupRemove", &groups);
        let total = start.elapsed();
        let steps = [launched, running - launched, exited - running, total - exited];
        parts.iter_mut().zip(steps).for_each(|(sum, part)| *sum += part);
        totals.push(total);
    }
    totals.sort();
    let [launch, go, wait, remove] = parts.map(|sum| sum / rounds);
    eprintln!(
        "median {:?}, least {:?}; means: launch {launch:?}, continue {go:?}, wait {wait:?}, remove {remove:?}",
        totals[totals.len() / 2],
        totals[0]
    );
}
