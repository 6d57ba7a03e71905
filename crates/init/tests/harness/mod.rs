//! The host side for tests: starts init from a sealed memfd, speaks the wire, and collects what the
//! container's program says. `RUNDLET_INIT` names the binary to test instead of cargo's own.
#![allow(dead_code, reason = "each test file uses its part")]
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test may fail, and says why it skips"
)]

use rundlet_plan::*;
use std::io::{Read, Write};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

pub const REC: u32 = 1 << 14;
pub const PRIVATE: u32 = 1 << 18;
pub const SLAVE: u32 = 1 << 19;
pub const RDONLY: u32 = 1;
pub const NOSUID: u32 = 2;
pub const NODEV: u32 = 4;
pub const NOEXEC: u32 = 8;
pub const NAMESPACES: i32 = libc::CLONE_NEWNS
    | libc::CLONE_NEWPID
    | libc::CLONE_NEWIPC
    | libc::CLONE_NEWUTS
    | libc::CLONE_NEWNET;

/// Tests of the kernel need root; says so once where there is none.
pub fn root() -> bool {
    // SAFETY: takes nothing, always succeeds.
    let root = unsafe { libc::geteuid() } == 0;
    if !root {
        eprintln!("skipped: needs root");
    }
    root
}

pub fn init_path() -> PathBuf {
    std::env::var_os("RUNDLET_INIT")
        .map_or_else(|| PathBuf::from(env!("CARGO_BIN_EXE_rundlet-init")), PathBuf::from)
}

/// A bundle in a directory of its own, removed at the end.
pub struct Bundle {
    pub dir: PathBuf,
}

