//! Layers on their way to registries (crates/registry) as operations.

use super::files::open;
use super::handles;
use super::images::digest;
use super::registry::{answered, failure, pairs};
use crate::failure::{Failure, Result};
use rundlet_plan::{Handle, PackLayer, PackedLayer, RegistryAnswer, UploadBlob};
use rundlet_registry::Request;
use rustix::fs::OFlags;
use std::fs::File;

pub fn pack_layer(args: PackLayer) -> Result<PackedLayer> {
    let diff_id = digest(&args.diff_id)?
        .ok_or_else(|| Failure::text(&*args.split, "a layer without digest"))?;
    let split = File::from(open(&args.split, OFlags::RDONLY | OFlags::NOFOLLOW, 0)?);
    let root = open(&args.root, OFlags::PATH | OFlags::DIRECTORY, 0)?;
    let file = File::from(open(&args.spool, OFlags::TMPFILE | OFlags::RDWR, 0o600)?);
    let (digest, size) = rundlet_layers::pack_layer(&split, &root, diff_id, &file)?;
    Ok(PackedLayer { handle: handles::keep_blob(file), digest: digest.to_string(), size })
}

pub fn upload_blob(args: UploadBlob) -> Result<RegistryAnswer> {
    let client = handles::registry(args.registry)?;
    let file = handles::blob(args.blob)?;
    let request = Request {
        method: &args.method,
        url: &args.url,
        headers: &pairs(args.headers),
        body: None,
        max: args.max.into(),
    };
    client.put_file(&request, &file).map(answered).map_err(|error| failure(error, &args.url))
}

pub fn drop_blob(args: Handle) -> Result<()> {
    handles::drop_blob(args.handle);
    Ok(())
}
