//! Whole containers through the real init.
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test may fail, and says why it skips"
)]

mod harness;
use harness::*;
use rundlet_plan::*;

#[test]
fn runs_a_program_in_a_usual_container() {
    if !root() {
        return;
    }
    let bundle = Bundle::new("usual");
    let script = "id -u; cat /proc/sys/kernel/hostname; echo $HOME; echo $$; pwd; ls /dev; \
        stat -c %a:%F:%t:%T /dev/null; grep -c . /proc/mounts; cat /proc/self/status";
    let outcome =
        run(&plan(steps(&bundle, &["sh", "-c", &script.replace("grep", "busybox grep")])));
    let text = outcome.ok();
    assert!(text.starts_with("0\ninside\n/root\n1\n/\n"), "{text}");
    assert!(text.contains("666:character special file:1:3"), "{text}");
    for line in [
        "CapInh:\t0000000000000000",
        "CapPrm:\t00000000000000e1",
        "CapEff:\t00000000000000e1",
        "CapBnd:\t00000000000000e1",
        "CapAmb:\t0000000000000000",
        "NoNewPrivs:\t1",
        "Groups:\t \n",
        "SigBlk:\t0000000000000000",
    ] {
        assert!(text.contains(line), "{line:?} in {text}");
    }
}

/// Steps of a usual container with something done to them.
fn changed(bundle: &Bundle, args: &[&str], change: impl FnOnce(&mut Vec<Act>)) -> InitPlan {
    let mut steps = steps(bundle, args);
    change(&mut steps);
    plan(steps)
}

fn replace(steps: &mut [Act], at: impl Fn(&Act) -> bool, act: Act) {
    let index = steps.iter().position(at).unwrap();
    steps[index] = act;
}

#[test]
fn resets_ignored_signals() {
    if !root() {
        return;
    }
    use std::os::unix::process::CommandExt;
    let bundle = Bundle::new("signals");
    let plan = plan(steps(&bundle, &["cat", "/proc/self/status"]));
    let outcome = run_with(&plan, &[], |command| {
        // SAFETY: signal is safe after fork.
        unsafe {
            command.pre_exec(|| {
                libc::signal(libc::SIGHUP, libc::SIG_IGN);
                Ok(())
            });
        }
    });
    assert!(outcome.ok().contains("SigIgn:\t0000000000000000"));
}

#[test]
fn leaves_no_descriptor_but_stdio_and_the_preserved() {
    if !root() {
        return;
    }
    use std::os::unix::process::CommandExt;
    let bundle = Bundle::new("fds");
    let list = ["sh", "-c", "ls /proc/$$/fd; true"];
    let leak = |command: &mut std::process::Command| {
        // SAFETY: open and dup2 are safe after fork.
        unsafe {
            command.pre_exec(|| {
                let fd = libc::open(c"/".as_ptr(), libc::O_RDONLY);
                libc::dup2(fd, 30);
                libc::dup2(fd, 3);
                libc::dup2(fd, 4);
                Ok(())
            });
        }
    };
    let outcome = run_with(&plan(steps(&bundle, &list)), &[], leak);
    assert_eq!(outcome.ok(), "0\n1\n2\n");
    let mut preserving = plan(steps(&bundle, &list));
    preserving.preserve_fds = 2;
    assert_eq!(run_with(&preserving, &[], leak).ok(), "0\n1\n2\n3\n4\n");
}

#[test]
fn becomes_the_user_without_capabilities() {
    if !root() {
        return;
    }
    let bundle = Bundle::new("user");
    let plan = changed(
        &bundle,
        &["sh", "-c", "id -u; id -G; echo $HOME; cat /proc/self/status"],
        |steps| {
            let mut wanted = credentials(1000);
            wanted.additional_gids = vec![10, 20];
            let sets = wanted.capabilities.as_mut().unwrap();
            sets.effective.clear();
            sets.permitted = vec![10];
            sets.inheritable = vec![10];
            sets.bounding = vec![10];
            sets.ambient = vec![10, 21];
            replace(steps, |act| matches!(act, Act::Credentials(_)), Act::Credentials(wanted));
        },
    );
    let outcome = run(&plan);
    let text = outcome.ok();
    assert!(text.starts_with("1000\n1000 10 20\n/home/user\n"), "{text}");
    for line in
        ["CapPrm:\t0000000000000400", "CapAmb:\t0000000000000400", "CapBnd:\t0000000000000400"]
    {
        assert!(text.contains(line), "{line} in {text}");
    }
}

