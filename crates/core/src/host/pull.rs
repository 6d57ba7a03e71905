//! Layers from registries (crates/registry) as operations.

use super::handles;
use super::images::{create_split, digest, open_root, unpacked};
use super::registry::client;
use crate::failure::{At, Failure, Result};
use rundlet_layers::Limits;
use rundlet_plan::{
    Handle, PullAuthorize, PullBegin, PullEvent, PullNext, PullProgress, RemoteLayer,
};
use rundlet_registry::{BlobJob, LayerProgress, Phase, Transfer};
use std::time::Duration;

pub fn pull_begin(args: PullBegin) -> Result<Handle> {
    let client = client(args.registry)?;
    let jobs = args.layers.into_iter().map(job).collect::<Result<_>>()?;
    let limits = Limits { bytes: args.max_bytes, entries: args.max_entries };
    let at_once = args.at_once.max(1) as usize;
    let transfer =
        Transfer::begin(client, jobs, args.authorization, limits, at_once).at("clone", "")?;
    Ok(Handle { handle: handles::keep_pull(transfer) })
}

fn job(layer: RemoteLayer) -> Result<BlobJob> {
    let required =
        |text: &str| digest(text)?.ok_or_else(|| Failure::text(text, "a layer without digest"));
    Ok(BlobJob {
        digest: required(&layer.digest)?,
        diff_id: required(&layer.diff_id)?,
        root: open_root(&layer.root)?,
        split: create_split(&layer.split)?,
        url: layer.url,
        size: layer.size,
    })
}

pub fn pull_next(args: PullNext) -> Result<PullEvent> {
    let pull = handles::pull(args.handle)?;
    let pace = (args.pace > 0).then(|| Duration::from_millis(args.pace.into()));
    let snapshot = pull.next(pace);
    let layers = if snapshot.over { pull.outcome().transpose()? } else { None };
    Ok(PullEvent {
        layers: snapshot.layers.into_iter().map(progress).collect(),
        challenge: snapshot.challenge.unwrap_or_default(),
        unpacked: layers.unwrap_or_default().into_iter().map(unpacked).collect(),
        over: snapshot.over,
    })
}

fn progress(layer: LayerProgress) -> PullProgress {
    let phase = match layer.phase {
        Phase::Waiting => "waiting",
        Phase::Downloading => "downloading",
        Phase::Downloaded => "downloaded",
        Phase::Done => "done",
    };
    PullProgress { phase: phase.into(), current: layer.current }
}

pub fn pull_authorize(args: PullAuthorize) -> Result<()> {
    handles::pull(args.handle)?.authorize(args.authorization);
    Ok(())
}

pub fn pull_end(args: Handle) -> Result<()> {
    if let Some(pull) = handles::take_pull(args.handle) {
        pull.end();
    }
    Ok(())
}
