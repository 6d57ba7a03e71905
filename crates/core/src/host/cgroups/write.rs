//! `cgroupWrite`: new limits for groups in use, all of them or none.

use super::hierarchies::{CGROUP_MAGIC, CGROUP2_MAGIC, magic};
use super::v1::{fill_limit, open_limit};
use crate::failure::{Failure, Result};
use crate::host::files::read_small;
use rundlet_plan::{CgroupWrite, GroupWrites, GroupsWrites};
use rustix::io::Errno;

/// `RDTGROUP_SUPER_MAGIC` of <linux/magic.h>: Intel RDT's schemata are changed as limits are.
const RESCTRL_MAGIC: i64 = 0x0765_5821;

pub fn cgroup_write(args: GroupsWrites) -> Result<GroupsWrites> {
    let mut undo = Vec::new();
    for group in &args.groups {
        if let Err(failure) =
            must_be_group(&group.path).and_then(|()| write_group(group, &mut undo))
        {
            take_back(&undo);
            return Err(failure);
        }
    }
    undo.reverse();
    Ok(GroupsWrites { groups: undo })
}

fn must_be_group(path: &str) -> Result<()> {
    super::check_path(path)?;
    match magic(path) {
        Ok(CGROUP_MAGIC | CGROUP2_MAGIC | RESCTRL_MAGIC) => Ok(()),
        Ok(_) => Err(Failure::text(path, "not in a cgroup filesystem")),
        Err(errno) => Err(Failure::kernel("statfs", errno, path)),
    }
}

/// In order; what is invalid as yet once more after the others, as long as that helps.
fn write_group(group: &GroupWrites, undo: &mut Vec<GroupWrites>) -> Result<()> {
    let mut pending: Vec<&CgroupWrite> = group.writes.iter().collect();
    while !pending.is_empty() {
        let mut invalid = Vec::new();
        let mut first = None;
        for write in &pending {
            match write_one(&group.path, write, undo) {
                Ok(()) => {}
                Err(failure) if failure.is(Errno::INVAL) => {
                    invalid.push(*write);
                    first.get_or_insert(failure);
                }
                Err(failure) => return Err(failure),
            }
        }
        if let Some(failure) = first.filter(|_| invalid.len() == pending.len()) {
            return Err(failure);
        }
        pending = invalid;
    }
    Ok(())
}

fn write_one(path: &str, write: &CgroupWrite, undo: &mut Vec<GroupWrites>) -> Result<()> {
    let Some((fd, name)) = open_limit(path, write)? else { return Ok(()) };
    let before = read_small(&name).ok().and_then(|text| present_value(&text, write));
    fill_limit(&fd, name, path, write)?;
    undo.extend(before.map(|value| GroupWrites {
        path: path.to_owned(),
        writes: vec![CgroupWrite { value, ..write.clone() }],
    }));
    Ok(())
}

/// What to write to a file to get what it holds now; `None` where it does not tell.
fn present_value(text: &str, write: &CgroupWrite) -> Option<String> {
    let file = write.file.as_str();
    let key = write.value.split(' ').next().unwrap_or_default();
    let keyed = key.contains(':') || file == "rdma.max" || file == "net_prio.ifpriomap";
    if keyed {
        let line = text.lines().find(|line| line.split(' ').next() == Some(key));
        return line.map(str::to_owned).or_else(|| no_limit(file, key));
    }
    if file == "memory.oom_control" {
        return text
            .lines()
            .find_map(|line| line.strip_prefix("oom_kill_disable "))
            .map(str::to_owned);
    }
    let mut lines = text.lines();
    let first = lines.next().unwrap_or_default();
    // `default 100`, then devices with another weight.
    let whole = lines.next().is_none() || first.starts_with("default ");
    // An empty write would be none.
    whole.then(|| if first.is_empty() { "\n".to_owned() } else { first.to_owned() })
}

/// A device that a file does not name has no limit in it.
fn no_limit(file: &str, key: &str) -> Option<String> {
    match file {
        "io.max" => Some(format!("{key} rbps=max wbps=max riops=max wiops=max")),
        "rdma.max" => Some(format!("{key} hca_handle=max hca_object=max")),
        _ if file.starts_with("blkio.") => Some(format!("{key} 0")),
        _ => None,
    }
}

/// The last first; quietly, for another failure is being reported.
fn take_back(undo: &[GroupWrites]) {
    for group in undo.iter().rev() {
        let _ = write_group(group, &mut Vec::new());
    }
}

#[cfg(test)]
mod tests {
    use super::present_value;
    use rundlet_plan::CgroupWrite;

    fn present(file: &str, value: &str, text: &str) -> Option<String> {
        let (file, value) = (file.to_owned(), value.to_owned());
        present_value(text, &CgroupWrite { file, value, from: String::new(), if_exists: false })
    }

    #[test]
    fn what_takes_a_write_back() {
        for (file, value, text, back) in [
            ("memory.max", "1", "max\n", Some("max")),
            ("cpu.max", "5 10", "max 100000\n", Some("max 100000")),
            ("cpuset.cpus", "0", "\n", Some("\n")),
            ("io.weight", "7", "default 100\n8:0 200\n", Some("default 100")),
            ("io.max", "8:0 rbps=1", "8:0 rbps=9 wbps=max\n", Some("8:0 rbps=9 wbps=max")),
            (
                "io.max",
                "8:0 rbps=1",
                "8:16 rbps=9\n",
                Some("8:0 rbps=max wbps=max riops=max wiops=max"),
            ),
            ("blkio.throttle.read_bps_device", "8:0 1", "", Some("8:0 0")),
            ("net_prio.ifpriomap", "lo 5", "lo 0\neth0 1\n", Some("lo 0")),
            ("rdma.max", "mlx4_0 hca_handle=2", "", Some("mlx4_0 hca_handle=max hca_object=max")),
            ("memory.oom_control", "1", "oom_kill_disable 0\nunder_oom 0\n", Some("0")),
            ("memory.stat", "1", "a 1\nb 2\n", None),
        ] {
            assert_eq!(present(file, value, text).as_deref(), back, "{file}");
        }
    }
}
