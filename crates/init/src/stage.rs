//! Stage 1, in the runtime's own namespaces: what has to be done before the container's process exists,
//! then that process. See the drawing in `rundlet_plan::wire`.

use crate::acts::net_device::Mover;
use crate::channel::Channel;
use crate::container::{Container, Descriptors};
use crate::error::{Context, Error, Result};
use crate::{acts, namespaces, report, sys};
use alloc::vec::Vec;
use linux_raw_sys::general as k;
use rundlet_plan::{Act, FromInit, Gate, InitPlan, NetDevice, StepList, ToInit};
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::io::Errno;

/// Returns in stage 1 when the container's process exists; that process itself never returns but with an
/// error.
pub fn run(socket: OwnedFd, wake: Option<OwnedFd>, preserve: i32) -> Result<()> {
    let channel = Channel::new(socket);
    if let Some(wake) = wake {
        channel.wait_for(&wake)?;
    }
    let (plan, fds) = match channel.receive()? {
        (ToInit::Plan(plan), fds) => (plan, fds),
        (ToInit::Go, _) => return Ok(()),
    };
    let (mut container, mover) = match start(&channel, &plan, fds, preserve) {
        Ok(started) => started,
        Err((list, step, error)) => {
            report::failure(&channel, list, step, error);
            return Err(Error::Orphaned);
        }
    };
    match spawn(&channel, &plan, &mut container, mover) {
        Ok(true) => container.run(&channel, *plan),
        Ok(false) => Ok(()),
        Err(error) => {
            report::failure(&channel, StepList::Stage, 0, error);
            Err(Error::Orphaned)
        }
    }
}

type Where = (StepList, usize, Error);

/// Everything up to the clone.
fn start(
    channel: &Channel,
    plan: &InitPlan,
    fds: Vec<OwnedFd>,
    preserve: i32,
) -> core::result::Result<(Container, Option<Mover>), Where> {
    let stage = |error| (StepList::Stage, 0, error);
    let descriptors = sort_descriptors(plan, fds).map_err(stage)?;
    if plan.preserve_fds != preserve as u32 {
        return Err(stage(Error::refused("exec", "rundlet-init", "arguments do not fit the plan")));
    }
    let mut container = Container::new(plan, descriptors);
    for (step, act) in plan.prepare.iter().enumerate() {
        prepare(&mut container, act).map_err(|error| (StepList::Prepare, step, error))?;
    }
    // The mounts keep their maps without them.
    container.id_maps.clear();
    container.nodes = None;
    let mover = acts::net_device::start(channel, &devices(plan)).map_err(stage)?;
    enter(channel, plan, &container).map_err(stage)?;
    Ok((container, mover))
}

/// The interfaces to move, with their steps.
fn devices(plan: &InitPlan) -> Vec<(usize, NetDevice)> {
    let device = |(step, act): (usize, &Act)| match act {
        Act::NetDevice(device) => Some((step, device.clone())),
        _ => None,
    };
    plan.prepare.iter().enumerate().filter_map(device).collect()
}

fn prepare(container: &mut Container, act: &Act) -> Result<()> {
    match act {
        Act::OpenSource(source) => acts::source::open(container, source),
        Act::OpenDevice { slot, device } => acts::devices::open(container, *slot, device),
        Act::RaiseLimit { resource, hard } => acts::rlimits::raise(*resource, *hard),
        Act::OomScoreAdj { value } => acts::oom::set_score(*value),
        Act::CpuAffinity { cpus } => acts::scheduling::affinity(cpus),
        // When the container's namespace is there.
        Act::NetDevice(_) => Ok(()),
        _ => Err(Error::refused("prepare", "plan", "this act cannot be prepared")),
    }
}

/// Descriptors that came with the plan, in the wire's order.
fn sort_descriptors(plan: &InitPlan, fds: Vec<OwnedFd>) -> Result<Descriptors> {
    let mut fds = fds.into_iter();
    let mut next = |wanted: bool| if wanted { fds.next().map(Some) } else { Some(None) };
    let process = next(plan.join_of.is_some());
    let fifo = next(matches!(plan.gate, Gate::Fifo { .. }));
    let cgroup = next(plan.into_cgroup);
    match (process, fifo, cgroup, fds.next()) {
        (Some(process), Some(fifo), Some(cgroup), None) => {
            Ok(Descriptors { process, fifo, cgroup })
        }
        _ => Err(Error::refused("recvmsg", "plan", "its descriptors are not the ones it needs")),
    }
}

/// Joins and makes the namespaces that must exist before the clone.
fn enter(channel: &Channel, plan: &InitPlan, container: &Container) -> Result<()> {
    let targets = namespaces::open_all(&plan.join)?;
    if let (Some((process, kinds)), Some(pidfd)) = (&plan.join_of, &container.given.process) {
        namespaces::join_process(pidfd.as_fd(), *process, *kinds)?;
    }
    namespaces::join_all(&targets)?;
    if plan.new_user {
        namespaces::new_user(channel, plan)?;
    }
    if plan.clone_flags & u64::from(k::CLONE_NEWTIME) != 0 {
        namespaces::new_time(&plan.time_offsets)?;
    }
    Ok(())
}

/// From a user namespace stage 1 may not enter those of a process that nobody may look into; there the
/// process has to do it itself.
pub fn does_loopback(plan: &InitPlan) -> bool {
    !plan.new_user && !plan.join.iter().any(|join| join.kind == "user")
}

/// Brings `lo` up in the new network namespace while the container's process mounts: the lock for it
/// (rtnl) may be held for milliseconds by the removal of other namespaces. The host side waits for our
/// end before it goes on to hooks or to the program.
fn loopback(plan: &InitPlan, pid: i32, pidfd: Option<BorrowedFd<'_>>) -> Result<()> {
    if !does_loopback(plan) || !plan.steps.iter().any(|act| matches!(act, Act::LoopbackUp {})) {
        return Ok(());
    }
    match namespaces::enter_network(pid, pidfd) {
        Ok(()) => acts::loopback::up(),
        // It died, and has told why.
        Err(error) if error.errno() == Errno::SRCH.raw_os_error() => Ok(()),
        Err(error) => Err(error),
    }
}

/// Clones; true in the container's process.
fn spawn(
    channel: &Channel,
    plan: &InitPlan,
    container: &mut Container,
    mover: Option<Mover>,
) -> Result<bool> {
    // The cgroup namespace waits for `CgroupReady`; the time namespace is unshared already.
    let later = u64::from(k::CLONE_NEWCGROUP | k::CLONE_NEWTIME | k::CLONE_NEWUSER);
    let flags = (plan.clone_flags & !later) | u64::from(k::CLONE_PARENT);
    let cgroup = container.given.cgroup.take();
    match sys::clone(flags, cgroup.as_ref().map(AsFd::as_fd)).on("clone3", "container process")? {
        sys::Forked::Child => {
            drop(cgroup);
            drop(mover);
            drop(container.given.process.take());
            // A copy of our memory is as secret as ours.
            sys::set_dumpable(false);
            Ok(true)
        }
        sys::Forked::Parent { pid, pidfd } => {
            let fd = pidfd.as_ref().map(AsFd::as_fd);
            channel.send(&FromInit::Child { pid }, fd)?;
            loopback(plan, pid, fd)?;
            if let Some(mover) = mover {
                acts::net_device::finish(mover, pid, fd)?;
            }
            Ok(false)
        }
    }
}