impl Bundle {
    pub fn new(name: &str) -> Bundle {
        let dir = std::env::temp_dir().join(format!("rundlet-init-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&dir);
        let rootfs = dir.join("rootfs");
        for sub in ["bin", "etc", "dev", "proc", "sys", "tmp", "root"] {
            std::fs::create_dir_all(rootfs.join(sub)).unwrap();
        }
        std::fs::copy("/bin/busybox", rootfs.join("bin/busybox")).unwrap();
        for applet in
            ["sh", "true", "cat", "ls", "id", "stat", "sleep", "echo", "tty", "mount", "readlink"]
        {
            std::os::unix::fs::symlink("busybox", rootfs.join("bin").join(applet)).unwrap();
        }
        std::fs::write(
            rootfs.join("etc/passwd"),
            "root:x:0:0::/root:/bin/sh\nuser:x:1000:1000::/home/user:/bin/sh\n",
        )
        .unwrap();
        Bundle { dir }
    }

    pub fn rootfs(&self) -> PathBuf {
        self.dir.join("rootfs")
    }

    pub fn path(&self, name: &str) -> String {
        self.dir.join(name).to_str().unwrap().to_owned()
    }
}

impl Drop for Bundle {
    fn drop(&mut self) {
        let mounts = std::fs::read_to_string("/proc/self/mounts").unwrap();
        assert!(!mounts.contains(self.dir.to_str().unwrap()), "a mount leaked to the host");
        std::fs::remove_dir_all(&self.dir).unwrap();
    }
}

pub fn mount(target: &str, fstype: &str, data: &[&str]) -> Act {
    Act::Mount(Mount {
        target: target.into(),
        fstype: fstype.into(),
        source: fstype.into(),
        attr: NOSUID,
        super_flags: 0,
        data: data.iter().map(ToString::to_string).collect(),
        propagation: vec![],
        tmpcopyup: false,
        recursive_set: 0,
        recursive_clear: 0,
        or_callers: None,
    })
}

pub fn source(slot: u16, path: &str) -> Act {
    Act::OpenSource(OpenSource {
        slot,
        path: path.into(),
        recursive: true,
        nofollow: false,
        copy_symlink: false,
        idmap: None,
    })
}

pub fn bind(slot: u16, target: &str, set: u32) -> Act {
    Act::Bind(Bind {
        slot,
        target: target.into(),
        source: "source".into(),
        set,
        clear: 0,
        recursive_set: 0,
        recursive_clear: 0,
        propagation: vec![],
        detach: PRIVATE | REC,
        nofollow: false,
    })
}

pub fn device(path: &str, major: u32, minor: u32) -> Act {
    Act::Device(Device {
        path: path.into(),
        kind: NodeKind::Char,
        major,
        minor,
        mode: 0o666,
        uid: 0,
        gid: 0,
    })
}

pub fn exec(args: &[&str]) -> Act {
    Act::Exec(Exec {
        args: args.iter().map(ToString::to_string).collect(),
        env: vec!["PATH=/bin".into()],
        set_home: true,
    })
}

pub fn hook(kind: &str, path: &str, args: &[&str]) -> Hook {
    Hook {
        kind: kind.into(),
        index: 0,
        path: path.into(),
        args: args.iter().map(ToString::to_string).collect(),
        env: None,
        set_home: None,
        timeout: None,
        state: ("{\"pid\":".into(), "}".into()),
    }
}

pub fn credentials(uid: u32) -> Credentials {
    // CHOWN, KILL, SETGID, SETUID.
    let sets = vec![0, 5, 6, 7];
    Credentials {
        uid,
        gid: uid,
        additional_gids: vec![],
        set_groups: true,
        capabilities: Some(CapabilitySets {
            bounding: sets.clone(),
            effective: sets.clone(),
            permitted: sets,
            inheritable: vec![],
            ambient: vec![],
        }),
        seccomp_before: None,
    }
}

/// The acts of a usual container, to be changed by position of a kind.
pub fn steps(bundle: &Bundle, args: &[&str]) -> Vec<Act> {
    let rootfs = bundle.rootfs().to_str().unwrap().to_owned();
    let mut steps = vec![
        Act::Propagation { flags: SLAVE | REC },
        Act::Rootfs { path: rootfs, parent: 1 << 18 },
        mount("/proc", "proc", &[]),
        mount("/dev", "tmpfs", &["mode=755", "size=65536k"]),
        mount("/dev/pts", "devpts", &["newinstance", "ptmxmode=0666", "mode=0620"]),
        mount("/sys", "sysfs", &[]),
    ];
    for (path, major, minor) in [
        ("/dev/null", 1, 3),
        ("/dev/zero", 1, 5),
        ("/dev/full", 1, 7),
        ("/dev/random", 1, 8),
        ("/dev/urandom", 1, 9),
        ("/dev/tty", 5, 0),
    ] {
        steps.push(device(path, major, minor));
    }
    for (path, target) in [("/dev/ptmx", "pts/ptmx"), ("/dev/fd", "/proc/self/fd")] {
        steps.push(Act::Symlink { path: path.into(), target: target.into(), replace: false });
    }
    steps.extend([
        Act::CgroupReady { unshare: false },
        Act::PivotRoot {},
        Act::Hostname { name: "inside".into() },
        Act::LoopbackUp {},
        Act::Session { terminal: false },
    ]);
    for path in [
        "/proc/kcore",
        "/proc/keys",
        "/proc/nosuch",
        "/proc/scsi",
        "/sys/firmware",
        "/proc/timer_list",
    ] {
        steps.push(Act::Mask { path: path.into() });
    }
    for path in ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"] {
        steps.push(Act::ReadonlyPath { path: path.into() });
    }
    steps.extend([
        Act::Rlimit(Rlimit { resource: 7, soft: 512, hard: 1024 }),
        Act::NoNewPrivileges {},
        Act::Credentials(credentials(0)),
        Act::Cwd { path: "/".into(), create: true },
        Act::LookupProgram { file: args[0].into(), path: "/bin".into() },
        Act::WaitStart {},
        exec(args),
    ]);
    steps
}

pub fn plan(steps: Vec<Act>) -> InitPlan {
    InitPlan {
        clone_flags: NAMESPACES as u64,
        new_user: false,
        join: vec![],
        join_of: None,
        time_offsets: vec![],
        root_maps: None,
        deny_setgroups: false,
        prepare: vec![],
        steps,
        seccomp: vec![],
        seccomp_notify: false,
        gate: Gate::Open {},
        preserve_fds: 0,
        into_cgroup: false,
    }
}

/// Puts acts before the first act that `at` accepts.
pub fn insert_before(steps: &mut Vec<Act>, at: impl Fn(&Act) -> bool, acts: Vec<Act>) {
    let index = steps.iter().position(at).unwrap();
    steps.splice(index..index, acts);
}

pub fn is_pivot(act: &Act) -> bool {
    matches!(act, Act::PivotRoot {})
}

#[derive(Debug, Default)]
pub struct Outcome {
    pub failure: Option<InitFailure>,
    /// waitpid's word of the container's process.
    pub status: Option<i32>,
    pub stdout: String,
    pub stderr: String,
    pub said: Vec<String>,
    pub fds: Vec<OwnedFd>,
    pub pid: i32,
}

impl Outcome {
    #[track_caller]
    pub fn ok(&self) -> &str {
        assert!(self.failure.is_none(), "{:?}", self.failure);
        assert_eq!(self.status, Some(0), "{self:?}");
        &self.stdout
    }

