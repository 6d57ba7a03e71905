//! How long a profile takes to compile (median): `time_profile CONFIG.JSON` prints one line of JSON.
#![allow(clippy::print_stdout, reason = "its purpose")]

use std::error::Error;
use std::time::Instant;

use rundlet_plan::SeccompProfile;
use rundlet_seccomp::{CompileOptions, compile};

const ROUNDS: usize = 2001;

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("usage: time_profile CONFIG.JSON")?;
    let config: serde_json::Value = serde_json::from_slice(&std::fs::read(path)?)?;
    let profile: SeccompProfile = serde_json::from_value(config["linux"]["seccomp"].clone())?;
    let options = CompileOptions::default();
    let instructions = compile(&profile, &options)?.insns.len();
    let mut times = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let start = Instant::now();
        std::hint::black_box(compile(std::hint::black_box(&profile), &options)?);
        times.push(start.elapsed());
    }
    times.sort_unstable();
    let microseconds = times[ROUNDS / 2].as_secs_f64() * 1e6;
    println!(
        "{}",
        serde_json::json!({ "microseconds": microseconds, "instructions": instructions })
    );
    Ok(())
}
