//! The compiler against the installed libseccomp: same profile, both programs in the simulator.
//!
//! Both must answer every call alike, but for two faults of libseccomp 2.5.4, met only where several
//! conditional rules share a syscall: rules that its tree mixes up (`reference::mixed_up_by_libseccomp`),
//! and comparisons that its program makes on a word which another way has loaded
//! (`simulator::ambiguous`). There, as everywhere, our answer must be that of a rule which matches.
//!
//! `PROFILES` and `FIRST` in the environment choose how many random profiles, and from which seed.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "test code")]

#[cfg(not(feature = "oracle"))]
#[test]
#[ignore = "needs libseccomp-dev: cargo test -p rundlet-seccomp --features oracle"]
fn against_libseccomp() {}

#[cfg(feature = "oracle")]
mod common;

#[cfg(feature = "oracle")]
mod against_libseccomp {
    use std::collections::HashSet;

    use rundlet_plan::{BpfInsn, SeccompProfile};
    use rundlet_seccomp::{Arch, CompileOptions, SeccompError, compile, compile_with_report};

    use crate::common::abis::{ARCHES, numbers, owner};
    use crate::common::generator::{self, Random};
    use crate::common::oracle::{Filter, direct, known_names, resolve};
    use crate::common::simulator::{Call, ambiguous, run, visit};
    use crate::common::{self, ENOSYS, KILL_THREAD, errno, reference};

    /// runc's prefix to the filter, from patchbpf: some for ENOSYS.
    fn stub(profile: &SeccompProfile, arches: &[Arch], call: &Call) -> Option<u32> {
        let default = profile.default_action.as_str();
        if matches!(default, "SCMP_ACT_ALLOW" | "SCMP_ACT_LOG" | "SCMP_ACT_TRACE") {
            return None;
        }
        let names = || profile.syscalls.iter().flat_map(|rule| &rule.names);
        let largest = |arch| names().filter_map(|name| resolve(arch, name)).max().unwrap_or(0);
        let x32_bit = call.number & 0x4000_0000 != 0;
        let arch = arches.iter().copied().find(|arch| {
            arch.audit() == call.audit
                && match arch {
                    Arch::X86_64 => !x32_bit,
                    Arch::X32 => x32_bit,
                    _ => true,
                }
        })?;
        let largest = u32::try_from(largest(arch)).unwrap_or(0);
        let zero = matches!(arch, Arch::S390 | Arch::S390x) && call.number == 0;
        (largest != 0 && (call.number > largest || zero)).then_some(errno(ENOSYS))
    }

    #[derive(Default, Debug)]
    struct Tally {
        compared: usize,
        mixed_up: usize,
        /// libseccomp's answer is that of no rule that matches.
        impossible: usize,
        differing: usize,
        /// Ways through libseccomp's program that compare what another way has loaded.
        stale: usize,
        conflicts: usize,
        disagreed: usize,
    }