    #[track_caller]
    pub fn failed(&self) -> &InitFailure {
        self.failure.as_ref().unwrap_or_else(|| panic!("it did not fail: {self:?}"))
    }
}

pub struct Launch {
    pub child: Child,
    pub socket: UnixStream,
    pub outcome: Outcome,
}

pub fn sealed_memfd(path: &Path) -> OwnedFd {
    let bytes = std::fs::read(path).unwrap();
    // SAFETY: a static name; the result is checked and owned.
    let fd = unsafe {
        let fd = libc::memfd_create(c"init".as_ptr(), libc::MFD_CLOEXEC | libc::MFD_ALLOW_SEALING);
        assert!(fd >= 0);
        OwnedFd::from_raw_fd(fd)
    };
    let mut file = std::fs::File::from(fd);
    file.write_all(&bytes).unwrap();
    let seals = libc::F_SEAL_SEAL | libc::F_SEAL_SHRINK | libc::F_SEAL_GROW | libc::F_SEAL_WRITE;
    // SAFETY: plain numbers.
    assert_eq!(unsafe { libc::fcntl(file.as_raw_fd(), libc::F_ADD_SEALS, seals) }, 0);
    file.into()
}

/// A number that no test's set-up of descriptors gives away.
pub fn high(fd: OwnedFd) -> OwnedFd {
    // SAFETY: the result is checked and owned.
    unsafe {
        let fd = libc::fcntl(fd.as_raw_fd(), libc::F_DUPFD_CLOEXEC, 100);
        assert!(fd >= 100);
        OwnedFd::from_raw_fd(fd)
    }
}

pub fn run(plan: &InitPlan) -> Outcome {
    run_with(plan, &[], |_| {})
}

/// `fds` go with the plan; `setup` may change the command.
pub fn run_with(plan: &InitPlan, fds: &[RawFd], setup: impl FnOnce(&mut Command)) -> Outcome {
    let mut launch = start(plan, fds, setup);
    launch.converse(usize::MAX);
    launch.finish()
}

pub fn start(plan: &InitPlan, fds: &[RawFd], setup: impl FnOnce(&mut Command)) -> Launch {
    let (ours, theirs) = UnixStream::pair().unwrap();
    ours.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    // Above every number that the command's set-up gives away.
    let (memfd, theirs) = (high(sealed_memfd(&init_path())), high(theirs.into()));
    let mut command = Command::new(format!("/proc/self/fd/{}", memfd.as_raw_fd()));
    command.env_clear().stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let socket = theirs.as_raw_fd();
    let number = 3 + plan.preserve_fds as i32;
    command.args([number.to_string(), plan.preserve_fds.to_string()]);
    setup(&mut command);
    // SAFETY: only calls that are safe after fork.
    unsafe {
        command.pre_exec(move || {
            if libc::dup2(socket, number) < 0 {
                return Err(std::io::Error::last_os_error());
            }
            if socket == number {
                libc::fcntl(number, libc::F_SETFD, 0);
            }
            Ok(())
        });
    }
    let child = command.spawn().unwrap();
    drop(theirs);
    send(&ours, &ToInit::Plan(Box::new(plan.clone())), fds);
    Launch { child, socket: ours, outcome: Outcome::default() }
}

impl Launch {
    /// Answers init until `messages` have come, it fails, or it closes.
    pub fn converse(&mut self, messages: usize) {
        for _ in 0..messages {
            let Some((message, fds)) = receive(&self.socket) else { return };
            self.outcome.said.push(format!("{message:?}"));
            self.outcome.fds.extend(fds);
            match message {
                FromInit::WantMaps => {
                    self.write_maps();
                    self.go();
                }
                FromInit::WantCgroup | FromInit::Barrier { .. } | FromInit::Ready => self.go(),
                FromInit::Child { pid } => self.outcome.pid = pid,
                FromInit::Failed(failure) => self.outcome.failure = Some(failure),
                FromInit::Console | FromInit::SeccompListener => {}
            }
        }
    }

    pub fn go(&self) {
        send(&self.socket, &ToInit::Go, &[]);
    }

    fn write_maps(&self) {
        let pid = self.child.id();
        for file in ["uid_map", "gid_map"] {
            std::fs::write(format!("/proc/{pid}/{file}"), "0 100000 65536\n").unwrap();
        }
    }

