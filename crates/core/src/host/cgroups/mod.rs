//! Cgroups of v1 and v2: make, limit, join, list, remove.

mod devices;
mod devices_bpf;
mod freezer;
mod group;
pub mod hierarchies;
mod listing;
mod remove;
mod signal;
mod v1;
mod v2;
mod write;

pub use devices::{Line, outcome as device_outcome};
pub use freezer::{freeze, is_frozen};
pub use group::Cgroups;
pub use listing::{cgroup_demand_empty, cgroup_processes};
pub use remove::cgroup_remove;
pub use signal::signal_group;
pub use write::cgroup_write;

use crate::failure::{Failure, Result};

/// A group's path must be absolute and clean, and below the hierarchy's root: nothing of ours is
/// ever done to a root group. (`..` is resolved by TypeScript; here it is an error.)
pub fn check_path(path: &str) -> Result<()> {
    let mut components = path.split('/');
    let clean = components.next() == Some("")
        && components.all(|part| !part.is_empty() && part != "." && part != "..")
        && !path.contains('\0');
    match clean && path.len() > 1 {
        true => Ok(()),
        false => Err(Failure::text(path, "not the clean absolute path of a group below the root")),
    }
}

#[cfg(test)]
mod tests {
    use super::check_path;

    #[test]
    fn only_clean_paths_below_the_root() {
        for good in ["/a", "/docker/0123", "/a..b/.c"] {
            check_path(good).unwrap();
        }
        for bad in ["", "/", "a", "/a/", "//a", "/a//b", "/../a", "/a/..", "/./a", "/a\0b"] {
            check_path(bad).unwrap_err();
        }
    }
}
