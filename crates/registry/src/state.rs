//! What a transfer's threads and its owner tell each other.

use crate::error::{Error, Result};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    Waiting,
    Downloading,
    /// All bytes are here; they are still being unpacked.
    Downloaded,
    Done,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LayerProgress {
    pub phase: Phase,
    /// Bytes as the registry has them.
    pub current: u64,
}

#[derive(Debug)]
pub struct Snapshot {
    pub layers: Vec<LayerProgress>,
    /// WWW-Authenticate of the registry, which wants another authorization.
    pub challenge: Option<String>,
    pub over: bool,
}

struct State {
    phases: Vec<Phase>,
    /// Counts changes of anything but bytes.
    version: u64,
    authorization: String,
    /// Counts authorizations.
    generation: u32,
    challenge: Option<String>,
    cancelled: bool,
    over: bool,
}

pub struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    bytes: Vec<AtomicU64>,
}

impl Shared {
    pub fn new(count: usize, authorization: String) -> Self {
        let state = State {
            phases: vec![Phase::Waiting; count],
            version: 0,
            authorization,
            generation: 0,
            challenge: None,
            cancelled: false,
            over: false,
        };
        Self {
            state: Mutex::new(state),
            changed: Condvar::new(),
            bytes: std::iter::repeat_with(AtomicU64::default).take(count).collect(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.lock();
        change(&mut state);
        state.version += 1;
        drop(state);
        self.changed.notify_all();
    }

    pub fn phase(&self, place: usize, phase: Phase) {
        if self.lock().phases[place] != phase {
            self.change(|state| state.phases[place] = phase);
        }
    }

    pub fn bytes(&self, place: usize, current: u64) {
        self.bytes[place].store(current, Ordering::Relaxed);
    }

    /// What to send, and which one it is.
    pub fn authorization(&self) -> (String, u32) {
        let state = self.lock();
        (state.authorization.clone(), state.generation)
    }

    /// Waits until there is another than the one that was refused.
    pub fn await_authorization(&self, refused: u32, challenge: &str) -> Result<()> {
        let mut state = self.lock();
        while state.generation == refused && !state.cancelled {
            if state.challenge.is_none() {
                state.challenge = Some(challenge.to_owned());
                state.version += 1;
                self.changed.notify_all();
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if state.cancelled { Err(cancelled()) } else { Ok(()) }
    }

    pub fn authorize(&self, authorization: String) {
        self.change(|state| {
            state.authorization = authorization;
            state.generation += 1;
            state.challenge = None;
        });
    }

    /// Waits between two attempts.
    pub fn rest(&self, time: Duration) -> Result<()> {
        let end = Instant::now() + time;
        let mut state = self.lock();
        while !state.cancelled {
            let Some(left) = end.checked_duration_since(Instant::now()) else { return Ok(()) };
            let waited = self.changed.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        Err(cancelled())
    }

    pub fn is_cancelled(&self) -> bool {
        self.lock().cancelled
    }

    pub fn cancel(&self) {
        self.change(|state| state.cancelled = true);
    }

    pub fn finish(&self) {
        self.change(|state| state.over = true);
    }

    /// Waits for a change after `seen`, or for bytes if `pace` says how often they are told.
    pub fn next(&self, seen: &mut (u64, u64), pace: Option<Duration>) -> Snapshot {
        let mut state = self.lock();
        while state.version == seen.0 && !state.over && state.challenge.is_none() {
            state = match pace {
                None => self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(pace) => {
                    let waited = self.changed.wait_timeout(state, pace);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
            };
            if pace.is_some() && self.total() != seen.1 {
                break;
            }
        }
        *seen = (state.version, self.total());
        let current = self.bytes.iter().map(|bytes| bytes.load(Ordering::Relaxed));
        let phases = state.phases.iter().copied();
        Snapshot {
            layers: phases
                .zip(current)
                .map(|(phase, current)| LayerProgress { phase, current })
                .collect(),
            challenge: state.challenge.clone(),
            over: state.over,
        }
    }

    fn total(&self) -> u64 {
        self.bytes.iter().map(|bytes| bytes.load(Ordering::Relaxed)).sum()
    }
}

fn cancelled() -> Error {
    Error::text("read", "cancelled")
}
