//! `readContainer`, `listContainers`: records of containers together with what their status is computed
//! from, in one operation.

use super::files::{open, read_all, read_text};
use super::processes::container_status;
use crate::failure::{At, Result};
use rundlet_plan::{
    ContainerStatusFacts, ContainerStatusQuery, ListContainers, Listed, ListedContainer,
    ListedRecord, ProcessRef, ReadContainer, ReadText,
};
use rustix::fs::{AtFlags, FileType, OFlags, statat};
use rustix::io::Errno;
use serde::Deserialize;
use std::collections::BTreeMap;

/// What is needed here of a record in runc's format.
#[derive(Deserialize)]
struct Record {
    id: String,
    init_process_pid: i32,
    init_process_start: u64,
    #[serde(default)]
    created: String,
    #[serde(default)]
    cgroup_paths: Option<BTreeMap<String, String>>,
    config: Config,
}

#[derive(Deserialize)]
struct Config {
    #[serde(default)]
    version: String,
    rootfs: String,
    #[serde(default)]
    labels: Option<Vec<String>>,
}

impl Record {
    /// As `freezerPath` of src/state/cgroup-paths.ts: the v1 freezer's group, or the one of v2 alone.
    fn freezer(&self) -> String {
        let Some(paths) = &self.cgroup_paths else { return String::new() };
        let unified = || if paths.len() == 1 { paths.get("") } else { None };
        paths.get("freezer").or_else(unified).cloned().unwrap_or_default()
    }

    /// Nothing of a journal, which has no process yet.
    fn facts(&self, dir: &str) -> Result<ContainerStatusFacts> {
        if self.init_process_pid <= 0 {
            return Ok(ContainerStatusFacts { alive: false, fifo: false, frozen: false });
        }
        container_status(ContainerStatusQuery {
            process: ProcessRef { pid: self.init_process_pid, start_time: self.init_process_start },
            dir: dir.to_owned(),
            freezer: self.freezer(),
        })
    }
}

pub fn read_container(args: ReadContainer) -> Result<String> {
    let text = read_text(ReadText { path: format!("{}/state.json", args.dir), max: args.max })?;
    let line = match serde_json::from_str::<Record>(&text) {
        Ok(record) => {
            let facts = record.facts(&args.dir)?;
            let digit = |fact: bool| if fact { '1' } else { '0' };
            String::from_iter([digit(facts.alive), digit(facts.fifo), digit(facts.frozen)])
        }
        Err(_) => "000".to_owned(),
    };
    Ok(format!("{line}\n{text}"))
}

pub fn list_containers(args: ListContainers) -> Result<Listed> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY;
    let root = open(&args.root, flags, 0)?;
    let mut names = Vec::new();
    for entry in rustix::fs::Dir::read_from(&root).at("getdents64", &args.root)? {
        let entry = entry.at("getdents64", &args.root)?;
        // Names that are not UTF-8 are none of ours.
        if let Ok(name) = entry.file_name().to_str()
            && name != "."
            && name != ".."
            && matches!(entry.file_type(), FileType::Directory | FileType::Unknown)
        {
            names.push(name.to_owned());
        }
    }
    names.sort_unstable();
    let base = args.root.trim_end_matches('/');
    let mut containers = Vec::with_capacity(names.len());
    for name in names {
        let owner = match statat(&root, &name, AtFlags::SYMLINK_NOFOLLOW) {
            // Deleted meanwhile.
            Err(Errno::NOENT) => continue,
            other => other.at("stat", &name)?,
        };
        if FileType::from_raw_mode(owner.st_mode) != FileType::Directory {
            continue;
        }
        let dir = format!("{base}/{name}");
        let record = read_record(&dir, args.max);
        containers.push(ListedContainer { name, uid: owner.st_uid, record });
    }
    Ok(Listed { containers })
}

/// `None` where the caller has to look more closely, to say why.
fn read_record(dir: &str, max: u32) -> Option<ListedRecord> {
    let path = format!("{dir}/state.json");
    let file = open(&path, OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY, 0).ok()?;
    let bytes = read_all(&file, max as usize, &path).ok()?;
    let record: Record = serde_json::from_slice(&bytes).ok()?;
    let facts = record.facts(dir).ok()?;
    Some(ListedRecord {
        id: record.id,
        pid: record.init_process_pid,
        created: record.created,
        version: record.config.version,
        rootfs: record.config.rootfs,
        labels: record.config.labels.unwrap_or_default(),
        facts,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORD: &str = r#"{"id":"one","init_process_pid":PID,"init_process_start":START,
        "created":"now","cgroup_paths":{},"config":{"version":"1.3.0","rootfs":"/r",
        "labels":["bundle=/b"],"unknown":{"deep":[1]}}}"#;

    #[test]
    fn records_with_their_facts() {
        let root = std::env::temp_dir().join(format!("rundlet-list-{}", std::process::id()));
        for name in ["one", "broken", "empty"] {
            std::fs::create_dir_all(root.join(name)).unwrap();
        }
        std::fs::write(root.join("a file"), "").unwrap();
        let pid = std::process::id() as i32;
        let start = super::super::processes::read_stat(pid).unwrap().unwrap().start_time;
        let text = RECORD.replace("PID", &pid.to_string()).replace("START", &start.to_string());
        std::fs::write(root.join("one/state.json"), &text).unwrap();
        std::fs::write(root.join("broken/state.json"), "{").unwrap();

        let dir = |name: &str| root.join(name).to_str().unwrap().to_owned();
        let read = |name| read_container(ReadContainer { dir: dir(name), max: 9999 });
        assert_eq!(read("one").unwrap(), format!("100\n{text}"));
        assert_eq!(read("broken").unwrap(), "000\n{");
        assert!(read("empty").unwrap_err().is(Errno::NOENT));

        let listed = list_containers(ListContainers { root: dir(""), max: 9999 }).unwrap();
        let names: Vec<_> = listed.containers.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(names, ["broken", "empty", "one"]);
        let record = listed.containers[2].record.as_ref().unwrap();
        assert_eq!((record.pid, record.labels.as_slice()), (pid, &["bundle=/b".to_owned()][..]));
        assert!(record.facts.alive && !record.facts.fifo);
        assert!(listed.containers[0].record.is_none() && listed.containers[1].record.is_none());
        std::fs::remove_dir_all(root).unwrap();
    }
}