    struct Case<'a> {
        what: String,
        profile: &'a SeccompProfile,
        arches: &'a [Arch],
        theirs: Vec<BpfInsn>,
        plain: Vec<BpfInsn>,
        stubbed: Vec<BpfInsn>,
    }

    impl Case<'_> {
        fn compare(&self, random: &mut Random, vectors: usize, tally: &mut Tally) {
            let boundaries = generator::boundaries(self.profile);
            let ambiguous = ambiguous(&self.theirs);
            let default =
                reference::action(&self.profile.default_action, self.profile.default_errno_ret);
            let touched = touched(self.profile, self.arches);
            for &arch in self.arches {
                for number in numbers(arch) {
                    let owner = owner(self.arches, arch, number);
                    let rules = if touched.contains(&number) {
                        reference::alternatives(self.profile, owner, number, &resolve, &direct)
                    } else {
                        Vec::new()
                    };
                    let mixed_up = reference::mixed_up_by_libseccomp(&rules, owner.is_wide());
                    let conditional = rules.iter().any(|rule| !rule.args.is_empty());
                    for _ in 0..if conditional { vectors } else { 2 } {
                        let call = Call {
                            number,
                            audit: arch.audit(),
                            args: generator::arguments(random, &boundaries),
                            big_endian: arch.is_big_endian(),
                        };
                        let ours = run(&self.plain, &call);
                        let mut stale = false;
                        let theirs = visit(&self.theirs, &call, |at| stale |= ambiguous[at]);
                        tally.compared += 1;
                        let possible =
                            reference::possible(&rules, &call.args, owner.is_wide(), default);
                        if !rules.is_empty() {
                            assert!(
                                possible.contains(&ours),
                                "{}: {call:x?}: {ours:x} is none of {possible:x?} of {rules:?}",
                                self.what
                            );
                        }
                        tally.mixed_up += usize::from(mixed_up);
                        tally.stale += usize::from(stale);
                        if ours != theirs && (stale || mixed_up) {
                            tally.differing += 1;
                            tally.impossible += usize::from(!possible.contains(&theirs));
                        } else {
                            assert_eq!(
                                ours, theirs,
                                "{}: {call:x?}: ours {ours:x}, libseccomp {theirs:x}; {rules:?}",
                                self.what
                            );
                        }
                        let wanted = stub(self.profile, self.arches, &call).unwrap_or(ours);
                        assert_eq!(
                            run(&self.stubbed, &call),
                            wanted,
                            "{}: stub: {call:x?}",
                            self.what
                        );
                    }
                }
            }
            let foreign = Call { number: 1, audit: 0x1234, args: [0; 6], big_endian: false };
            for program in [&self.theirs, &self.plain, &self.stubbed] {
                assert_eq!(run(program, &foreign), KILL_THREAD, "{}", self.what);
            }
        }
    }

    /// Numbers on which rules may act.
    fn touched(profile: &SeccompProfile, arches: &[Arch]) -> HashSet<u32> {
        let names = profile.syscalls.iter().flat_map(|rule| &rule.names);
        let direct = names.flat_map(|name| arches.iter().filter_map(|&arch| direct(arch, name)));
        direct.filter_map(|n| u32::try_from(n).ok()).chain([102, 117, 4102, 4117]).collect()
    }

    fn options(arches: &[Arch], stub: bool) -> CompileOptions {
        CompileOptions::default().native(arches[0]).enosys_stub(stub)
    }

    fn oracle(profile: &SeccompProfile, arches: &[Arch]) -> Filter {
        let mut filter = Filter::new(profile, arches);
        for rule in &profile.syscalls {
            filter.add(rule).unwrap();
        }
        filter
    }

    /// Leaves out rules that cannot be added, after comparing that both say so.
    fn settle(
        what: &str,
        mut profile: SeccompProfile,
        arches: &[Arch],
        tally: &mut Tally,
    ) -> SeccompProfile {
        let rules = std::mem::take(&mut profile.syscalls);
        let mut filter = Filter::new(&profile, arches);
        for rule in rules {
            let theirs = filter.add(&rule);
            profile.syscalls.push(rule);
            let ours = compile(&profile, &options(arches, false));
            if ours.is_ok() && theirs.is_ok() {
                continue;
            }
            let conflict = matches!(ours, Err(SeccompError::Conflict { .. }));
            assert!(ours.is_ok() || conflict, "{what}: {ours:?}");
            if ours.is_ok() || theirs.is_ok() {
                assert!(ours.is_ok(), "{what}: refused by us alone: {ours:?}");
                let last = profile.syscalls.last().unwrap();
                let mixed_up =
                    last.names.iter().any(|name| touches_mixed_up(&profile, arches, name));
                assert!(mixed_up, "{what}: ours {ours:?}, libseccomp {theirs:?}: {profile:#?}");
                tally.disagreed += 1;
            } else {
                assert_eq!(theirs, Err(-libc::EEXIST), "{what}");
                tally.conflicts += 1;
            }
            profile.syscalls.pop();
            filter = oracle(&profile, arches);
        }
        profile
    }

    /// Also where it has no number: libseccomp keeps, and checks, a tree for those names too.
    fn touches_mixed_up(profile: &SeccompProfile, arches: &[Arch], name: &str) -> bool {
        arches.iter().any(|&arch| {
            let number = direct(arch, name).and_then(|n| u32::try_from(n).ok());
            let Some(number) = number else { return true };
            [number, 102, 117].into_iter().any(|number| {
                let rules = reference::alternatives(profile, arch, number, &resolve, &direct);
                reference::mixed_up_by_libseccomp(&rules, arch.is_wide())
            })
        })
    }

    fn check(
        what: String,
        profile: &SeccompProfile,
        arches: &[Arch],
        vectors: usize,
        random: &mut Random,
        tally: &mut Tally,
    ) -> (usize, usize) {
        let theirs = oracle(profile, arches).program();
        let plain = compile(profile, &options(arches, false)).unwrap().insns;
        let stubbed = compile(profile, &options(arches, true)).unwrap().insns;
        let sizes = (plain.len(), theirs.len());
        Case { what, profile, arches, theirs, plain, stubbed }.compare(random, vectors, tally);
        sizes
    }

    /// Names the oracle does not know would be allowed by us alone.
    fn known_to_oracle(mut profile: SeccompProfile) -> SeccompProfile {
        for rule in &mut profile.syscalls {
            rule.names.retain(|name| resolve(Arch::X86_64, name).is_some());
        }
        profile
    }

    #[test]
    fn agrees_on_dockers_profile() {
        let Some(profile) = common::docker_profile() else { return };
        let unknown = compile_with_report(&profile, &CompileOptions::default()).unwrap().unknown;
        assert_eq!(unknown, Vec::<&str>::new());
        let profile = known_to_oracle(profile);
        let mut tally = Tally::default();
        for arches in [ARCHES[1], ARCHES[5], ARCHES[12], ARCHES[10]] {
            let mut profile = profile.clone();
            profile.architectures = arches.iter().map(|arch| arch.name().to_owned()).collect();
            let what = format!("Docker's profile on {arches:?}");
            let sizes = check(what, &profile, arches, 4000, &mut Random::new(7), &mut tally);
            println!("{arches:?}: {} instructions, libseccomp {}", sizes.0, sizes.1);
        }
        println!("{tally:?}");
        assert_eq!(tally.mixed_up, 0);
    }

    #[test]
    fn agrees_on_random_profiles() {
        let known = known_names();
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        let mut tally = Tally::default();
        let profiles: u64 =
            std::env::var("PROFILES").ok().and_then(|n| n.parse().ok()).unwrap_or(500);
        let first = std::env::var("FIRST").ok().and_then(|n| n.parse().ok()).unwrap_or(1);
        for seed in first..first + profiles {
            let arches = ARCHES[(seed % 20) as usize];
            let names: Vec<&str> = arches.iter().map(|arch| arch.name()).collect();
            let mut random = Random::new(seed);
            let what = format!("seed {seed} on {arches:?}");
            let profile = generator::profile(&mut random, &known, &names);
            let profile = settle(&what, profile, arches, &mut tally);
            check(what, &profile, arches, 60, &mut random, &mut tally);
        }
        println!("{profiles} profiles: {tally:?}");
        assert!(tally.differing * 1000 < tally.compared, "too many differences: {tally:?}");
        assert!(tally.mixed_up * 10 < tally.compared, "too many rules left out: {tally:?}");
    }
}
