//! What profiles mean, on the simulator; everything that needs neither libseccomp nor the kernel.
#![allow(clippy::unwrap_used, reason = "test code")]

mod common;

use common::simulator::{Call, run, steps};
use common::{ALLOW, ENOSYS, KILL_THREAD, arg, errno, profile, rule};
use rundlet_plan::{SeccompProfile, SeccompProgram, SeccompRule};
use rundlet_seccomp::{
    Arch, CompileOptions, SeccompError, compile, compile_with_report, uses_notify,
};

const EPERM: u32 = 0x0005_0001;

fn options() -> CompileOptions {
    CompileOptions::default().native(Arch::X86_64).enosys_stub(false)
}

fn compiled(profile: &SeccompProfile) -> SeccompProgram {
    compile(profile, &options()).unwrap()
}

fn on(arch: Arch, number: u32, args: [u64; 6]) -> Call {
    Call { number, audit: arch.audit(), args, big_endian: arch.is_big_endian() }
}

fn answer(profile: &SeccompProfile, number: u32, args: [u64; 6]) -> u32 {
    run(&compiled(profile).insns, &on(Arch::X86_64, number, args))
}

fn first(value: u64) -> [u64; 6] {
    [value, 0, 0, 0, 0, 0]
}

#[test]
fn returns_each_action() {
    let cases = [
        ("SCMP_ACT_KILL", None, 0),
        ("SCMP_ACT_KILL_THREAD", None, 0),
        ("SCMP_ACT_KILL_PROCESS", None, 0x8000_0000),
        ("SCMP_ACT_TRAP", None, 0x0003_0000),
        ("SCMP_ACT_ERRNO", None, EPERM),
        ("SCMP_ACT_ERRNO", Some(0), 0x0005_0000),
        ("SCMP_ACT_ERRNO", Some(38), errno(ENOSYS)),
        ("SCMP_ACT_TRACE", None, 0x7ff0_0001),
        ("SCMP_ACT_TRACE", Some(7), 0x7ff0_0007),
        ("SCMP_ACT_LOG", Some(7), 0x7ffc_0000),
        ("SCMP_ACT_NOTIFY", None, 0x7fc0_0000),
        ("SCMP_ACT_ALLOW", None, ALLOW),
    ];
    for (action, errno_ret, wanted) in cases {
        let read = SeccompRule { errno_ret, ..rule(&["read"], action, vec![]) };
        let all =
            SeccompProfile { default_errno_ret: Some(99), ..profile("SCMP_ACT_ERRNO", vec![read]) };
        assert_eq!(answer(&all, 0, [0; 6]), wanted, "{action}");
        assert_eq!(answer(&all, 1, [0; 6]), errno(99), "default beside {action}");
        assert_eq!(uses_notify(&all), action == "SCMP_ACT_NOTIFY");
    }
}

#[test]
fn compares_64_bits_with_each_operator() {
    const PIVOT: u64 = 0x1_0000_0005;
    type Holds = fn(u64) -> bool;
    let cases: [(&str, Holds); 6] = [
        ("SCMP_CMP_EQ", |v| v == PIVOT),
        ("SCMP_CMP_NE", |v| v != PIVOT),
        ("SCMP_CMP_LT", |v| v < PIVOT),
        ("SCMP_CMP_LE", |v| v <= PIVOT),
        ("SCMP_CMP_GT", |v| v > PIVOT),
        ("SCMP_CMP_GE", |v| v >= PIVOT),
    ];
    for (op, holds) in cases {
        let read = rule(&["read"], "SCMP_ACT_ALLOW", vec![arg(0, op, PIVOT, 0)]);
        let all = profile("SCMP_ACT_ERRNO", vec![read]);
        for value in [0, 4, 5, 6, PIVOT - 1, PIVOT, PIVOT + 1, 0x2_0000_0000, u64::MAX] {
            let wanted = if holds(value) { ALLOW } else { EPERM };
            assert_eq!(answer(&all, 0, first(value)), wanted, "{value:#x} {op} {PIVOT:#x}");
        }
    }
}