#[test]
fn makes_a_user_namespace() {
    if !root() {
        return;
    }
    let bundle = Bundle::new("userns");
    std::process::Command::new("chown")
        .args(["-R", "100000:100000"])
        .arg(bundle.rootfs())
        .status()
        .unwrap();
    std::process::Command::new("chmod").arg("755").arg(&bundle.dir).status().unwrap();
    let mut plan = changed(
        &bundle,
        &["sh", "-c", "id -u; cat /proc/self/uid_map; stat -c %u /bin"],
        |steps| {
            steps.retain(|act| !matches!(act, Act::Device(_)));
            insert_before(
                steps,
                is_pivot,
                vec![Act::DeviceBind { path: "/dev/null".into(), slot: 3 }],
            );
        },
    );
    plan.new_user = true;
    plan.prepare = vec![source(3, "/dev/null")];
    plan.root_maps = Some((
        vec![IdMap { container: 0, host: 100_000, size: 65_536 }],
        vec![IdMap { container: 0, host: 100_000, size: 65_536 }],
    ));
    let outcome = run(&plan);
    let text = outcome.ok();
    assert!(text.starts_with("0\n") && text.contains("100000") && text.ends_with("0\n"), "{text}");
}

#[test]
fn sets_time_offsets() {
    if !root() {
        return;
    }
    let bundle = Bundle::new("time");
    let mut plan = plan(steps(&bundle, &["cat", "/proc/self/timens_offsets"]));
    plan.clone_flags |= 0x80;
    plan.time_offsets = vec![TimeOffset { clock: "boottime".into(), secs: 86_400, nanosecs: 5 }];
    assert!(run(&plan).ok().contains("86400"));
}

#[test]
fn joins_a_running_container() {
    if !root() {
        return;
    }
    let bundle = Bundle::new("join");
    let mut first = start(&plan(steps(&bundle, &["sleep", "20"])), &[], |_| {});
    first.converse(usize::MAX);
    let pid = first.outcome.pid;
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let start_time: u64 =
        stat.rsplit(')').next().unwrap().split_whitespace().nth(19).unwrap().parse().unwrap();
    // SAFETY: plain numbers.
    let pidfd = unsafe { libc::syscall(libc::SYS_pidfd_open, pid, 0) } as i32;
    let joining = |start_time| {
        let mut plan = plan(vec![
            Act::NoNewPrivileges {},
            Act::Credentials(credentials(0)),
            Act::Cwd { path: "/tmp".into(), create: true },
            Act::LookupProgram { file: "sh".into(), path: "/bin".into() },
            Act::WaitStart {},
            exec(&["sh", "-c", "pwd; cat /proc/sys/kernel/hostname; ls /"]),
        ]);
        plan.clone_flags = 0;
        plan.join_of = Some((ProcessRef { pid, start_time }, NAMESPACES as u64));
        plan
    };
    let outcome = run_with(&joining(start_time), &[pidfd], |_| {});
    let wrong = run_with(&joining(start_time + 1), &[pidfd], |_| {});
    // SAFETY: our own child.
    unsafe { libc::kill(pid, libc::SIGKILL) };
    first.finish();
    assert!(outcome.ok().starts_with("/tmp\ninside\nbin\n"), "{}", outcome.stdout);
    assert_eq!(wrong.failed().errno, libc::ESRCH);
}

#[test]
fn refuses_a_namespace_of_the_wrong_kind() {
    if !root() {
        return;
    }
    let bundle = Bundle::new("wrong-ns");
    for (path, text) in [
        ("/proc/self/ns/ipc", "/proc/self/ns/ipc is not a network namespace"),
        ("/dev/null", "/dev/null is not a namespace"),
    ] {
        let mut plan = plan(steps(&bundle, &["true"]));
        plan.join =
            vec![JoinNamespace { kind: "network".into(), path: path.into(), from: String::new() }];
        let outcome = run(&plan);
        let failure = outcome.failed();
        assert_eq!((failure.detail.as_str(), failure.list), (text, StepList::Stage));
    }
}

