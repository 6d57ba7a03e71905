//! The container's process: an interpreter of acts. Each act has its file in `acts`; here is what they
//! share, and the order.

use crate::acts::{self, idmap::Maps, source::Slot};
use crate::channel::Channel;
use crate::error::{Error, Result};
use crate::procfs::Procfs;
use crate::root::{self, Root};
use crate::{report, stage, sys};
use alloc::ffi::CString;
use alloc::string::String;
use alloc::vec::Vec;
use rundlet_plan::{Act, FromInit, Gate, InitPlan, SeccompProgram, StepList};
use rustix::fd::{AsFd, AsRawFd, OwnedFd};
use rustix::fs::Mode;
use rustix::process::umask;

/// What processes get that are not told otherwise.
const DEFAULT_UMASK: u32 = 0o022;

/// Descriptors that came with the plan.
pub struct Descriptors {
    /// Pidfd of the container to join.
    pub process: Option<OwnedFd>,
    /// exec.fifo, O_PATH.
    pub fifo: Option<OwnedFd>,
    /// Directory of the v2 cgroup to be cloned into.
    pub cgroup: Option<OwnedFd>,
}

pub struct Container {
    pub given: Descriptors,
    pub slots: Vec<Option<Slot>>,
    /// Where `openDevice` makes its nodes.
    pub nodes: Option<OwnedFd>,
    /// Of the mounts with mapped owners.
    pub id_maps: Vec<Maps>,
    root: Option<Root>,
    procfs: Option<Procfs>,
    /// Device numbers of the procfs at the container's /proc.
    pub procfs_device: Option<(u32, u32)>,
    /// Our own /dev/null, to cover files with.
    pub null: Option<OwnedFd>,
    /// An empty read-only tmpfs, to cover directories with.
    pub empty: Option<OwnedFd>,
    /// The namespace's mounts are shared, so the rootfs's parent must be taken out of that.
    pub shared: bool,
    /// The container's own /dev/null was made, so our stdio can move to it.
    pub own_devices: bool,
    pub umask: u32,
    /// A directory that root may not enter, to be tried again as the user.
    pub pending_cwd: Option<String>,
    pub program: Option<CString>,
    pub home: Option<String>,
    pub preserve: u32,
    gate: Gate,
    pub seccomp: Vec<SeccompProgram>,
    pub seccomp_notify: bool,
    pub uses_procfs: bool,
    /// The gate's way to the fifo, where the container has no procfs of its own.
    gate_procfs: Option<Procfs>,
    needs_gate_procfs: bool,
    settled: bool,
    loopback_by_stage_1: bool,
}

impl Container {
    pub fn new(plan: &InitPlan, given: Descriptors) -> Container {
        let uses_procfs = plan.steps.iter().any(|act| {
            matches!(act, Act::Sysctl { .. } | Act::Apparmor { .. } | Act::Selinux { .. })
        });
        let mounts_proc = plan.steps.iter().any(|act| match act {
            Act::Mount(mount) => mount.fstype == "proc" && root::clean(&mount.target) == "/proc",
            _ => false,
        });
        Container {
            given,
            slots: Vec::new(),
            nodes: None,
            id_maps: Vec::new(),
            root: None,
            procfs: None,
            procfs_device: None,
            null: None,
            empty: None,
            shared: true,
            own_devices: false,
            umask: DEFAULT_UMASK,
            pending_cwd: None,
            program: None,
            home: None,
            preserve: plan.preserve_fds,
            gate: plan.gate.clone(),
            seccomp: Vec::new(),
            seccomp_notify: plan.seccomp_notify,
            uses_procfs,
            gate_procfs: None,
            needs_gate_procfs: matches!(plan.gate, Gate::Fifo { .. }) && !mounts_proc,
            settled: false,
            loopback_by_stage_1: stage::does_loopback(plan),
        }
    }

    /// Returns only with an error, which has been reported.
    pub fn run(mut self, channel: &Channel, plan: InitPlan) -> Result<()> {
        // Modes are the plan's, exactly.
        umask(Mode::empty());
        self.seccomp = plan.seccomp;
        if self.needs_gate_procfs {
            // Now, while we have the right to mount one.
            self.gate_procfs = Procfs::processes().ok();
        }
        for (step, act) in plan.steps.iter().enumerate() {
            let rest = &plan.steps[step + 1..];
            if let Err(error) = self.perform(channel, step, act, rest) {
                report::failure(channel, StepList::Steps, step, error);
                return Err(Error::Orphaned);
            }
        }
        let error = Error::refused("execve", "plan", "the plan ends without a program");
        report::failure(channel, StepList::Steps, plan.steps.len(), error);
        Err(Error::Orphaned)
    }

