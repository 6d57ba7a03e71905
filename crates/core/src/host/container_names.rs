//! Names of the engine's containers: one look into all records costs less than an index that may be stale.

use super::files::read_all;
use crate::failure::{At, Failure, Result};
use rundlet_plan::{ContainerName, ContainerNames, Path};
use rustix::fs::{Dir, Mode, OFlags, openat};
use rustix::io::Errno;
use serde::Deserialize;

/// A record is some kilobytes; labels and environments may be large.
const MAX_RECORD: usize = 16 << 20;

#[derive(Deserialize)]
struct Record {
    #[serde(rename = "Name", default)]
    name: String,
}

/// Directories without a record that can be read are left out: a container that comes or goes.
pub fn container_names(args: Path) -> Result<ContainerNames> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY;
    let directory = super::files::open(&args.path, flags, 0)?;
    let mut containers = Vec::new();
    for entry in Dir::read_from(&directory).at("getdents64", &args.path)? {
        let entry = entry.at("getdents64", &args.path)?;
        let Ok(id) = entry.file_name().to_str() else { continue };
        if id.len() != 64 || !id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
            continue;
        }
        let path = format!("{id}/config.v2.json");
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK;
        let file = match openat(&directory, &path, flags, Mode::empty()) {
            Ok(file) => file,
            Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => continue,
            Err(errno) => return Err(Failure::kernel("openat", errno, path)),
        };
        let bytes = read_all(&file, MAX_RECORD, &path)?;
        if let Ok(Record { name }) = serde_json::from_slice(&bytes) {
            containers.push(ContainerName { id: id.to_owned(), name });
        }
    }
    Ok(ContainerNames { containers })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_names_and_skips_the_rest() {
        let base = std::env::temp_dir().join(format!("rundlet-names-{}", std::process::id()));
        let id = "a".repeat(64);
        for (directory, text) in [
            (id.as_str(), r#"{"State":{"Pid":1},"Name":"/one","Args":[1]}"#),
            (&"b".repeat(64), "{"),
            ("notanid", r#"{"Name":"/two"}"#),
        ] {
            std::fs::create_dir_all(base.join(directory)).unwrap();
            std::fs::write(base.join(directory).join("config.v2.json"), text).unwrap();
        }
        std::fs::create_dir_all(base.join("c".repeat(64))).unwrap();
        let path = base.to_str().unwrap().to_owned();
        let found = container_names(Path { path: path.clone() }).unwrap();
        assert_eq!(found.containers, [ContainerName { id, name: "/one".into() }]);
        std::fs::remove_dir_all(&base).unwrap();
        assert!(container_names(Path { path }).unwrap_err().is(Errno::NOENT));
    }
}