#[test]
fn masked_equal_takes_the_mask_from_value() {
    let read = rule(&["read"], "SCMP_ACT_ALLOW", vec![arg(0, "SCMP_CMP_MASKED_EQ", 0xf0, 0x1230)]);
    let all = profile("SCMP_ACT_ERRNO", vec![read]);
    assert_eq!(answer(&all, 0, first(0xff3f)), ALLOW);
    assert_eq!(answer(&all, 0, first(0xff4f)), EPERM);
}

#[test]
fn conditions_of_a_rule_must_all_hold_but_a_repeated_argument_offers_alternatives() {
    let both = vec![arg(1, "SCMP_CMP_EQ", 2, 0), arg(0, "SCMP_CMP_EQ", 1, 0)];
    let all = profile("SCMP_ACT_ERRNO", vec![rule(&["read"], "SCMP_ACT_ALLOW", both)]);
    assert_eq!(answer(&all, 0, [1, 2, 0, 0, 0, 0]), ALLOW);
    assert_eq!(answer(&all, 0, [1, 3, 0, 0, 0, 0]), EPERM);
    assert_eq!(answer(&all, 0, [0, 2, 0, 0, 0, 0]), EPERM);
    let either = vec![arg(0, "SCMP_CMP_EQ", 1, 0), arg(0, "SCMP_CMP_EQ", 2, 0)];
    let all = profile("SCMP_ACT_ERRNO", vec![rule(&["read"], "SCMP_ACT_ALLOW", either)]);
    let answers = [0, 1, 2, 3].map(|value| answer(&all, 0, first(value)));
    assert_eq!(answers, [EPERM, ALLOW, ALLOW, EPERM]);
}

#[test]
fn compares_the_low_word_where_arguments_have_32_bits() {
    let read = rule(&["read"], "SCMP_ACT_ALLOW", vec![arg(0, "SCMP_CMP_EQ", 0x7_0000_0001, 0)]);
    let mut all = profile("SCMP_ACT_ERRNO", vec![read]);
    all.architectures = vec!["SCMP_ARCH_X86".to_owned()];
    let insns = compiled(&all).insns;
    assert_eq!(run(&insns, &on(Arch::X86, 3, first(1))), ALLOW);
    assert_eq!(run(&insns, &on(Arch::X86_64, 0, first(1))), EPERM);
    assert_eq!(run(&insns, &on(Arch::X86_64, 0, first(0x7_0000_0001))), ALLOW);
}

#[test]
fn the_first_unconditional_rule_wins_over_all_others() {
    let rules = vec![
        rule(&["read"], "SCMP_ACT_TRAP", vec![arg(0, "SCMP_CMP_EQ", 1, 0)]),
        rule(&["read"], "SCMP_ACT_ALLOW", vec![]),
        rule(&["read"], "SCMP_ACT_LOG", vec![]),
    ];
    assert_eq!(answer(&profile("SCMP_ACT_ERRNO", rules), 0, first(1)), ALLOW);
}

#[test]
fn equality_wins_over_order_and_higher_arguments_over_lower_ones() {
    let rules = vec![
        rule(&["read"], "SCMP_ACT_TRAP", vec![arg(0, "SCMP_CMP_GE", 1, 0)]),
        rule(&["read"], "SCMP_ACT_ALLOW", vec![arg(0, "SCMP_CMP_EQ", 5, 0)]),
        rule(&["read"], "SCMP_ACT_LOG", vec![arg(3, "SCMP_CMP_EQ", 9, 0)]),
    ];
    let all = profile("SCMP_ACT_ERRNO", rules);
    assert_eq!(answer(&all, 0, first(5)), ALLOW);
    assert_eq!(answer(&all, 0, first(6)), 0x0003_0000);
    assert_eq!(answer(&all, 0, [5, 0, 0, 9, 0, 0]), 0x7ffc_0000);
}

#[test]
fn socket_on_x86_is_also_a_call_of_socketcall() {
    let socket = rule(&["socket"], "SCMP_ACT_ALLOW", vec![arg(0, "SCMP_CMP_NE", 40, 0)]);
    let mut all = profile("SCMP_ACT_ERRNO", vec![socket]);
    all.architectures = vec!["SCMP_ARCH_X86".to_owned()];
    let insns = compiled(&all).insns;
    let answers = [(359, 40), (359, 2), (102, 1), (102, 2)]
        .map(|(number, value)| run(&insns, &on(Arch::X86, number, first(value))));
    assert_eq!(answers, [EPERM, ALLOW, ALLOW, EPERM]);
}

