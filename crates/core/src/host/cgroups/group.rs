//! The groups of one launch: made, joined, and removed again if the launch fails.

use super::{check_path, v1, v2};
use crate::failure::{At, Failure, Result};
use crate::host::files::open;
use crate::host::systemd;
use rundlet_plan::{
    CgroupDir, CgroupPlan, CgroupVersion, DeviceRule, ProcessRef, SignalGroup, StopUnit,
    SystemdUnit, UnitManager,
};
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{Mode, OFlags, openat};
use rustix::io::Errno;

/// What stands after `make`. Filled as it goes, so that a failure halfway can be undone.
#[derive(Default)]
pub struct Cgroups {
    /// Directories that this launch made, parents first.
    made: Vec<String>,
    /// v1: `tasks` of each group, open for writing, with the group's path.
    tasks: Vec<(OwnedFd, String)>,
    /// v2: the group's directory.
    directory: Option<OwnedFd>,
    /// v2: `cgroup.procs` instead, for a process that is moved there after the clone.
    procs: Option<(OwnedFd, String)>,
    /// The group that accounts memory.
    memory: Option<(CgroupVersion, String)>,
    /// Optional groups that could not be made.
    left_out: Vec<String>,
    /// A process that may not join goes without (exec, rootless).
    may_fail: bool,
    /// exec: `cgroup.procs` cannot even be opened.
    shut: bool,
    /// The unit that this launch started.
    unit: Option<StopUnit>,
    /// exec: who may let a process in that has not the right, and the unit.
    doorkeeper: Option<(UnitManager, String)>,
}

impl Cgroups {
    /// Make the directories, write the limits and the device rules; nothing has joined yet.
    /// `of` is the container's first process, for a further one.
    pub fn make(&mut self, plan: &CgroupPlan, of: Option<ProcessRef>) -> Result<()> {
        self.may_fail = plan.optional && plan.existing;
        if let (true, Some(SystemdUnit { manager, name, .. })) = (plan.existing, &plan.systemd) {
            self.doorkeeper = Some((manager.clone(), name.clone()));
        }
        for group in &plan.groups {
            match self.make_one(plan, group, of) {
                Err(failure) if plan.optional && failure.is_permission() => {
                    refuse_limits(plan.version, group, &failure)?;
                    self.left_out.push(format!("{}{}", group.mount, group.path));
                }
                other => other?,
            }
        }
        Ok(())
    }

    pub fn left_out(&self) -> &[String] {
        &self.left_out
    }

    fn make_one(
        &mut self,
        plan: &CgroupPlan,
        group: &CgroupDir,
        of: Option<ProcessRef>,
    ) -> Result<()> {
        let path = absolute(group, plan.existing)?;
        match (plan.version, plan.existing) {
            (CgroupVersion::V1, true) => {
                self.tasks.push((open_tasks(&path)?, path));
            }
            (CgroupVersion::V2, true) => {
                self.directory = Some(v2::to_join(group, path, of)?);
            }
            (CgroupVersion::V1, false) => {
                let fd = v1::make(&mut self.made, plan, group, &path)?;
                if group.hierarchy.split(',').any(|name| name == "memory") {
                    self.memory = Some((plan.version, path.clone()));
                }
                self.tasks.push((fd, path));
            }
            (CgroupVersion::V2, false) => {
                self.directory = Some(v2::make(&mut self.made, plan, group, &path)?);
                self.memory = Some((plan.version, path));
            }
        }
        Ok(())
    }

