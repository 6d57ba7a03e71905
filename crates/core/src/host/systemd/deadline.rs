//! A time limit for what no method call limits.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::thread::Thread;
use std::time::{Duration, Instant};

/// The future's value, or `None` if it has none in time.
pub async fn within<T>(limit: Duration, future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    let mut deadline = pin!(Deadline::start(limit)?);
    std::future::poll_fn(|context| {
        if let Poll::Ready(value) = future.as_mut().poll(context) {
            return Poll::Ready(Some(value));
        }
        deadline.as_mut().poll(context).map(|()| None)
    })
    .await
}

/// A thread that sleeps, and is sent away when nobody waits any more.
struct Deadline {
    at: Instant,
    shared: Arc<Shared>,
    thread: Thread,
}

#[derive(Default)]
struct Shared {
    waker: Mutex<Option<Waker>>,
    over: AtomicBool,
}

impl Deadline {
    fn start(limit: Duration) -> Option<Self> {
        let at = Instant::now() + limit;
        let shared = Arc::new(Shared::default());
        let theirs = Arc::clone(&shared);
        let sleeper = std::thread::Builder::new().spawn(move || theirs.sleep(at)).ok()?;
        Some(Self { at, shared, thread: sleeper.thread().clone() })
    }
}

impl Shared {
    fn sleep(&self, at: Instant) {
        while !self.over.load(Ordering::Acquire) {
            let left = at.saturating_duration_since(Instant::now());
            if left.is_zero() {
                let waker = crate::host::handles::lock_of(&self.waker).take();
                return waker.into_iter().for_each(Waker::wake);
            }
            std::thread::park_timeout(left);
        }
    }
}

impl Future for Deadline {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        *crate::host::handles::lock_of(&self.shared.waker) = Some(context.waker().clone());
        if Instant::now() >= self.at { Poll::Ready(()) } else { Poll::Pending }
    }
}

impl Drop for Deadline {
    fn drop(&mut self) {
        self.shared.over.store(true, Ordering::Release);
        self.thread.unpark();
    }
}

#[cfg(test)]
mod tests {
    use super::within;
    use std::time::Duration;

    #[test]
    fn a_value_in_time_and_none_too_late() {
        let quick = within(Duration::from_secs(60), std::future::ready(7));
        assert_eq!(zbus::block_on(quick), Some(7));
        let never = within(Duration::from_millis(1), std::future::pending::<()>());
        assert_eq!(zbus::block_on(never), None);
    }
}
