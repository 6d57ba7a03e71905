//! Where the programs of this build are.

use crate::failure::{At, Failure, Result};
use rundlet_plan::OwnPrograms;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

static DIRECTORY: OnceLock<PathBuf> = OnceLock::new();

/// `crate::set_programs`.
pub fn set_programs(directory: PathBuf) {
    // The first call wins.
    let _ = DIRECTORY.set(directory);
}

pub fn own_programs(_: ()) -> Result<OwnPrograms> {
    let rundlet = match DIRECTORY.get() {
        Some(directory) => directory.join("rundlet"),
        None => own_executable()?,
    };
    let shim = rundlet.with_file_name("rundlet-shim");
    Ok(OwnPrograms { rundlet: text(&rundlet)?, shim: text(&shim)? })
}

/// Whatever name it was called by.
fn own_executable() -> Result<PathBuf> {
    std::env::current_exe().at("readlink", "/proc/self/exe")
}

fn text(path: &Path) -> Result<String> {
    path.to_str().map(str::to_owned).ok_or_else(|| {
        Failure::text(path.to_string_lossy(), "the path of this program is not UTF-8")
    })
}
