//! Launches while other threads allocate, lock, print into buffers and take signals as hard as they can:
//! the child between clone and exec must need none of what they hold.

#![expect(clippy::unwrap_used, reason = "a failed test is a panic")]

mod common;

use common::{Scratch, can_launch, run, wait};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

#[test]
fn launches_from_a_busy_threaded_process() {
    if !can_launch() {
        return;
    }
    let stop = Arc::new(AtomicBool::new(false));
    let busy: Vec<_> = (0..4)
        .map(|_| {
            let stop = stop.clone();
            std::thread::spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    let blocks: Vec<Vec<u8>> = (1..64).map(|size| vec![1; size * 97]).collect();
                    assert!(std::env::var("NO_SUCH_VARIABLE").is_err() && blocks.len() == 63);
                }
            })
        })
        .collect();
    let launchers: Vec<_> = (0..3)
        .map(|number| {
            std::thread::spawn(move || {
                let scratch = Scratch::new(&format!("threads{number}"));
                let start = Instant::now();
                let mut count = 0;
                while start.elapsed() < Duration::from_secs(2) {
                    let event = run(&scratch.plan(&["true"]));
                    assert_eq!(wait(&event)["value"], 0);
                    scratch.remove_groups();
                    count += 1;
                }
                count
            })
        })
        .collect();
    let total: u32 = launchers.into_iter().map(|thread| thread.join().unwrap()).sum();
    stop.store(true, Ordering::Relaxed);
    for thread in busy {
        thread.join().unwrap();
    }
    assert!(total > 10, "{total} launches in 2 s");
}