    /// v2: for CLONE_INTO_CGROUP.
    pub fn directory(&self) -> Option<BorrowedFd<'_>> {
        self.directory.as_ref().map(AsFd::as_fd)
    }

    pub fn start_unit(&mut self, unit: &SystemdUnit, rules: &[DeviceRule], pid: i32) -> Result<()> {
        let SystemdUnit { manager, name, .. } = unit;
        systemd::start_unit(unit, rules, pid)?;
        self.unit = Some(StopUnit { manager: manager.clone(), name: name.clone() });
        Ok(())
    }

    /// v2: the process is in the group from its birth.
    pub fn is_in(&mut self) {
        self.directory = None;
    }

    /// v2: the group's directory is no use to a process in another user namespace, whose root may not
    /// write to its `cgroup.procs`; `join` does it with the rights of this one.
    pub fn join_later(&mut self) -> Result<()> {
        let Some(directory) = self.directory.take() else { return Ok(()) };
        let name = "cgroup.procs";
        let flags = OFlags::WRONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW;
        match openat(&directory, name, flags, Mode::empty()) {
            Ok(procs) => self.procs = Some((procs, name.to_owned())),
            // Tried again, by the doorkeeper or in vain.
            Err(Errno::ACCESS) if self.may_fail => self.shut = self.doorkeeper.is_some(),
            Err(errno) => return Err(Failure::kernel("openat", errno, name)),
        }
        Ok(())
    }

    /// v1: `tasks` of every group, for a single-threaded process to write its own 0 to. A thread that
    /// moves itself alone takes no lock on all forks of the machine (`cgroup_threadgroup_rwsem`), whose
    /// first writer after a while waits for RCU, often 15 ms; `cgroup.procs` always takes it.
    pub fn take_tasks(&mut self) -> Vec<OwnedFd> {
        self.tasks.drain(..).map(|(fd, _)| fd).collect()
    }

    /// Move a single-threaded process that does not do it itself.
    pub fn join(&mut self, pid: i32) -> Result<()> {
        for (fd, path) in std::mem::take(&mut self.tasks) {
            self.write_pid(&fd, pid, &tasks(&path))?;
        }
        self.join_v2(pid)
    }

    /// After `join_later`; else it is there already.
    pub fn join_v2(&mut self, pid: i32) -> Result<()> {
        if std::mem::take(&mut self.shut) {
            return self.ask(pid).map(drop);
        }
        let Some((fd, path)) = self.procs.take() else { return Ok(()) };
        match rustix::io::write(&fd, pid.to_string().as_bytes()) {
            Err(Errno::ACCESS | Errno::PERM) if self.ask(pid)? || self.may_fail => Ok(()),
            done => done.at("write", &path).map(drop),
        }
    }

    /// False where nobody can be asked, or says no.
    fn ask(&self, pid: i32) -> Result<bool> {
        let Some((manager, unit)) = &self.doorkeeper else { return Ok(false) };
        match systemd::attach(manager, unit, "/", pid) {
            Ok(()) => Ok(true),
            Err(_) if self.may_fail => Ok(false),
            Err(failure) => Err(failure),
        }
    }

    fn write_pid(&self, fd: &OwnedFd, pid: i32, path: &str) -> Result<()> {
        match rustix::io::write(fd, pid.to_string().as_bytes()) {
            Err(Errno::ACCESS | Errno::PERM) if self.may_fail => Ok(()),
            done => done.at("write", path).map(drop),
        }
    }

    /// Did the kernel kill something here for want of memory?
    pub fn had_oom_kill(&self) -> bool {
        let Some((version, path)) = &self.memory else { return false };
        let file = match version {
            CgroupVersion::V1 => "memory.oom_control",
            CgroupVersion::V2 => "memory.events",
        };
        crate::host::files::read_small(&format!("{path}/{file}")).is_ok_and(|text| {
            text.lines()
                .filter_map(|line| line.strip_prefix("oom_kill "))
                .any(|count| count.trim() != "0")
        })
    }

    /// Remove what this launch made, and what still runs in it; quietly, for another failure is being
    /// reported. Parents go only if nobody else has made use of them meanwhile.
    pub fn undo(&mut self) {
        self.tasks.clear();
        self.directory = None;
        self.procs = None;
        let made: Vec<String> = self.made.drain(..).rev().collect();
        let holds_others =
            |path: &String| made.iter().any(|other| other.starts_with(&format!("{path}/")));
        let (parents, leaves): (Vec<_>, Vec<_>) = made.iter().cloned().partition(holds_others);
        if let Some(unit) = self.unit.take() {
            let _ = systemd::stop_unit(unit);
        }
        let busy: Vec<String> =
            leaves.into_iter().filter(|path| rustix::fs::rmdir(path) == Err(Errno::BUSY)).collect();
        if !busy.is_empty() {
            let kill = SignalGroup { paths: busy.clone(), signal: libc::SIGKILL };
            let _ = super::signal_group(kill);
            let _ = super::remove::remove_all(&busy);
        }
        for path in parents {
            let _ = rustix::fs::rmdir(path);
        }
    }
}