#[test]
fn foreign_abis_are_killed() {
    let all = profile("SCMP_ACT_ALLOW", vec![]);
    let insns = compiled(&all).insns;
    assert_eq!(run(&insns, &on(Arch::X86, 1, [0; 6])), KILL_THREAD);
    assert_eq!(run(&insns, &on(Arch::X86_64, 0x4000_0001, [0; 6])), KILL_THREAD);
    assert_eq!(run(&insns, &on(Arch::X86_64, u32::MAX, [0; 6])), ALLOW);
    let x32 = SeccompProfile { architectures: vec!["SCMP_ARCH_X32".to_owned()], ..all };
    assert_eq!(run(&compiled(&x32).insns, &on(Arch::X86_64, 0x4000_0001, [0; 6])), ALLOW);
}

#[test]
fn newer_syscalls_than_the_profiles_get_enosys() {
    let with_stub = CompileOptions::default().native(Arch::X86_64);
    let rules = vec![rule(&["statx", "socket"], "SCMP_ACT_ALLOW", vec![])];
    let statx = 332;
    for (default, stubbed) in [
        ("SCMP_ACT_ERRNO", true),
        ("SCMP_ACT_KILL", true),
        ("SCMP_ACT_KILL_PROCESS", true),
        ("SCMP_ACT_TRAP", true),
        ("SCMP_ACT_LOG", false),
        ("SCMP_ACT_TRACE", false),
    ] {
        let all = profile(default, rules.clone());
        let insns = compile(&all, &with_stub).unwrap().insns;
        let beyond = run(&insns, &on(Arch::X86_64, statx + 1, [0; 6]));
        assert_eq!(beyond == errno(ENOSYS), stubbed, "{default}");
        assert_eq!(run(&insns, &on(Arch::X86_64, statx, [0; 6])), ALLOW);
        assert_ne!(run(&insns, &on(Arch::X86_64, statx - 1, [0; 6])), errno(ENOSYS));
    }
    let s390x = CompileOptions::default().native(Arch::S390x);
    let insns = compile(&profile("SCMP_ACT_ERRNO", rules), &s390x).unwrap().insns;
    assert_eq!(run(&insns, &on(Arch::S390x, 0, [0; 6])), errno(ENOSYS));
    assert_eq!(run(&insns, &on(Arch::S390x, 1, [0; 6])), EPERM);
}

#[test]
fn flags_are_those_that_runc_sets() {
    let flags = |names: &[&str]| {
        let flags = names.iter().map(|&name| name.to_owned()).collect();
        compile(&SeccompProfile { flags, ..profile("SCMP_ACT_ALLOW", vec![]) }, &options())
    };
    assert_eq!(flags(&[]).unwrap().flags, 0);
    assert_eq!(flags(&["SECCOMP_FILTER_FLAG_TSYNC"]).unwrap().flags, 0);
    let both = ["SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW"];
    assert_eq!(flags(&both).unwrap().flags, 6);
    assert_eq!(flags(&["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"]).unwrap().flags, 32);
    let error = flags(&["SECCOMP_FILTER_FLAG_LOG", "LOG"]).unwrap_err();
    assert_eq!(error, SeccompError::UnknownFlag { flag: "LOG".to_owned(), index: 1 });
}

#[test]
fn unknown_names_are_reported_and_ignored() {
    let names = ["read", "no_such_call", "arm_fadvise64_64"];
    let all = profile("SCMP_ACT_ERRNO", vec![rule(&names, "SCMP_ACT_ALLOW", vec![])]);
    let report = compile_with_report(&all, &options()).unwrap();
    assert_eq!(report.unknown, ["no_such_call"]);
}