    pub fn finish(mut self) -> Outcome {
        self.child.wait().unwrap();
        if let Some(mut out) = self.child.stdout.take() {
            let mut text = Vec::new();
            out.read_to_end(&mut text).unwrap();
            self.outcome.stdout = String::from_utf8_lossy(&text).into_owned();
        }
        if let Some(mut err) = self.child.stderr.take() {
            let mut text = Vec::new();
            err.read_to_end(&mut text).unwrap();
            self.outcome.stderr = String::from_utf8_lossy(&text).into_owned();
        }
        if self.outcome.pid > 0 {
            self.outcome.status = Some(wait(self.outcome.pid));
        }
        self.outcome
    }
}

/// Exit status, or 128 and the signal.
pub fn wait(pid: i32) -> i32 {
    let mut status = 0;
    // The exit signal is init's own, so the child may count as a clone child: __WALL takes both.
    // SAFETY: the status is ours.
    let got = unsafe { libc::waitpid(pid, &mut status, libc::__WALL) };
    assert_eq!(got, pid, "{}", std::io::Error::last_os_error());
    if libc::WIFEXITED(status) { libc::WEXITSTATUS(status) } else { 128 + libc::WTERMSIG(status) }
}

pub fn send(socket: &UnixStream, message: &ToInit, fds: &[RawFd]) {
    let body = postcard::to_allocvec(message).unwrap();
    let mut frame = (body.len() as u32).to_le_bytes().to_vec();
    frame.extend(body);
    send_raw(socket, &frame, fds);
}

pub fn send_raw(socket: &UnixStream, frame: &[u8], fds: &[RawFd]) {
    let mut control = [0u64; 16];
    let mut part = libc::iovec { iov_base: frame.as_ptr() as *mut _, iov_len: frame.len() };
    // SAFETY: all pointers are to locals that live during the call; the control buffer is large enough
    // for the few descriptors of a test.
    unsafe {
        let mut header: libc::msghdr = std::mem::zeroed();
        header.msg_iov = &raw mut part;
        header.msg_iovlen = 1;
        if !fds.is_empty() {
            let bytes = std::mem::size_of_val(fds) as u32;
            header.msg_control = control.as_mut_ptr().cast();
            header.msg_controllen = libc::CMSG_SPACE(bytes) as usize;
            let first = libc::CMSG_FIRSTHDR(&header);
            (*first).cmsg_level = libc::SOL_SOCKET;
            (*first).cmsg_type = libc::SCM_RIGHTS;
            (*first).cmsg_len = libc::CMSG_LEN(bytes) as usize;
            std::ptr::copy_nonoverlapping(fds.as_ptr(), libc::CMSG_DATA(first).cast(), fds.len());
        }
        let sent = libc::sendmsg(socket.as_raw_fd(), &header, libc::MSG_NOSIGNAL);
        if sent >= 0 && (sent as usize) < frame.len() {
            let _ = (&*socket).write_all(&frame[sent as usize..]);
        }
    }
}

pub fn receive(socket: &UnixStream) -> Option<(FromInit, Vec<OwnedFd>)> {
    let mut fds = Vec::new();
    let mut head = [0u8; 4];
    fill(socket, &mut head, &mut fds)?;
    let mut body = vec![0u8; u32::from_le_bytes(head) as usize];
    fill(socket, &mut body, &mut fds)?;
    Some((postcard::from_bytes(&body).unwrap(), fds))
}

fn fill(socket: &UnixStream, buffer: &mut [u8], fds: &mut Vec<OwnedFd>) -> Option<()> {
    let mut done = 0;
    while done < buffer.len() {
        let mut control = [0u64; 16];
        let rest = &mut buffer[done..];
        let mut part = libc::iovec { iov_base: rest.as_mut_ptr().cast(), iov_len: rest.len() };
        // SAFETY: as in `send_raw`; descriptors that arrive are ours alone.
        let got = unsafe {
            let mut header: libc::msghdr = std::mem::zeroed();
            header.msg_iov = &raw mut part;
            header.msg_iovlen = 1;
            header.msg_control = control.as_mut_ptr().cast();
            header.msg_controllen = size_of_val(&control);
            let got = libc::recvmsg(socket.as_raw_fd(), &mut header, libc::MSG_CMSG_CLOEXEC);
            let mut each = libc::CMSG_FIRSTHDR(&header);
            while got > 0 && !each.is_null() {
                let count = ((*each).cmsg_len - libc::CMSG_LEN(0) as usize) / size_of::<RawFd>();
                for i in 0..count {
                    let fd = *libc::CMSG_DATA(each).cast::<RawFd>().add(i);
                    fds.push(OwnedFd::from_raw_fd(fd));
                }
                each = libc::CMSG_NXTHDR(&header, each);
            }
            got
        };
        let error = std::io::Error::last_os_error();
        if got < 0 && error.kind() == std::io::ErrorKind::Interrupted {
            continue;
        }
        assert!(got >= 0, "init does not answer: {error}");
        if got == 0 {
            return None;
        }
        done += got as usize;
    }
    Some(())
}
