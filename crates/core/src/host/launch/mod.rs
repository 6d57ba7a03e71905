//! `launch`: start rundlet-init, give it its plan, and answer what it asks until it stands at a
//! barrier, at the gate, or has become the container's program. Whatever fails, all that the launch
//! made is gone again when the failure is returned.

mod ahead;
mod channel;
mod conversation;
mod image;
mod maps;
mod namespaces;
mod peers;
mod plan;
mod stage;
mod stdio;
mod undo;

pub use ahead::{Ahead, launch_ahead, launch_ahead_end};
pub use conversation::Launch;
pub use image::set_init_image;
pub use stage::{give_up_prespawned, prespawn};
pub use stdio::give_away;

use crate::failure::{Failure, Result};
use crate::host::{handles, reaper};
use channel::Channel;
use conversation::Event;
use peers::Peer;
use rundlet_plan::{CgroupVersion, Gate, Handle, JoinNamespace, LaunchEvent, LaunchPlan};
use rustix::fd::AsFd;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

static KEEP_REAPING: AtomicBool = AtomicBool::new(false);

/// `crate::keep_reaping`.
pub fn keep_reaping() {
    KEEP_REAPING.store(true, Ordering::Relaxed);
}

/// Whether this program outlives what it starts.
pub fn keeps_reaping() -> bool {
    KEEP_REAPING.load(Ordering::Relaxed)
}

/// `launch`.
pub fn launch(plan: LaunchPlan) -> Result<LaunchEvent> {
    launch_until(plan, Launch::proceed)
}

/// `launchStart`.
pub fn launch_start(plan: LaunchPlan) -> Result<LaunchEvent> {
    launch_until(plan, |launch| Ok(launch.stand_started()))
}

fn launch_until(
    plan: LaunchPlan,
    first_event: impl FnOnce(&mut Launch) -> Result<Event>,
) -> Result<LaunchEvent> {
    // Others' sockets first: nothing has been made yet that a bad path would have to undo.
    let console_peer = Peer::connect_optional(plan.console_socket.as_deref())?;
    let pidfd_peer = Peer::connect_optional(plan.pidfd_socket.as_deref())?;
    let listener = plan.seccomp_listener.as_ref().map(|listener| listener.path.as_str());
    let listener_peer = Peer::connect_optional(listener).map_err(no_agent)?;
    let Ahead { stage, ends } = ahead::take_or_start(&plan)?;
    let mut launch = Launch::new(stage, ends);
    launch.console_peer = console_peer;
    launch.pidfd_peer = pidfd_peer;
    launch.listener_peer = listener_peer;
    match begin(&mut launch, plan).and_then(|()| first_event(&mut launch)) {
        Ok(event) => {
            let pipes = launch.give_pipes();
            let (handle, launch) = handles::keep_launch(launch);
            let launch = handles::lock_of(&launch);
            Ok(launch_event(&launch, handle, event, pipes))
        }
        Err(failure) => {
            launch.undo();
            Err(failure)
        }
    }
}

/// runc's words.
fn no_agent(failure: Failure) -> Failure {
    let cause = failure.clone().into_op("launch");
    let words = "failed to connect with seccomp agent specified in the seccomp profile: connect";
    let detail = format!("{words} {}: {}", cause.subject, cause.errno_text);
    failure.detail(detail).asked_by("/linux/seccomp/listenerPath")
}

