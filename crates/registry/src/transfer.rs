//! Layers of an image on their way from a registry into directories of overlay2, several at once.

use crate::blob::BlobReader;
use crate::client::Client;
use crate::state::{Phase, Shared, Snapshot};
use rundlet_layers::{Digest, Error, LayerJob, Limits, Pace, Result, Unpacked, unpack_layers};
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

pub struct BlobJob {
    pub url: String,
    pub digest: Digest,
    /// Bytes as the registry has them.
    pub size: u64,
    pub diff_id: Digest,
    pub root: OwnedFd,
    pub split: OwnedFd,
}

type Outcome = Result<Vec<Unpacked>>;

pub struct Transfer {
    client: Client,
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<Outcome>>>,
    seen: Mutex<(u64, u64)>,
}

impl Transfer {
    /// @param client its alone: it ends with the transfer.
    pub fn begin(
        client: Client,
        jobs: Vec<BlobJob>,
        authorization: String,
        limits: Limits,
        at_once: usize,
    ) -> std::io::Result<Self> {
        let shared = Arc::new(Shared::new(jobs.len(), authorization));
        let layers: Vec<_> = jobs
            .into_iter()
            .enumerate()
            .map(|(place, job)| layer_job(&client, &shared, place, job))
            .collect();
        let own = shared.clone();
        let thread = thread::Builder::new().name("rundlet-pull".into()).spawn(move || {
            // Also when it panics.
            let _over = Over(own.clone());
            let finished = |place| own.phase(place, Phase::Done);
            unpack_layers(layers, limits, &Pace { threads: at_once, finished: &finished })
        })?;
        Ok(Self { client, shared, thread: Mutex::new(Some(thread)), seen: Mutex::default() })
    }

    /// How it stands, once that is not what was told before.
    pub fn next(&self, pace: Option<Duration>) -> Snapshot {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        self.shared.next(&mut seen, pace)
    }

    pub fn authorize(&self, authorization: String) {
        self.shared.authorize(authorization);
    }

    /// Waits for the end; the layers in the order of the jobs. `None` the second time.
    pub fn outcome(&self) -> Option<Outcome> {
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take()?;
        Some(thread.join().unwrap_or_else(|_| Err(Error::refused("", "the transfer panicked"))))
    }

    /// Stops it; nothing is written any more when this returns.
    pub fn end(&self) {
        self.shared.cancel();
        self.client.shutdown();
        self.outcome();
    }
}

struct Over(Arc<Shared>);

impl Drop for Over {
    fn drop(&mut self) {
        self.0.finish();
    }
}

fn layer_job(client: &Client, shared: &Arc<Shared>, place: usize, job: BlobJob) -> LayerJob {
    let source = BlobReader::new(client.clone(), shared.clone(), place, job.url, job.size);
    LayerJob {
        name: job.digest.to_string(),
        source: Box::new(source),
        weight: job.size,
        digest: Some(job.digest),
        diff_id: Some(job.diff_id),
        root: job.root,
        split: job.split,
    }
}
