//! LaunchPlan → InitPlan: names to numbers, profiles to programs. Pure.

use super::namespaces::{NEW_USER, flag};
use crate::failure::{Failure, Result};
use rundlet_plan::{
    Act, Gate, InitPlan, JoinNamespace, ProcessRef, SeccompProgram, SeccompSource, Step,
    TimeOffset, UserMaps,
};

/// The parts of the plan that init gets.
pub struct Parts {
    pub create: Vec<String>,
    pub join: Vec<JoinNamespace>,
    pub join_of: Option<(ProcessRef, u64)>,
    pub user: Option<UserMaps>,
    pub time_offsets: Vec<TimeOffset>,
    pub prepare: Vec<Step>,
    pub steps: Vec<Step>,
    pub seccomp: Vec<SeccompSource>,
    pub gate: Gate,
    pub preserve_fds: u32,
    pub into_cgroup: bool,
}

pub fn init_plan(parts: Parts) -> Result<InitPlan> {
    let mut flags = 0;
    for name in &parts.create {
        flags |= flag(name)?;
    }
    for join in &parts.join {
        flag(&join.kind).map_err(|failure| failure.asked_by(&join.from))?;
    }
    let new_user = flags & NEW_USER != 0;
    if new_user != parts.user.is_some() {
        return Err(Failure::text("user", "a new user namespace and its maps belong together")
            .asked_by("/linux/uidMappings"));
    }
    let (seccomp, seccomp_notify) = compile_filters(&parts.seccomp)?;
    Ok(InitPlan {
        clone_flags: flags & !NEW_USER,
        new_user,
        join: parts.join,
        join_of: parts.join_of,
        time_offsets: parts.time_offsets,
        deny_setgroups: parts.user.as_ref().is_some_and(|user| user.deny_setgroups),
        root_maps: parts.user.map(|user| (user.uid, user.gid)),
        prepare: acts(parts.prepare),
        steps: acts(parts.steps),
        seccomp,
        seccomp_notify,
        gate: parts.gate,
        preserve_fds: parts.preserve_fds,
        into_cgroup: parts.into_cgroup,
    })
}

/// Init reports step numbers; TypeScript knows the pointers.
fn acts(steps: Vec<Step>) -> Vec<Act> {
    steps.into_iter().map(|step| step.act).collect()
}

/// The programs, and whether one of them notifies.
fn compile_filters(sources: &[SeccompSource]) -> Result<(Vec<SeccompProgram>, bool)> {
    use rundlet_seccomp::{CompileOptions, compile, uses_notify};
    let options = CompileOptions::default();
    let mut programs = Vec::with_capacity(sources.len());
    for source in sources {
        let program = compile(&source.profile, &options).map_err(|error| {
            Failure::text("seccomp", error.to_string()).asked_by(&format!(
                "{}{}",
                source.from,
                error.pointer()
            ))
        })?;
        programs.push(program);
    }
    Ok((programs, sources.iter().any(|source| uses_notify(&source.profile))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts() -> Parts {
        Parts {
            create: vec![],
            join: vec![],
            join_of: None,
            user: None,
            time_offsets: vec![],
            prepare: vec![],
            steps: vec![],
            seccomp: vec![],
            gate: Gate::Open {},
            preserve_fds: 0,
            into_cgroup: false,
        }
    }

    #[test]
    fn user_namespace_is_apart_from_the_others() {
        let user = UserMaps { uid: vec![], gid: vec![], deny_setgroups: true, helpers: false };
        let create = ["pid", "user", "mount"].map(String::from).into();
        let plan = init_plan(Parts { create, user: Some(user), ..parts() }).unwrap();
        assert_eq!((plan.clone_flags, plan.new_user), (0x2002_0000, true));
        assert!(plan.deny_setgroups);
    }

    #[test]
    fn wrong_names_and_missing_maps() {
        let create = vec!["net".to_owned()];
        assert!(init_plan(Parts { create, ..parts() }).is_err());
        let create = vec!["user".to_owned()];
        assert!(init_plan(Parts { create, ..parts() }).is_err());
        let join = vec![JoinNamespace { kind: "x".into(), path: "/p".into(), from: "/f".into() }];
        let failure = init_plan(Parts { join, ..parts() }).unwrap_err();
        assert_eq!(failure.from.unwrap(), "/f");
    }
}
