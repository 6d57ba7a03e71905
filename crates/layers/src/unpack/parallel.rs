//! Several layers at once: they do not know of each other until they are stacked.

use super::layer::{LayerJob, Limits, Unpacked, unpack_layer};
use crate::error::{Error, Result};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// How many layers are unpacked at once, and who hears of each that is whole.
pub struct Pace<'a> {
    pub threads: usize,
    /// Gets the layer's place among the jobs.
    pub finished: &'a (dyn Fn(usize) + Sync),
}

impl Default for Pace<'_> {
    /// As many as there are processors.
    fn default() -> Self {
        let threads = thread::available_parallelism().map_or(1, usize::from);
        Self { threads, finished: &|_| {} }
    }
}

/// Results in the order of `jobs`, or the first failure, with which the others stop.
pub fn unpack_layers(
    jobs: Vec<LayerJob>,
    limits: Limits,
    pace: &Pace<'_>,
) -> Result<Vec<Unpacked>> {
    let count = jobs.len();
    let threads = pace.threads.min(count);
    let mut queue: Vec<(usize, LayerJob)> = jobs.into_iter().enumerate().collect();
    // The largest is begun first: it is the last of the vector.
    queue.sort_by_key(|(_, job)| job.weight);
    let (queue, cancelled) = (Mutex::new(queue), AtomicBool::new(false));
    let results: Mutex<Vec<Option<Unpacked>>> = Mutex::new(vec![None; count]);
    let failed: Mutex<Option<Error>> = Mutex::new(None);
    let work = || {
        while !cancelled.load(Ordering::Relaxed) {
            let Some((place, job)) = locked(&queue).pop() else { return };
            match unpack_layer(job, limits, &cancelled) {
                Ok(unpacked) => {
                    locked(&results)[place] = Some(unpacked);
                    (pace.finished)(place);
                }
                Err(error) => {
                    if !cancelled.swap(true, Ordering::Relaxed) {
                        *locked(&failed) = Some(error);
                    }
                }
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(work);
        }
    });
    if let Some(error) = failed.into_inner().unwrap_or_else(PoisonError::into_inner) {
        return Err(error);
    }
    let results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    Ok(results.into_iter().flatten().collect())
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