/// runc's words for limits on a group that this user cannot make.
fn refuse_limits(version: CgroupVersion, group: &CgroupDir, failure: &Failure) -> Result<()> {
    let Some(write) = group.writes.iter().find(|write| !write.if_exists) else { return Ok(()) };
    let controller = write.file.split('.').next().unwrap_or_default();
    let words = match version {
        CgroupVersion::V1 => {
            format!("cannot set {controller} limit: container could not join or create cgroup")
        }
        CgroupVersion::V2 => format!(
            "rootless needs no limits + no cgrouppath when no permission is granted for cgroups: {}",
            failure.words()
        ),
    };
    Err(failure.clone().detail(words).asked_by(&write.from))
}

fn absolute(group: &CgroupDir, existing: bool) -> Result<String> {
    // A container may have been put into the root group by others; joining it is no harm.
    if existing && group.path == "/" {
        return Ok(group.mount.clone());
    }
    check_path(&group.path)?;
    check_path(&group.mount)?;
    Ok(format!("{}{}", group.mount, group.path))
}

/// The v2 tree of a hybrid host, which runc's containers are in too, has `cgroup.procs` only.
fn open_tasks(path: &str) -> Result<OwnedFd> {
    match open(&tasks(path), OFlags::WRONLY, 0) {
        Err(failure) if failure.is(Errno::NOENT) => {
            open(&format!("{path}/cgroup.procs"), OFlags::WRONLY, 0)
        }
        other => other,
    }
}

pub(super) fn tasks(path: &str) -> String {
    format!("{path}/tasks")
}

/// mkdir -p: what is made is noted. True if the last directory was made by us. In the usual case one
/// call.
pub(super) fn make_directories(made: &mut Vec<String>, path: &str) -> Result<bool> {
    match rustix::fs::mkdir(path, Mode::from_raw_mode(0o755)) {
        Ok(()) => {
            made.push(path.to_owned());
            Ok(true)
        }
        Err(Errno::EXIST) => Ok(false),
        Err(Errno::NOENT) => {
            let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
            if parent.is_empty() {
                return Err(Failure::kernel("mkdir", Errno::NOENT, path));
            }
            make_directories(made, parent)?;
            match rustix::fs::mkdir(path, Mode::from_raw_mode(0o755)) {
                Ok(()) => {
                    made.push(path.to_owned());
                    Ok(true)
                }
                Err(Errno::EXIST) => Ok(false),
                Err(errno) => Err(Failure::kernel("mkdir", errno, path)),
            }
        }
        Err(errno) => Err(Failure::kernel("mkdir", errno, path)),
    }
}

/// A group that was there before: nobody may be in it, or two containers would share their limits
/// and one `delete` would kill both. runc's words.
pub(super) fn must_be_empty(path: &str) -> Result<()> {
    let mut pids = std::collections::BTreeSet::new();
    super::listing::collect(path, &mut pids)?;
    match pids.len() {
        0 => Ok(()),
        count => Err(Failure::text(
            path,
            format!("container's cgroup is not empty: {count} process(es) found"),
        )),
    }
}

/// The descriptor must be of a cgroup filesystem: a hierarchy that is not mounted where the plan
/// says would otherwise become an ordinary directory.
pub(super) fn must_be_cgroup(fd: &OwnedFd, magic: i64, path: &str) -> Result<()> {
    let found = rustix::fs::fstatfs(fd).at("fstatfs", path)?.f_type as i64;
    match found == magic {
        true => Ok(()),
        false => Err(Failure::text(path, "not in a cgroup filesystem")),
    }
}
