//! Which hierarchies this host has and where the caller stands in them.

use crate::failure::Result;
use crate::host::files::read_small;
use rundlet_plan::{CgroupVersion, HierarchyFact};
use rustix::fs::statfs;

/// `CGROUP2_SUPER_MAGIC` and `CGROUP_SUPER_MAGIC` of <linux/magic.h>.
pub const CGROUP2_MAGIC: i64 = 0x6367_7270;
pub const CGROUP_MAGIC: i64 = 0x0027_e0eb;

pub fn magic(path: &str) -> rustix::io::Result<i64> {
    Ok(statfs(path)?.f_type as i64)
}

/// v2 if the root itself is one; a hybrid host (controllers on v1, an empty v2 tree at `unified`)
/// counts as v1, as for runc, and so does one without any.
pub fn version() -> CgroupVersion {
    match magic("/sys/fs/cgroup") {
        Ok(CGROUP2_MAGIC) => CgroupVersion::V2,
        _ => CgroupVersion::V1,
    }
}

pub fn unified(mount: &str, own: &str) -> HierarchyFact {
    let controllers = read_small(&format!("{mount}/cgroup.controllers")).unwrap_or_default();
    let own = own_groups(own).find(|group| group.controllers.is_empty());
    HierarchyFact {
        name: String::new(),
        mount: mount.to_owned(),
        controllers: controllers.split_whitespace().map(str::to_owned).collect(),
        own: own.map_or("/", |group| group.path).to_owned(),
    }
}

/// One line of /proc/self/cgroup, `4:memory:/a`; v2 is `0::/a`.
struct OwnGroup<'a> {
    controllers: &'a str,
    path: &'a str,
}

fn own_groups(text: &str) -> impl Iterator<Item = OwnGroup<'_>> {
    text.lines().filter_map(|line| {
        let mut fields = line.splitn(3, ':').skip(1);
        Some(OwnGroup { controllers: fields.next()?, path: fields.next()? })
    })
}

/// Every v1 hierarchy at its usual place `root/<controllers>`, found by one statfs each; only if one
/// is not there the mount table is read. The v2 tree of a hybrid host is left out unless it is all
/// there is. None at all where nothing is mounted.
pub fn legacy(root: &str, own: &str) -> Result<Vec<HierarchyFact>> {
    let mut mounts = None;
    let mut facts = Vec::new();
    for group in own_groups(own).filter(|group| !group.controllers.is_empty()) {
        let name = group.controllers.trim_start_matches("name=");
        let mount = format!("{root}/{name}");
        let usual = match group.path {
            "/" => magic(&mount),
            path => magic(&format!("{mount}{path}")),
        };
        if usual == Ok(CGROUP_MAGIC) {
            facts.push(fact(group.controllers, mount, group.path.to_owned()));
            continue;
        }
        if mounts.is_none() {
            mounts = Some(read_small("/proc/self/mountinfo")?);
        }
        // A hierarchy that is mounted nowhere cannot be used, and is no error.
        let found = mounts.as_deref().and_then(|text| find_mount(text, group.controllers));
        if let Some((mount, mount_root)) = found {
            let own = below(&mount_root, group.path);
            facts.push(fact(group.controllers, mount, own));
        }
    }
    if facts.is_empty() {
        let mount = format!("{root}/unified");
        if magic(&mount) == Ok(CGROUP2_MAGIC) {
            return Ok(vec![unified(&mount, own)]);
        }
    }
    facts.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(facts)
}

fn fact(controllers: &str, mount: String, own: String) -> HierarchyFact {
    HierarchyFact {
        name: mount.rsplit('/').next().unwrap_or_default().to_owned(),
        mount,
        controllers: controllers.split(',').map(str::to_owned).collect(),
        own,
    }
}

/// Mount point and mount root of the v1 hierarchy with these controllers, in
/// `36 35 98:0 /root /point options - cgroup cgroup rw,cpu,cpuacct`.
fn find_mount(mountinfo: &str, controllers: &str) -> Option<(String, String)> {
    mountinfo.lines().find_map(|line| {
        let (left, right) = line.split_once(" - ")?;
        let mut right = right.split(' ');
        if right.next() != Some("cgroup") {
            return None;
        }
        let options: Vec<&str> = right.nth(1)?.split(',').collect();
        if !controllers.split(',').all(|controller| options.contains(&controller)) {
            return None;
        }
        let mut left = left.split(' ');
        let mount_root = left.nth(3)?;
        Some((unescape(left.next()?), unescape(mount_root)))
    })
}

/// The path of /proc/self/cgroup as it is seen through a mount of a part of the hierarchy (inside a
/// container without a cgroup namespace).
fn below(mount_root: &str, own: &str) -> String {
    match own.strip_prefix(mount_root) {
        Some("") => "/".to_owned(),
        Some(rest) if rest.starts_with('/') && mount_root != "/" => rest.to_owned(),
        _ => own.to_owned(),
    }
}

/// `\040` and the like of the mount table.
fn unescape(field: &str) -> String {
    let mut text = String::with_capacity(field.len());
    let mut rest = field;
    while let Some((before, after)) = rest.split_once('\\') {
        text.push_str(before);
        match after.get(..3).and_then(|octal| u8::from_str_radix(octal, 8).ok()) {
            Some(byte) => {
                text.push(char::from(byte));
                rest = &after[3..];
            }
            None => {
                text.push('\\');
                rest = after;
            }
        }
    }
    text + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mount_table() {
        let table = "25 20 0:22 / /sys rw - sysfs sysfs rw\n\
            30 25 0:26 /docker/x /sys/fs/cgroup/my\\040cpu rw shared:9 - cgroup cgroup rw,cpu,cpuacct\n\
            31 25 0:27 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd\n";
        assert_eq!(
            find_mount(table, "cpuacct,cpu"),
            Some(("/sys/fs/cgroup/my cpu".into(), "/docker/x".into()))
        );
        assert_eq!(
            find_mount(table, "name=systemd"),
            Some(("/sys/fs/cgroup/systemd".into(), "/".into()))
        );
        assert_eq!(find_mount(table, "memory"), None);
    }

    #[test]
    fn own_group_through_a_partial_mount() {
        assert_eq!(below("/docker/x", "/docker/x"), "/");
        assert_eq!(below("/docker/x", "/docker/x/y"), "/y");
        assert_eq!(below("/docker/x", "/docker/xy"), "/docker/xy");
        assert_eq!(below("/", "/a"), "/a");
    }

    #[test]
    fn lines() {
        let groups: Vec<_> = own_groups("9:name=systemd:/a:b\n0::/c\n")
            .map(|group| (group.controllers, group.path))
            .collect();
        assert_eq!(groups, [("name=systemd", "/a:b"), ("", "/c")]);
    }
}
