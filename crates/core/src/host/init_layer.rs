//! The init layer without a mount. Taking an overlay away waits for all CPUs (RCU), which is most of the
//! time of a create; usual images need no more than a look into their layers.

use super::files::open;
use super::tree::{make_directory_at, make_entry};
use crate::failure::{At, Result};
use rundlet_plan::{OverlayLayers, TreeEntry};
use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::{
    AtFlags, FileType, Gid, Mode, OFlags, Uid, fchmod, fchown, flistxattr, fstat, openat, statat,
};
use rustix::io::Errno;

const DIRECTORY: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY);

/// Makes the entries in `upper` as they would come there through the overlay. False, and nothing is made,
/// where the layers are not plain: a file or whiteout in place of a directory, or a directory with
/// extended attributes, which may be opaque.
pub fn fill_plainly(layers: &OverlayLayers, entries: &[TreeEntry]) -> Result<bool> {
    let OverlayLayers { home, lower, upper, work } = layers;
    let roots: Vec<OwnedFd> = lower
        .iter()
        .map(|layer| open(&format!("{home}/{layer}"), DIRECTORY, 0))
        .collect::<Result<_>>()?;
    let Some(places) = plan(&roots, entries)? else { return Ok(false) };
    let top = open(&format!("{home}/{upper}"), DIRECTORY, 0)?;
    for Place { name, merged, entries } in &places {
        if entries.is_empty() {
            continue;
        }
        let made = match merged.first() {
            _ if name.is_empty() => None,
            None => Some(make_directory_at(&top, name, 0o755)?),
            Some(original) => Some(copy_up(&top, name, original)?),
        };
        let directory = made.as_ref().unwrap_or(&top);
        for (name, entry) in entries {
            make_entry(directory, name, entry)?;
        }
    }
    // What the first mount makes.
    let base = open(&format!("{home}/{work}"), DIRECTORY, 0)?;
    make_directory_at(&base, "work", 0).map(drop)?;
    Ok(true)
}

/// A directory of the init layer: the root, or one below it.
struct Place<'a> {
    /// Empty for the root.
    name: &'a str,
    /// What the image has there, topmost first.
    merged: Vec<OwnedFd>,
    entries: Vec<(&'a str, &'a TreeEntry)>,
}

fn plan<'a>(roots: &[OwnedFd], entries: &'a [TreeEntry]) -> Result<Option<Vec<Place<'a>>>> {
    let mut places: Vec<Place<'a>> = Vec::new();
    for entry in entries {
        let (way, name) = entry.path.split_once('/').unwrap_or(("", &entry.path));
        if name.contains('/') {
            return Ok(None);
        }
        let at = match places.iter().position(|place| place.name == way) {
            Some(at) => at,
            None => {
                let Some(merged) = merged(roots, way)? else { return Ok(None) };
                places.push(Place { name: way, merged, entries: Vec::new() });
                places.len() - 1
            }
        };
        let place = &mut places[at];
        match first(if way.is_empty() { roots } else { &place.merged }, name)? {
            Found::Directory => {}
            // Only overlayfs knows how a directory hides a file.
            Found::Other if entry.kind == "directory" => return Ok(None),
            Found::Other | Found::Missing => place.entries.push((name, entry)),
        }
    }
    Ok(Some(places))
}

/// The directories that overlayfs would merge.
fn merged(roots: &[OwnedFd], name: &str) -> Result<Option<Vec<OwnedFd>>> {
    let mut found = Vec::new();
    if name.is_empty() {
        return Ok(Some(found));
    }
    for root in roots {
        match look(root, name)? {
            Found::Missing => {}
            Found::Directory => {
                let flags = DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
                let directory = openat(root, name, flags, Mode::empty()).at("openat", name)?;
                if has_attributes(&directory, name)? {
                    return Ok(None);
                }
                found.push(directory);
            }
            Found::Other if found.is_empty() => return Ok(None),
            Found::Other => break,
        }
    }
    Ok(Some(found))
}

enum Found {
    Missing,
    Directory,
    /// A whiteout too.
    Other,
}

fn first(directories: &[OwnedFd], name: &str) -> Result<Found> {
    for directory in directories {
        match look(directory, name)? {
            Found::Missing => {}
            found => return Ok(found),
        }
    }
    Ok(Found::Missing)
}

fn look(directory: impl AsFd, name: &str) -> Result<Found> {
    match statat(directory, name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(stat) if FileType::from_raw_mode(stat.st_mode) == FileType::Directory => {
            Ok(Found::Directory)
        }
        Ok(_) => Ok(Found::Other),
        Err(Errno::NOENT) => Ok(Found::Missing),
        Err(errno) => Err(errno).at("fstatat", name),
    }
}

fn has_attributes(directory: &OwnedFd, name: &str) -> Result<bool> {
    match flistxattr(directory, &mut [] as &mut [u8]) {
        Ok(length) => Ok(length > 0),
        Err(Errno::NOTSUP) => Ok(false),
        Err(errno) => Err(errno).at("flistxattr", name),
    }
}

fn copy_up(top: &OwnedFd, name: &str, original: &OwnedFd) -> Result<OwnedFd> {
    let stat = fstat(original).at("fstat", name)?;
    let made = make_directory_at(top, name, 0o700)?;
    let (uid, gid) = (Uid::from_raw(stat.st_uid), Gid::from_raw(stat.st_gid));
    fchown(&made, Some(uid), Some(gid)).at("fchown", name)?;
    fchmod(&made, Mode::from_raw_mode(stat.st_mode & 0o7777)).at("fchmod", name)?;
    Ok(made)
}