#[test]
fn allocates_the_console_inside() {
    if !root() {
        return;
    }
    let console = |steps: &mut Vec<Act>| {
        let act = Console { width: 80, height: 24, bind: true, uid: 1000 };
        insert_before(steps, |act| matches!(act, Act::Hostname { .. }), vec![Act::Console(act)]);
        replace(steps, |act| matches!(act, Act::Session { .. }), Act::Session { terminal: true });
    };
    let bundle = Bundle::new("console");
    let args = ["sh", "-c", "tty; stat -c %u:%F /dev/console; busybox stty size; echo t >/dev/tty"];
    let mut launch = start(&changed(&bundle, &args, console), &[], |_| {});
    launch.converse(usize::MAX);
    let master = std::fs::File::from(launch.outcome.fds.pop().unwrap());
    let outcome = launch.finish();
    let mut text = vec![0u8; 4096];
    let length = std::io::Read::read(&mut &master, &mut text).unwrap();
    let text = String::from_utf8_lossy(&text[..length]).replace('\r', "");
    assert_eq!(outcome.status, Some(0), "{outcome:?} {text}");
    // Owned by the user that the process becomes, here root again.
    let expected = "/dev/pts/0\n0:character special file\n24 80\nt\n";
    assert_eq!(text, expected);

    let attacked = changed(&bundle, &["true"], |steps| {
        console(steps);
        let link = Act::Symlink {
            path: "/dev/console".into(),
            target: "/etc/passwd".into(),
            replace: false,
        };
        insert_before(steps, is_pivot, vec![link]);
    });
    assert_eq!(run(&attacked).failed().errno, libc::ELOOP);
}