#[test]
fn errors_point_at_their_place() {
    let with = |change: fn(&mut SeccompProfile)| {
        let fine = rule(&["read"], "SCMP_ACT_ALLOW", vec![arg(0, "SCMP_CMP_EQ", 0, 0)]);
        let mut all = profile("SCMP_ACT_ERRNO", vec![fine.clone(), fine]);
        change(&mut all);
        compile(&all, &options()).unwrap_err()
    };
    let cases: [(&str, SeccompError); 11] = [
        ("/defaultAction", with(|p| p.default_action = "ALLOW".to_owned())),
        ("/defaultAction", with(|p| p.default_action = "SCMP_ACT_NOTIFY".to_owned())),
        ("/defaultErrnoRet", with(|p| p.default_errno_ret = Some(65536))),
        ("/syscalls/1/action", with(|p| p.syscalls[1].action = "NO".to_owned())),
        ("/syscalls/1/args/0/op", with(|p| p.syscalls[1].args[0].op = "EQ".to_owned())),
        ("/syscalls/1/args/0/index", with(|p| p.syscalls[1].args[0].index = 6)),
        ("/syscalls/1/names/0", with(|p| p.syscalls[1].names[0].clear())),
        ("/architectures/0", with(|p| p.architectures = vec!["SCMP_ARCH_VAX".to_owned()])),
        ("/architectures/0", with(|p| p.architectures = vec!["SCMP_ARCH_S390X".to_owned()])),
        ("/syscalls/1", with(|p| p.syscalls[1].action = "SCMP_ACT_TRAP".to_owned())),
        ("/syscalls/1", with(|p| p.syscalls[1] = rule(&["write"], "SCMP_ACT_NOTIFY", vec![]))),
    ];
    for (pointer, error) in cases {
        assert_eq!(error.pointer(), pointer, "{error}");
    }
    let conflict = with(|p| p.syscalls[1].action = "SCMP_ACT_TRAP".to_owned());
    let (syscall, arch) = ("read", "SCMP_ARCH_X86_64");
    assert_eq!(conflict, SeccompError::Conflict { syscall, arch, rule: 1, earlier: 0 });
}

/// More outcomes and longer chains than a jump of 8 bits reaches.
#[test]
fn long_jumps_reach_their_targets() {
    let names = ["read", "write", "open", "close", "stat", "fstat", "lstat", "poll"];
    let mut rules = Vec::new();
    for (number, name) in names.iter().enumerate() {
        for value in 0..45_u32 {
            let op = ["SCMP_CMP_EQ", "SCMP_CMP_GE"][(value % 2) as usize];
            let args = vec![arg(0, op, u64::from(value) << 33, 0), arg(1, "SCMP_CMP_NE", 7, 0)];
            let errno_ret = Some(number as u32 * 45 + value);
            rules.push(SeccompRule { errno_ret, ..rule(&[name], "SCMP_ACT_ERRNO", args) });
        }
    }
    let all = profile("SCMP_ACT_ALLOW", rules);
    let insns = compiled(&all).insns;
    assert!(insns.len() > 2000, "{}", insns.len());
    assert!(insns.iter().any(|insn| insn.code == 5), "no long jump in the test");
    for number in 0..8 {
        for value in 0..45_u32 {
            let wanted = errno(number * 45 + value);
            let call = on(Arch::X86_64, number, [u64::from(value) << 33, 0, 0, 0, 0, 0]);
            assert_eq!(run(&insns, &call), wanted, "{number} {value}");
            let call = on(Arch::X86_64, number, [u64::from(value) << 33, 7, 0, 0, 0, 0]);
            assert_eq!(run(&insns, &call), ALLOW, "{number} {value}");
        }
    }
}

#[test]
fn programs_above_the_kernels_limit_are_refused() {
    let rules = (0..2000)
        .map(|value| rule(&["read"], "SCMP_ACT_ERRNO", vec![arg(0, "SCMP_CMP_GE", value << 32, 0)]))
        .collect();
    let error = compile(&profile("SCMP_ACT_ALLOW", rules), &options()).unwrap_err();
    assert!(matches!(error, SeccompError::TooLong { limit: 4096, .. }), "{error}");
}

#[test]
fn dockers_profile_is_small_and_shallow() {
    let Some(all) = common::docker_profile() else { return };
    let insns = compile(&all, &CompileOptions::default().native(Arch::X86_64)).unwrap().insns;
    assert!(insns.len() < 300, "{} instructions", insns.len());
    let deepest = (0..480)
        .map(|number| steps(&insns, &on(Arch::X86_64, number, [u64::MAX; 6])))
        .max()
        .unwrap();
    assert!(deepest < 24, "{deepest} steps");
}