/// Send the plan and, on v1, make the cgroups while init is already mounting; on v2 the group has to
/// be there first, for CLONE_INTO_CGROUP.
fn begin(launch: &mut Launch, plan: LaunchPlan) -> Result<()> {
    let cgroup = plan.cgroup;
    let v2 = cgroup.as_ref().is_some_and(|cgroup| cgroup.version == CgroupVersion::V2);
    let of = plan.namespaces.of;
    let target = of.map(namespaces::differing).transpose()?;
    let joins = |join: &JoinNamespace| join.kind == "user";
    let foreign = plan.user.is_some()
        || plan.namespaces.join.iter().any(joins)
        || target.as_ref().is_some_and(|(_, flags)| flags & namespaces::NEW_USER != 0);
    let unit = cgroup.as_ref().is_some_and(|cgroup| cgroup.systemd.is_some() && !cgroup.existing);
    // Before it is somebody whose processes this user may not move; and no unit is without a process.
    let early = unit || (foreign && !rustix::process::geteuid().is_root());
    if let (true, Some(cgroup)) = (v2 || early, &cgroup) {
        if unit {
            launch.start_unit(cgroup)?;
        }
        launch.cgroups.make(cgroup, of)?;
        match v2 {
            true if unit => launch.cgroups.is_in(),
            true if foreign => launch.cgroups.join_later()?,
            true => {}
            false => launch.join_early()?,
        }
    }
    let fifo = match &plan.gate {
        Gate::Fifo { dir } => {
            let (fd, path) = super::gate::make(dir)?;
            launch.fifo = Some(path);
            Some(fd)
        }
        _ => None,
    };
    launch.pidfd_text = if target.is_some() { "setns" } else { "standard" };
    launch.listener_state = plan.seccomp_listener.map(|listener| listener.state);
    launch.maps = plan.user.clone();
    launch.gate = plan.gate.clone();
    let init_plan = plan::init_plan(plan::Parts {
        create: plan.namespaces.create,
        join: plan.namespaces.join,
        join_of: plan.namespaces.of.zip(target.as_ref().map(|(_, flags)| *flags)),
        user: plan.user,
        time_offsets: plan.time_offsets,
        prepare: plan.prepare,
        steps: plan.steps,
        seccomp: plan.seccomp,
        gate: plan.gate,
        preserve_fds: plan.preserve_fds,
        into_cgroup: launch.cgroups.directory().is_some(),
    })?;
    let fds: Vec<_> = target
        .iter()
        .map(|(pidfd, _)| pidfd.as_fd())
        .chain(fifo.iter().map(AsFd::as_fd))
        .chain(launch.cgroups.directory())
        .collect();
    launch.tell_plan(init_plan, &fds)?;
    drop(fds);
    match cgroup {
        Some(cgroup) if !(v2 || early) => launch.cgroups.make(&cgroup, of),
        _ => Ok(()),
    }
}

/// `launchContinue`.
pub fn launch_continue(args: Handle) -> Result<LaunchEvent> {
    let launch = handles::launch(args.handle)?;
    let mut launch = handles::lock_of(&launch);
    match launch.go_on() {
        Ok(event) => Ok(launch_event(&launch, args.handle, event, [-1; 3])),
        Err(failure) => {
            handles::take_launch(args.handle);
            launch.undo();
            Err(failure)
        }
    }
}

/// `launchAbort`: as after a failure. One that is over already is no error.
pub fn launch_abort(args: Handle) -> Result<()> {
    if let Some(launch) = handles::take_launch(args.handle) {
        handles::lock_of(&launch).undo();
    }
    Ok(())
}

/// `launchRelease`: close our side; the process goes on. One that is over already is no error.
pub fn launch_release(args: Handle) -> Result<()> {
    let Some(launch) = handles::take_launch(args.handle) else { return Ok(()) };
    let process = handles::lock_of(&launch).process();
    if let (true, Ok(process)) = (keeps_reaping(), process) {
        // If it cannot be watched it stays a zombie until we exit: no reason to fail.
        reaper::watch(process, Box::new(|_| {}));
    }
    Ok(())
}

fn launch_event(launch: &Launch, handle: u32, event: Event, pipes: [i32; 3]) -> LaunchEvent {
    let reference = launch.reference();
    LaunchEvent {
        handle,
        kind: event.kind().to_owned(),
        step: event.step(),
        pid: reference.pid,
        start_time: reference.start_time,
        left_out: launch.cgroups.left_out().to_vec(),
        console: launch.has_console(),
        pipes,
    }
}

/// Handles hold launches across threads.
const _: fn() = || {
    fn can_be_shared<T: Send>() {}
    can_be_shared::<Mutex<Launch>>();
    can_be_shared::<Channel>();
};