    fn perform(&mut self, channel: &Channel, step: usize, act: &Act, rest: &[Act]) -> Result<()> {
        match act {
            Act::OpenSource(source) => acts::source::open(self, source),
            Act::OomScoreAdj { value } => acts::oom::set_score(*value),
            Act::Propagation { flags } => acts::rootfs::propagation(self, *flags),
            Act::Rootfs { path, parent } => acts::rootfs::enter(self, path, *parent, rest),
            Act::Mount(mount) => acts::mounts::mount(self, mount),
            Act::Bind(bind) => acts::bind::bind(self, bind),
            Act::Remount(remount) => acts::remount::remount(self, remount),
            Act::CgroupMount(mount) => acts::cgroup_mount::mount(self, mount),
            Act::Device(device) => acts::devices::make(self, device),
            Act::DeviceBind { path, slot } => acts::devices::bind(self, path, *slot),
            Act::Symlink { path, target, replace } => {
                acts::devices::symlink(self, path, target, *replace)
            }
            Act::Console(console) => acts::console::allocate(self, channel, console),
            Act::CgroupReady { unshare } => acts::gate::cgroup_ready(channel, *unshare),
            Act::Barrier { .. } => {
                channel.send(&FromInit::Barrier { step: step as u32 }, None)?;
                channel.wait_go()
            }
            Act::Hook(hook) => acts::hooks::run(self, channel, hook),
            Act::PivotRoot {} => acts::pivot::pivot_root(self),
            Act::MoveRoot {} => acts::pivot::move_root(self),
            Act::ChangeRoot {} => acts::pivot::change_root(self),
            Act::RootPropagation { flags } => acts::rootfs::final_propagation(*flags),
            Act::RootReadonly {} => acts::rootfs::readonly(self),
            Act::Mask { path } => acts::mask::mask(self, path),
            Act::ReadonlyPath { path } => acts::mask::readonly(self, path),
            Act::Sysctl { key, value } => acts::sysctl::write(self, key, value),
            Act::Hostname { name } => acts::names::hostname(name),
            Act::Domainname { name } => acts::names::domainname(name),
            Act::LoopbackUp {} if self.loopback_by_stage_1 => Ok(()),
            Act::LoopbackUp {} => acts::loopback::up(),
            other => self.perform_process(channel, other, rest),
        }
    }

    /// The acts on the process itself.
    fn perform_process(&mut self, channel: &Channel, act: &Act, rest: &[Act]) -> Result<()> {
        match act {
            Act::Session { terminal } => acts::session::start(*terminal),
            Act::Keyring { name } => acts::keyring::join(name),
            Act::Rlimit(limit) => acts::rlimits::set(limit),
            Act::Scheduler(scheduler) => acts::scheduling::scheduler(scheduler),
            Act::IoPriority { class, priority } => acts::scheduling::io(*class, *priority),
            Act::CpuAffinity { cpus } => acts::scheduling::affinity(cpus),
            Act::MemoryPolicy { mode, nodes } => acts::scheduling::memory(*mode, nodes),
            Act::Personality { domain } => acts::scheduling::personality(*domain),
            Act::NoNewPrivileges {} => acts::credentials::no_new_privileges(),
            Act::Apparmor { profile } => acts::labels::apparmor(self, profile),
            Act::Selinux { label } => acts::labels::selinux(self, label),
            Act::Umask { mask } => {
                self.umask = *mask;
                Ok(())
            }
            Act::Credentials(wanted) => acts::credentials::change(self, channel, wanted, rest),
            Act::Seccomp { program } => acts::seccomp::load(self, channel, *program),
            Act::Cwd { path, create } => acts::cwd::change(self, path, *create, rest),
            Act::LookupProgram { file, path } => acts::program::lookup(self, file, path),
            Act::WaitStart {} => self.wait_start(channel),
            Act::Exec(exec) => acts::exec::exec(self, channel, exec),
            _ => Err(Error::refused("plan", "plan", "an act that init does not know")),
        }
    }

    /// The root that container paths are resolved in: the rootfs, or for `exec` what is `/` now.
    pub fn root(&mut self) -> Result<&Root> {
        if self.root.is_none() {
            self.root = Some(root::current()?);
        }
        self.root.as_ref().ok_or(Error::Orphaned)
    }

    /// The rootfs, once there is one.
    pub fn rootfs(&self) -> Option<&Root> {
        self.root.as_ref()
    }

    pub fn set_root(&mut self, root: Root) {
        self.root = Some(root);
    }

    pub fn procfs(&mut self) -> Result<&Procfs> {
        if self.procfs.is_none() {
            self.procfs = Some(Procfs::full()?);
        }
        self.procfs.as_ref().ok_or(Error::Orphaned)
    }

    /// From here on the container (another process in it, if it shares a pid namespace) may look at us:
    /// nothing of the host, no directory, no mount may be left among our descriptors (CVE-2016-9962,
    /// CVE-2024-21626).
    pub fn settle(&mut self, channel: &Channel) {
        if core::mem::replace(&mut self.settled, true) {
            return;
        }
        self.slots.clear();
        self.id_maps.clear();
        self.root = None;
        self.procfs = None;
        self.null = None;
        self.empty = None;
        self.given.process = None;
        self.given.cgroup = None;
        let mut kept: Vec<u32> = Vec::new();
        kept.push(channel.as_fd().as_raw_fd() as u32);
        kept.extend(self.gate_procfs.as_ref().map(|procfs| procfs.as_fd().as_raw_fd() as u32));
        kept.extend(self.given.fifo.as_ref().map(|fd| fd.as_raw_fd() as u32));
        kept.sort_unstable();
        let mut first = 3 + self.preserve;
        for fd in kept {
            if fd > first {
                sys::close_range(first, fd - 1, false);
            }
            first = first.max(fd + 1);
        }
        sys::close_range(first, u32::MAX, false);
        umask(Mode::from_raw_mode(self.umask));
    }

    fn wait_start(&mut self, channel: &Channel) -> Result<()> {
        self.settle(channel);
        channel.send(&FromInit::Ready, None)?;
        channel.wait_go()?;
        match self.gate {
            Gate::Fifo { .. } => {
                acts::gate::pass_fifo(self.given.fifo.take(), self.gate_procfs.take())
            }
            Gate::Word {} => channel.wait_go(),
            Gate::Open {} => Ok(()),
        }
    }
}