#[test]
fn waits_at_the_fifo() {
    if !root() {
        return;
    }
    use std::os::fd::AsRawFd;
    let bundle = Bundle::new("fifo");
    let fifo = bundle.path("exec.fifo");
    std::process::Command::new("mkfifo").arg(&fifo).status().unwrap();
    let fd = std::fs::OpenOptions::new().read(true).custom_flags(libc::O_PATH).open(&fifo).unwrap();
    let mut plan = plan(steps(&bundle, &["echo", "started"]));
    plan.gate = Gate::Fifo { dir: bundle.dir.to_str().unwrap().into() };
    let mut launch = start(&plan, &[fd.as_raw_fd()], |_| {});
    while !launch.outcome.said.iter().any(|said| said == "Ready") {
        launch.converse(1);
    }
    let pid = launch.outcome.pid;
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(5);
    // Wait until it sleeps at the fifo, then look at its descriptors.
    while !std::fs::read_to_string(format!("/proc/{pid}/wchan"))
        .unwrap_or_default()
        .contains("fifo")
        && std::time::Instant::now() < deadline
    {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let mut links: Vec<String> = std::fs::read_dir(format!("/proc/{pid}/fd"))
        .unwrap()
        .map(|entry| {
            std::fs::read_link(entry.unwrap().path()).unwrap().to_str().unwrap().to_owned()
        })
        .filter(|link| !link.starts_with("socket:") && !link.starts_with("pipe:"))
        .collect();
    links.sort();
    assert_eq!(links, ["/dev/null".to_owned(), "/proc".to_owned(), fifo.clone()]);
    assert_eq!(std::fs::read(&fifo).unwrap(), b"0");
    launch.converse(usize::MAX);
    assert_eq!(launch.finish().ok(), "started\n");
}

use std::os::unix::fs::OpenOptionsExt;

#[test]
fn waits_for_the_word_and_dies_with_the_runtime() {
    if !root() {
        return;
    }
    let bundle = Bundle::new("word");
    let mut plan = plan(steps(&bundle, &["echo", "started"]));
    plan.gate = Gate::Word {};
    let mut launch = start(&plan, &[], |_| {});
    while !launch.outcome.said.iter().any(|said| said == "Ready") {
        launch.converse(1);
    }
    launch.go();
    launch.converse(usize::MAX);
    assert_eq!(launch.finish().ok(), "started\n");

    let mut launch = start(&plan, &[], |_| {});
    while !launch.outcome.said.iter().any(|said| said.starts_with("Child")) {
        launch.converse(1);
    }
    launch.socket.shutdown(std::net::Shutdown::Both).unwrap();
    assert_eq!(launch.finish().status, Some(1));
}

#[test]
fn covers_masked_and_readonly_paths() {
    if !root() {
        return;
    }
    let bundle = Bundle::new("masks");
    std::fs::create_dir(bundle.rootfs().join("secrets")).unwrap();
    std::fs::create_dir(bundle.rootfs().join("secrets2")).unwrap();
    std::fs::write(bundle.rootfs().join("secrets/key"), "secret").unwrap();
    std::fs::write(bundle.rootfs().join("file"), "secret").unwrap();
    std::fs::write(bundle.rootfs().join("file2"), "secret").unwrap();
    let script = "cat /file /file2 /proc/keys; ls /secrets /secrets2; echo x >/secrets/new; \
        echo 1 >/proc/sys/kernel/panic; stat -c %F:%t:%T /file; cat /proc/self/mounts | busybox grep -c file";
    let plan = changed(&bundle, &["sh", "-c", script], |steps| {
        // The image's /dev/null is a link to something precious.
        let devnull = |act: &Act| matches!(act, Act::Device(device) if device.path == "/dev/null");
        replace(
            steps,
            devnull,
            Act::Symlink { path: "/dev/null".into(), target: "/etc/passwd".into(), replace: true },
        );
        let masks = ["/secrets", "/file", "/file2", "/secrets2"];
        let masks = masks.map(|path| Act::Mask { path: path.into() }).to_vec();
        insert_before(steps, |act| matches!(act, Act::Rlimit(_)), masks);
    });
    let outcome = run(&plan);
    assert_eq!(outcome.ok(), "/secrets:\n\n/secrets2:\ncharacter special file:1:3\n2\n");
    assert!(
        outcome.stderr.contains("can't create /secrets/new: Read-only file system"),
        "{}",
        outcome.stderr
    );
    assert!(
        outcome.stderr.contains("/proc/sys/kernel/panic: Read-only file system"),
        "{}",
        outcome.stderr
    );
}

#[test]
fn binds_directories_and_files() {
    if !root() {
        return;
    }
    let bundle = Bundle::new("binds");
    std::fs::create_dir_all(bundle.dir.join("data/sub")).unwrap();
    std::fs::write(bundle.dir.join("data/file"), "from the host").unwrap();
    // A dangling link in the image, as many have for resolv.conf.
    std::os::unix::fs::symlink("../run/made/resolv.conf", bundle.rootfs().join("etc/resolv.conf"))
        .unwrap();
    let script = "cat /deep/down/data/file /etc/resolv.conf; echo; readlink /etc/resolv.conf; echo x >/deep/down/data/x";
    let mut plan = changed(&bundle, &["sh", "-c", script], |steps| {
        let binds =
            vec![bind(0, "/deep/down/data", RDONLY | NODEV), bind(1, "/etc/resolv.conf", 0)];
        insert_before(steps, is_pivot, binds);
    });
    plan.prepare = vec![source(0, &bundle.path("data")), source(1, &bundle.path("data/file"))];
    let outcome = run(&plan);
    assert!(
        outcome.stdout.starts_with("from the hostfrom the host\n../run/made/resolv.conf\n"),
        "{outcome:?}"
    );
    assert!(outcome.stderr.contains("Read-only file system"), "{}", outcome.stderr);
    assert!(bundle.rootfs().join("run/made/resolv.conf").is_file());
}

#[test]
fn copies_up_into_a_tmpfs() {
    if !root() {
        return;
    }
    let bundle = Bundle::new("copyup");
    let data = bundle.rootfs().join("data");
    std::fs::create_dir_all(data.join("sub")).unwrap();
    std::fs::write(data.join("sub/file"), "text").unwrap();
    std::os::unix::fs::symlink("sub/file", data.join("link")).unwrap();
    std::process::Command::new("chown").args(["7:8"]).arg(data.join("sub/file")).status().unwrap();
    let script =
        "cat /data/link; stat -c :%u:%g /data/sub/file; busybox df /data | busybox tail -n1";
    let plan = changed(&bundle, &["sh", "-c", script], |steps| {
        let Act::Mount(mut tmpfs) = mount("/data", "tmpfs", &[]) else { unreachable!() };
        tmpfs.tmpcopyup = true;
        insert_before(steps, is_pivot, vec![Act::Mount(tmpfs)]);
    });
    let outcome = run(&plan);
    assert!(outcome.ok().starts_with("text:7:8\ntmpfs "), "{}", outcome.stdout);
}

#[test]
fn mounts_cgroups_v1_and_v2() {
    if !root() || !std::path::Path::new("/sys/fs/cgroup/memory").exists() {
        eprintln!("skipped: no v1 cgroups");
        return;
    }
    let bundle = Bundle::new("cgroups");
    let hierarchy = |name: &str, data: &str| CgroupHierarchy {
        name: name.into(),
        data: data.into(),
        own: format!("/sys/fs/cgroup/{name}"),
        callers: None,
    };
    for (unified, namespaced) in [(false, false), (false, true), (true, false), (true, true)] {
        let script = "ls /sys/fs/cgroup; busybox grep cgroup /proc/self/mountinfo";
        let plan = changed(&bundle, &["sh", "-c", script], |steps| {
            replace(
                steps,
                |act| matches!(act, Act::CgroupReady { .. }),
                Act::CgroupReady { unshare: namespaced },
            );
            let cgroups = Act::CgroupMount(CgroupMount {
                target: "/sys/fs/cgroup".into(),
                unified,
                namespaced,
                attr: RDONLY | NOSUID | NODEV | NOEXEC,
                hierarchies: if unified {
                    vec![hierarchy("unified", "")]
                } else {
                    vec![hierarchy("memory", "memory"), hierarchy("systemd", "none,name=systemd")]
                },
                links: if unified { vec![] } else { vec![("mem".into(), "memory".into())] },
            });
            insert_before(steps, is_pivot, vec![cgroups]);
        });
        let outcome = run(&plan);
        let text = outcome.ok();
        let expected = if unified { "cgroup.controllers" } else { "mem\nmemory\nsystemd\n" };
        assert!(
            text.contains(expected) && text.contains("ro,nosuid"),
            "{unified} {namespaced}: {text}"
        );
    }
}

#[test]
fn loads_a_filter_before_and_after_dropping_privileges() {
    if !root() {
        return;
    }
    let bundle = Bundle::new("seccomp");
    // mkdir (83) gives EPERM, the rest is allowed.
    let insn = |code, jt, jf, k| BpfInsn { code, jt, jf, k };
    let insns = vec![
        insn(0x20, 0, 0, 0),
        insn(0x15, 0, 1, 83),
        insn(0x06, 0, 0, 0x0005_0001),
        insn(0x06, 0, 0, 0x7fff_0000),
    ];
    for before in [false, true] {
        let script =
            "busybox mkdir /tmp/x; busybox grep -E 'Seccomp:|NoNewPrivs:|CapEff' /proc/self/status";
        let mut plan = changed(&bundle, &["sh", "-c", script], |steps| {
            if before {
                steps.retain(|act| !matches!(act, Act::NoNewPrivileges {}));
                let mut wanted = credentials(1000);
                wanted.seccomp_before = Some(0);
                replace(steps, |act| matches!(act, Act::Credentials(_)), Act::Credentials(wanted));
            } else {
                insert_before(
                    steps,
                    |act| matches!(act, Act::WaitStart {}),
                    vec![Act::Seccomp { program: 0 }],
                );
            }
        });
        plan.seccomp = vec![SeccompProgram { flags: 0, insns: insns.clone() }];
        let outcome = run(&plan);
        let text = outcome.ok();
        assert!(outcome.stderr.contains("Operation not permitted"), "{outcome:?}");
        assert!(text.contains("Seccomp:\t2"), "{text}");
        assert!(text.contains(if before { "NoNewPrivs:\t0" } else { "NoNewPrivs:\t1" }), "{text}");
    }
}

#[test]
fn takes_the_directory_of_passwd_safely() {
    if !root() {
        return;
    }
    for kind in ["fifo", "zero", "link", "none"] {
        let bundle = Bundle::new(&format!("passwd-{kind}"));
        let passwd = bundle.rootfs().join("etc/passwd");
        std::fs::remove_file(&passwd).unwrap();
        match kind {
            "fifo" => drop(std::process::Command::new("mkfifo").arg(&passwd).status()),
            "zero" => std::os::unix::fs::symlink("/dev/zero", &passwd).unwrap(),
            "link" => std::os::unix::fs::symlink("/../../../../etc/passwd", &passwd).unwrap(),
            _ => {}
        }
        let outcome = run(&plan(steps(&bundle, &["sh", "-c", "echo $HOME"])));
        assert_eq!(outcome.ok(), "/\n", "{kind}");
    }
}

#[test]
fn writes_sysctls_through_its_own_procfs() {
    if !root() {
        return;
    }
    let bundle = Bundle::new("sysctl");
    let plan = changed(
        &bundle,
        &["cat", "/proc/sys/net/ipv4/ip_forward", "/proc/sys/kernel/shm_rmid_forced"],
        |steps| {
            let sysctl = |key: &str| Act::Sysctl { key: key.into(), value: "1".into() };
            let acts = vec![sysctl("net.ipv4.ip_forward"), sysctl("kernel.shm_rmid_forced")];
            insert_before(steps, |act| matches!(act, Act::Session { .. }), acts);
        },
    );
    assert_eq!(run(&plan).ok(), "1\n1\n");
}

#[test]
fn makes_the_root_read_only_and_shares_it() {
    if !root() {
        return;
    }
    let bundle = Bundle::new("readonly");
    let plan = changed(
        &bundle,
        &[
            "sh",
            "-c",
            "echo x >/x; echo y >/dev/y; busybox grep ' / / ' /proc/self/mountinfo; cat /proc/self/mountinfo",
        ],
        |steps| {
            let acts = vec![Act::RootPropagation { flags: 1 << 20 }, Act::RootReadonly {}];
            insert_before(steps, |act| matches!(act, Act::Hostname { .. }), acts);
        },
    );
    let outcome = run(&plan);
    assert!(outcome.stderr.contains("can't create /x: Read-only file system"), "{outcome:?}");
    assert!(outcome.stdout.contains(" / ro,"), "{outcome:?}");
    assert!(outcome.stdout.contains("shared:"), "{outcome:?}");
}

#[test]
fn works_without_pivot_root() {
    if !root() {
        return;
    }
    let bundle = Bundle::new("move");
    let plan =
        changed(&bundle, &["sh", "-c", "ls /; cat /proc/self/mounts | busybox wc -l"], |steps| {
            replace(steps, is_pivot, Act::MoveRoot {});
        });
    assert!(run(&plan).ok().starts_with("bin\ndev\netc\n"));
}

/// A filter that answers ENOSYS to what came after Linux 5.2, as a kernel of that age would.
fn pretend_old_kernel(command: &mut std::process::Command) {
    use std::os::unix::process::CommandExt;
    let late = [
        libc::SYS_clone3,
        libc::SYS_close_range,
        libc::SYS_openat2,
        libc::SYS_faccessat2,
        libc::SYS_mount_setattr,
        libc::SYS_fchmodat2,
    ];
    let filter = |code: u32, jt, jf, k| libc::sock_filter { code: code as u16, jt, jf, k };
    let mut program = vec![filter(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0, 0, 0)];
    for number in late {
        program.push(filter(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, 0, 1, number as u32));
        let errno = libc::SECCOMP_RET_ERRNO | libc::ENOSYS as u32;
        program.push(filter(libc::BPF_RET | libc::BPF_K, 0, 0, errno));
    }
    program.push(filter(libc::BPF_RET | libc::BPF_K, 0, 0, libc::SECCOMP_RET_ALLOW));
    // SAFETY: seccomp is safe after fork; the program is moved into the closure and lives.
    unsafe {
        command.pre_exec(move || {
            let loaded =
                libc::sock_fprog { len: program.len() as u16, filter: program.as_ptr().cast_mut() };
            match libc::syscall(
                libc::SYS_seccomp,
                libc::SECCOMP_SET_MODE_FILTER,
                0,
                &raw const loaded,
            ) {
                0 => Ok(()),
                _ => Err(std::io::Error::last_os_error()),
            }
        });
    }
}

#[test]
fn works_on_kernels_without_the_late_calls() {
    if !root() {
        return;
    }
    let bundle = Bundle::new("old");
    std::fs::create_dir_all(bundle.dir.join("data")).unwrap();
    let script = "id -u; echo x >/a/b/data/x; echo 1 >/proc/sys/kernel/panic; ls /proc/$$/fd; true";
    let mut plan = changed(&bundle, &["sh", "-c", script], |steps| {
        insert_before(steps, is_pivot, vec![bind(0, "/a/b/data", RDONLY | NODEV)]);
    });
    plan.prepare = vec![source(0, &bundle.path("data"))];
    let outcome = run_with(&plan, &[], pretend_old_kernel);
    assert_eq!(outcome.ok(), "0\n0\n1\n2\n");
    assert_eq!(outcome.stderr.matches("Read-only file system").count(), 2, "{}", outcome.stderr);
    let mut outside = changed(&bundle, &["true"], |steps| {
        insert_before(steps, is_pivot, vec![mount("/proc/sys", "tmpfs", &[])]);
    });
    outside.gate = Gate::Open {};
    assert!(run_with(&outside, &[], pretend_old_kernel).failed().detail.contains("inside /proc"));
}

/// As an ordinary user: what rootless containers go through.
#[test]
fn runs_for_an_ordinary_user() {
    if !root() {
        return;
    }
    use std::os::unix::process::CommandExt;
    let bundle = Bundle::new("rootless");
    std::fs::create_dir(bundle.dir.join("data")).unwrap();
    std::fs::write(bundle.dir.join("data/file"), "text").unwrap();
    for path in [&bundle.dir, &bundle.dir.join("data")] {
        std::process::Command::new("chmod").arg("755").arg(path).status().unwrap();
    }
    std::process::Command::new("chown")
        .args(["-R", "4242:4242"])
        .arg(&bundle.dir)
        .status()
        .unwrap();
    let script = "id -u; cat /data/file; echo x >/data/file; cat /proc/self/uid_map";
    let mut plan = changed(&bundle, &["sh", "-c", script], |steps| {
        steps.retain(|act| !matches!(act, Act::Device(_)));
        let act = Act::DeviceBind { path: "/dev/null".into(), slot: 3 };
        insert_before(steps, is_pivot, vec![act, bind(0, "/data", RDONLY)]);
        let mut wanted = credentials(0);
        wanted.set_groups = false;
        replace(steps, |act| matches!(act, Act::Credentials(_)), Act::Credentials(wanted));
    });
    plan.new_user = true;
    plan.deny_setgroups = true;
    plan.root_maps = Some((vec![], vec![]));
    plan.prepare = vec![
        Act::OomScoreAdj { value: 100 },
        source(0, &bundle.path("data")),
        source(3, "/dev/null"),
    ];
    let mut launch = start(&plan, &[], |command| {
        command.uid(4242).gid(4242);
    });
    let pid = launch.child.id();
    let (message, _) = receive(&launch.socket).unwrap();
    assert_eq!(message, FromInit::WantMaps);
    // Written by that user himself, which works only if init made itself his.
    let write = format!(
        "echo deny >/proc/{pid}/setgroups; echo 0 4242 1 >/proc/{pid}/uid_map; echo 0 4242 1 >/proc/{pid}/gid_map"
    );
    let written = std::process::Command::new("/bin/busybox")
        .args(["sh", "-c", &write])
        .uid(4242)
        .gid(4242)
        .status();
    assert!(written.unwrap().success());
    launch.go();
    launch.converse(usize::MAX);
    let outcome = launch.finish();
    let text = outcome.ok();
    assert!(text.starts_with("0\ntext") && text.contains("4242"), "{outcome:?}");
    assert!(outcome.stderr.contains("Read-only file system"), "{outcome:?}");
}
