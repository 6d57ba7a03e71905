//! Every way to fail, and what is said then.
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test may fail, and says why it skips"
)]

mod harness;
use harness::*;
use rundlet_plan::*;

/// Runs a usual container after a change that must make it fail.
fn failure(name: &str, args: &[&str], change: impl FnOnce(&Bundle, &mut InitPlan)) -> InitFailure {
    let bundle = Bundle::new(name);
    let mut plan = plan(steps(&bundle, args));
    change(&bundle, &mut plan);
    let outcome = run(&plan);
    outcome.failed().clone()
}

fn before_pivot(plan: &mut InitPlan, act: Act) {
    insert_before(&mut plan.steps, is_pivot, vec![act]);
}

#[test]
fn programs_that_cannot_be_found() {
    if !root() {
        return;
    }
    for (file, text) in [
        ("nosuch", r#"exec: "nosuch": executable file not found in $PATH"#),
        ("/nosuch", r#"exec: "/nosuch": stat /nosuch: no such file or directory"#),
        ("/bin", r#"exec: "/bin": is a directory"#),
        ("/etc/passwd", r#"exec: "/etc/passwd": permission denied"#),
    ] {
        let failure = failure("lookup", &[file], |_, _| {});
        assert_eq!((failure.detail.as_str(), failure.list), (text, StepList::Steps));
    }
}

#[test]
fn programs_that_cannot_be_run() {
    if !root() {
        return;
    }
    use std::os::unix::fs::PermissionsExt;
    for (content, text) in [
        ("", "exec /prog: exec format error (the file is empty)"),
        (
            "#!/bin/nosh\n",
            "exec /prog: no such file or directory (the script's interpreter /bin/nosh)",
        ),
        (
            "plain text",
            "exec /prog: exec format error (neither a program of this machine nor a script that begins with #!)",
        ),
    ] {
        let failure = failure("enoexec", &["/prog"], |bundle, _| {
            let path = bundle.rootfs().join("prog");
            std::fs::write(&path, content).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        });
        assert_eq!(failure.detail, text);
    }
}

#[test]
fn mounts_that_the_kernel_refuses() {
    if !root() {
        return;
    }
    let bad = failure("tmpfs-size", &["true"], |_, plan| {
        before_pivot(plan, mount("/data", "tmpfs", &["size=bogus"]));
    });
    assert_eq!((bad.errno, bad.subject.as_str()), (libc::EINVAL, "/data"));
    assert!(
        bad.detail.starts_with("mount src=tmpfs, dst=/data, data=size=bogus: invalid argument"),
        "{}",
        bad.detail
    );
    assert!(bad.detail.contains("Bad value for 'size'"), "{}", bad.detail);
    let unknown =
        failure("fstype", &["true"], |_, plan| before_pivot(plan, mount("/data", "nosuchfs", &[])));
    assert_eq!(unknown.errno, libc::ENODEV);
    assert!(unknown.detail.contains("no such device") && unknown.detail.contains("nosuchfs"));
}

#[test]
fn sources_that_do_not_exist() {
    if !root() {
        return;
    }
    let missing =
        failure("source", &["true"], |_, plan| plan.prepare = vec![source(0, "/nosuchsrc")]);
    assert_eq!((missing.list, missing.syscall.as_str()), (StepList::Prepare, "open"));
    assert_eq!((missing.errno, missing.subject.as_str()), (libc::ENOENT, "/nosuchsrc"));
}

#[test]
fn directories_over_files() {
    if !root() {
        return;
    }
    let failure = failure("dir-on-file", &["true"], |bundle, plan| {
        plan.prepare = vec![source(0, bundle.dir.to_str().unwrap())];
        before_pivot(plan, bind(0, "/etc/passwd", 0));
    });
    assert_eq!((failure.syscall.as_str(), failure.errno), ("move_mount", libc::ENOTDIR));
}

#[test]
fn mounts_in_proc_and_on_the_root() {
    if !root() {
        return;
    }
    for (target, text) in [
        ("/proc/sys", "inside /proc"),
        ("/proc/self/attr", "inside /proc"),
        ("/proc", "not of type proc"),
        ("/x/../proc/./sys", "inside /proc"),
        ("/link/sys", "inside /proc"),
        ("/", "on the top of rootfs"),
        ("/..", "on the top of rootfs"),
    ] {
        let failure = failure("in-proc", &["true"], |bundle, plan| {
            std::os::unix::fs::symlink("proc", bundle.rootfs().join("link")).unwrap();
            std::fs::create_dir(bundle.rootfs().join("x")).unwrap();
            before_pivot(plan, mount(target, "tmpfs", &[]));
        });
        assert!(failure.detail.contains(text), "{target}: {failure:?}");
    }
}

#[test]
fn proc_and_sys_that_are_links() {
    if !root() {
        return;
    }
    for (name, link) in [("proc", "/tmp"), ("proc", "tmp"), ("proc", "../../.."), ("sys", "/tmp")] {
        let failure = failure("proc-link", &["true"], |bundle, _| {
            std::fs::remove_dir(bundle.rootfs().join(name)).unwrap();
            std::os::unix::fs::symlink(link, bundle.rootfs().join(name)).unwrap();
        });
        assert!(failure.detail.ends_with("must be mounted on ordinary directory"), "{failure:?}");
    }
}

#[test]
fn links_never_lead_outside() {
    if !root() {
        return;
    }
    let bundle = Bundle::new("outside");
    std::fs::create_dir(bundle.dir.join("host")).unwrap();
    let host = bundle.path("host");
    for (at, to) in [("abs", host.as_str()), ("up", "../host"), ("deep", "/../../../../../..")] {
        std::os::unix::fs::symlink(to, bundle.rootfs().join(at)).unwrap();
    }
    std::fs::remove_dir(bundle.rootfs().join("dev")).unwrap();
    std::os::unix::fs::symlink(&host, bundle.rootfs().join("dev")).unwrap();
    let mut steps = steps(&bundle, &["true"]);
    // No mount on /dev: nodes and links go where the image's link points, inside.
    steps.retain(|act| !matches!(act, Act::Mount(mount) if mount.target.starts_with("/dev")));
    let acts = vec![
        mount("/abs/new", "tmpfs", &[]),
        mount("/up/new", "tmpfs", &[]),
        bind(0, "/abs/file", 0),
        bind(1, "/deep/inside", 0),
    ];
    insert_before(&mut steps, is_pivot, acts);
    let mut plan = plan(steps);
    plan.prepare = vec![source(0, "/etc/passwd"), source(1, "/etc")];
    run(&plan).ok();
    assert_eq!(std::fs::read_dir(bundle.dir.join("host")).unwrap().count(), 0);
    assert!(bundle.rootfs().join(host.trim_start_matches('/')).join("null").exists());
    assert!(bundle.rootfs().join("inside").is_dir());
}

#[test]
fn the_working_directory() {
    if !root() {
        return;
    }
    let cwd = |path: &str, create, plan: &mut InitPlan| {
        let at = plan.steps.iter().position(|act| matches!(act, Act::Cwd { .. })).unwrap();
        plan.steps[at] = Act::Cwd { path: path.into(), create };
    };
    let file = failure("cwd-file", &["true"], |_, plan| cwd("/etc/passwd", true, plan));
    assert_eq!(
        file.detail,
        r#"chdir to cwd ("/etc/passwd") set in config.json failed: not a directory"#
    );
    let missing = failure("cwd-missing", &["true"], |_, plan| cwd("/nosuch", false, plan));
    assert_eq!(missing.errno, libc::ENOENT);
    for fd in 3..12 {
        let bundle = Bundle::new("cwd-fd");
        let mut plan = plan(steps(&bundle, &["sh", "-c", "pwd; ls"]));
        cwd(&format!("/proc/self/fd/{fd}"), false, &mut plan);
        let outcome = run(&plan);
        assert!(
            outcome.failure.is_some() || outcome.stdout.starts_with("/\nbin"),
            "{fd}: {outcome:?}"
        );
    }
    let denied = failure("cwd-denied", &["true"], |bundle, plan| {
        use std::os::unix::fs::PermissionsExt;
        let path = bundle.rootfs().join("closed");
        std::fs::create_dir(&path).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700)).unwrap();
        cwd("/closed", true, plan);
        let at = plan.steps.iter().position(|act| matches!(act, Act::Credentials(_))).unwrap();
        let mut wanted = credentials(1000);
        wanted.capabilities = None;
        plan.steps[at] = Act::Credentials(wanted);
    });
    assert_eq!(
        denied.detail,
        r#"chdir to cwd ("/closed") set in config.json failed: permission denied"#
    );
}

#[test]
fn hooks_that_fail_hang_or_do_not_exist() {
    if !root() {
        return;
    }
    let run_hook =
        |hook: Hook| failure("hook", &["true"], |_, plan| before_pivot(plan, Act::Hook(hook)));
    let shell = |script: &str| hook("createContainer", "/bin/sh", &["sh", "-c", script]);
    let text = "error running createContainer hook #0: exit status 1, stdout: , stderr: ";
    assert_eq!(run_hook(hook("createContainer", "/bin/false", &[])).detail, text);
    let text = "error running createContainer hook #0: exit status 3, stdout: out\n, stderr: err\n";
    assert_eq!(run_hook(shell("cat >/dev/null; echo out; echo err >&2; exit 3")).detail, text);
    let mut slow = shell("sleep 10");
    slow.timeout = Some(1);
    let text = "error running createContainer hook #0: hook ran past specified timeout of 1.0s";
    assert_eq!(run_hook(slow).detail, text);
    let text =
        "error running createContainer hook #0: fork/exec /nosuch: no such file or directory";
    assert_eq!(run_hook(hook("createContainer", "/nosuch", &[])).detail, text);
    let text = "error running createContainer hook #0: signal: killed, stdout: , stderr: ";
    assert_eq!(run_hook(shell("kill -9 $$")).detail, text);
    let long = run_hook(shell("/bin/busybox yes | /bin/busybox head -c 1000000; exit 1"));
    assert!(long.detail.len() < 70_000 && long.detail.len() > 60_000, "{}", long.detail.len());
}

#[test]
fn hooks_get_the_state_and_nothing_else() {
    if !root() {
        return;
    }
    let bundle = Bundle::new("hook-state");
    let out = bundle.path("out");
    let script = format!("{{ cat; echo; env; ls /proc/self/fd/ | tr '\\n' ' '; umask; }} >{out}");
    let mut hook = hook("createContainer", "/bin/sh", &["sh", "-c", &script]);
    hook.env = Some(vec!["PATH=/bin:/usr/bin".into(), "A=b".into()]);
    let mut plan = plan(steps(&bundle, &["true"]));
    before_pivot(&mut plan, Act::Hook(hook));
    run(&plan).ok();
    let text = std::fs::read_to_string(out).unwrap();
    assert!(text.starts_with("{\"pid\":1}\n"), "{text}");
    assert!(
        text.contains("A=b\n") && text.contains("0 1 2 3 ") && !text.contains("0 1 2 3 4"),
        "{text}"
    );
    assert!(text.ends_with("0022\n"), "{text}");
}

#[test]
fn limits_and_capabilities_out_of_reach() {
    if !root() {
        return;
    }
    let limit = failure("rlimit", &["true"], |_, plan| {
        let at = plan.steps.iter().position(|act| matches!(act, Act::Rlimit(_))).unwrap();
        plan.steps[at] = Act::Rlimit(Rlimit { resource: 7, soft: 2, hard: 1 });
    });
    assert_eq!(limit.detail, "error setting rlimit type 7: invalid argument");
    let caps = failure("caps", &["true"], |_, plan| {
        let at = plan.steps.iter().position(|act| matches!(act, Act::Credentials(_))).unwrap();
        let less = Act::Credentials(credentials(0));
        let mut more = credentials(0);
        if let Some(sets) = &mut more.capabilities {
            sets.permitted.push(21);
        }
        plan.steps.splice(at..=at, [less, Act::Credentials(more)]);
    });
    assert_eq!(
        caps.detail,
        "unable to apply caps: can't apply capabilities: operation not permitted"
    );
}

#[test]
fn bad_sysctls() {
    if !root() {
        return;
    }
    let refused = failure("sysctl", &["true"], |_, plan| {
        before_pivot(plan, Act::Sysctl { key: "net/../kernel/panic".into(), value: "1".into() });
    });
    assert_eq!(refused.errno, 0);
    let missing = failure("sysctl", &["true"], |_, plan| {
        before_pivot(plan, Act::Sysctl { key: "net.nosuch".into(), value: "1".into() });
    });
    assert_eq!((missing.errno, missing.subject.as_str()), (libc::ENOENT, "/proc/sys/net/nosuch"));
}

#[test]
fn nobody_at_the_other_end() {
    if !root() {
        return;
    }
    let bundle = Bundle::new("nobody");
    let plan = plan(steps(&bundle, &["true"]));
    let launch = start(&plan, &[], |_| {});
    launch.socket.shutdown(std::net::Shutdown::Both).unwrap();
    let outcome = launch.finish();
    assert_eq!((outcome.stdout.as_str(), outcome.stderr.as_str()), ("", ""));
}

#[test]
fn frames_that_are_not_the_wire_s() {
    if !root() {
        return;
    }
    for frame in [
        vec![0xff, 0xff, 0xff, 0xff],
        vec![0, 0, 0, 0],
        vec![2, 0, 0, 0, 1, 0],
        vec![1, 0, 0, 0, 9],
    ] {
        use std::os::fd::AsRawFd;
        use std::os::unix::process::CommandExt;
        let (ours, theirs) = std::os::unix::net::UnixStream::pair().unwrap();
        let (memfd, theirs) = (high(sealed_memfd(&init_path())), high(theirs.into()));
        let mut command =
            std::process::Command::new(format!("/proc/self/fd/{}", memfd.as_raw_fd()));
        let socket = theirs.as_raw_fd();
        // SAFETY: dup2 is safe after fork.
        unsafe {
            command.pre_exec(move || {
                assert!(libc::dup2(socket, 3) == 3);
                libc::fcntl(3, libc::F_SETFD, 0);
                Ok(())
            });
        }
        let mut child = command.spawn().unwrap();
        drop(theirs);
        send_raw(&ours, &frame, &[]);
        assert_eq!(child.wait().unwrap().code(), Some(1), "{frame:?}");
    }
}

#[test]
fn refuses_to_run_from_a_file() {
    let status = std::process::Command::new(init_path()).arg("0").status().unwrap();
    assert_eq!(status.code(), Some(125));
    let status = std::process::Command::new(init_path()).status().unwrap();
    assert_eq!(status.code(), Some(125));
}

/// It waits at an eventfd then, which nobody will ever write to.
#[test]
fn an_init_without_plan_ends_with_the_runtime() {
    use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
    use std::os::unix::process::CommandExt;
    let (ours, theirs) = std::os::unix::net::UnixStream::pair().unwrap();
    // SAFETY: the number is new and only ours.
    let wake = unsafe { OwnedFd::from_raw_fd(libc::eventfd(0, libc::EFD_CLOEXEC)) };
    let (memfd, theirs, wake) = (high(sealed_memfd(&init_path())), high(theirs.into()), high(wake));
    let mut command = std::process::Command::new(format!("/proc/self/fd/{}", memfd.as_raw_fd()));
    command.args(["3", "0", "4"]);
    let (socket, event) = (theirs.as_raw_fd(), wake.as_raw_fd());
    // SAFETY: only calls that are safe after fork.
    unsafe {
        command.pre_exec(move || {
            libc::dup2(socket, 3);
            libc::dup2(event, 4);
            Ok(())
        });
    }
    let mut child = command.spawn().unwrap();
    drop((ours, theirs));
    assert_eq!(child.wait().unwrap().code(), Some(1));
}
