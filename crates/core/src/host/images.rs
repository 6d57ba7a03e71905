//! Image archives and layers (crates/layers) as operations.

use super::files::open;
use super::handles;
use crate::failure::{Failure, Result};
use rundlet_layers::{Archive, Digest, LayerJob, Limits, OpenOptions, Pace, Unpacked};
use rundlet_plan::{
    ArchiveOpen, ArchiveText, FoundText, Handle, LayerSource, Platform, UnpackLayers,
    UnpackedLayer, UnpackedLayers,
};
use rustix::fd::OwnedFd;
use rustix::fs::OFlags;
use rustix::io::Errno;
use std::io::Read;

pub fn platform((): ()) -> Result<Platform> {
    let architecture = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "x86" => "386",
        "aarch64" => "arm64",
        "powerpc64" => "ppc64le",
        other => other,
    };
    Ok(Platform { architecture: architecture.to_owned() })
}

pub fn archive_open(args: ArchiveOpen) -> Result<Handle> {
    let path = (!args.path.is_empty()).then_some(&*args.path);
    let options = OpenOptions {
        spool: &args.spool,
        max_members: args.max_members as usize,
        max_bytes: args.max_bytes,
        whole: args.whole,
    };
    let archive = Archive::open(path, &options)?;
    Ok(Handle { handle: handles::keep_archive(archive) })
}

pub fn archive_text(args: ArchiveText) -> Result<FoundText> {
    let Some(member) = handles::archive(args.handle)?.find(&args.path)? else {
        return Ok(FoundText { found: false, text: String::new() });
    };
    if member.size() > u64::from(args.max) {
        return Err(Failure::kernel("read", Errno::FBIG, args.path));
    }
    let mut bytes = Vec::new();
    let mut member = member;
    member.read_to_end(&mut bytes).map_err(rundlet_layers::Error::from)?;
    match String::from_utf8(bytes) {
        Ok(text) => Ok(FoundText { found: true, text }),
        Err(_) => Err(Failure::kernel("read", Errno::ILSEQ, args.path)),
    }
}

pub fn unpack_layers(args: UnpackLayers) -> Result<UnpackedLayers> {
    let archive = handles::archive(args.handle)?;
    let jobs = args.layers.iter().map(|layer| job(&archive, layer)).collect::<Result<_>>()?;
    let limits = Limits { bytes: args.max_bytes, entries: args.max_entries };
    let layers = rundlet_layers::unpack_layers(jobs, limits, &Pace::default())?;
    Ok(UnpackedLayers { layers: layers.into_iter().map(unpacked).collect() })
}

fn job(archive: &Archive, layer: &LayerSource) -> Result<LayerJob> {
    let source = archive
        .find(&layer.path)?
        .ok_or_else(|| Failure::text(&*layer.path, "not in the archive"))?;
    Ok(LayerJob {
        name: layer.path.clone(),
        weight: source.size(),
        source: Box::new(source),
        digest: digest(&layer.digest)?,
        diff_id: digest(&layer.diff_id)?,
        root: open_root(&layer.root)?,
        split: create_split(&layer.split)?,
    })
}

/// The directory that gets a layer's files.
pub fn open_root(path: &str) -> Result<OwnedFd> {
    open(path, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW, 0)
}

pub fn create_split(path: &str) -> Result<OwnedFd> {
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW;
    open(path, flags, 0o644)
}

/// Empty is none.
pub fn digest(text: &str) -> Result<Option<Digest>> {
    match text {
        "" => Ok(None),
        _ => Digest::parse(text).map(Some).ok_or_else(|| Failure::text(text, "no SHA-256 digest")),
    }
}

pub fn unpacked(layer: Unpacked) -> UnpackedLayer {
    UnpackedLayer {
        digest: layer.digest.to_string(),
        diff_id: layer.diff_id.to_string(),
        size: layer.size,
    }
}
