//! The acts: what rundlet-init can do. Each variant is one kernel act (or one that the kernel makes
//! us do in several calls); its order in the plan is the order of execution.

use crate::IdMap;
use alloc::{string::String, vec::Vec};
use serde::{Deserialize, Serialize};

/// One step of the plan: an act and the JSON pointer in config.json that asked for it
/// (`""` for what the runtime itself adds).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, export_to = "plan.ts"))]
pub struct Step {
    pub from: String,
    pub act: Act,
}

/// Acts of rundlet-init. Paths named `target` or `path` are container paths: they are resolved
/// inside the rootfs by file descriptor and can never leave it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, export_to = "plan.ts"))]
pub enum Act {
    // --- prepare: in the caller's mount namespace, before the container's process is cloned ---
    /// `open_tree(2)` of a host path as a detached copy, kept in `slot` for a later `bind`.
    OpenSource(OpenSource),
    /// A device node in a tmpfs that nobody sees, kept in `slot` for a later `deviceBind`: with the numbers
    /// and the owner (host ids) of the plan, where the container itself may not mknod. Before kernel 6.15,
    /// which cannot copy it from there, the host's node at the same path.
    OpenDevice {
        slot: u16,
        device: Device,
    },
    /// Write `/proc/self/oom_score_adj`; inherited by the container's process.
    OomScoreAdj {
        value: i32,
    },
    /// Raise a hard limit, for a process that will be in a user namespace, where nobody may. Where the caller
    /// may not either, `rlimit` tells.
    RaiseLimit {
        resource: u32,
        #[cfg_attr(feature = "ts", ts(type = "number | bigint"))]
        hard: u64,
    },
    /// Move an interface of the caller's network namespace into the container's, when that exists.
    NetDevice(NetDevice),

    // --- the rootfs, in the new mount namespace ---
    /// `mount(NULL, path, NULL, flags)` on the namespace's `/` (MS_REC|MS_SLAVE and the like).
    Propagation {
        flags: u32,
    },
    /// Make the rootfs a mount of its own and the root for all targets that follow.
    /// The mount that it is on becomes `parent` (`MS_PRIVATE` or `MS_SLAVE`) before, or the rootfs
    /// would show there, and pivot_root refuses a shared one. 0 in the caller's own mount namespace, where
    /// nothing but the rootfs may be changed.
    Rootfs {
        path: String,
        parent: u32,
    },
    /// `fsopen/fsconfig/fsmount/move_mount` of a filesystem onto `target`.
    Mount(Mount),
    /// `move_mount` of a detached tree (from `openSource`) onto `target`.
    Bind(Bind),
    /// Change flags or propagation of what is already mounted at `target` (option `remount`).
    Remount(Remount),
    /// The container's own cgroups at `target`: v2 as one mount, v1 as a tmpfs with one mount or
    /// bind per controller.
    CgroupMount(CgroupMount),
    /// `mknodat(2)`, mode and owner set regardless of umask.
    Device(Device),
    /// A device node bound through `slot`, where mknod is not allowed (user namespace).
    DeviceBind {
        path: String,
        slot: u16,
    },
    /// `symlinkat(2)`; an existing entry is left as it is unless `replace`.
    Symlink {
        path: String,
        target: String,
        replace: bool,
    },
    /// Allocate the pty in the container's own devpts, send the master to the host side, bind the
    /// slave at `/dev/console` and make it stdin, stdout and stderr.
    Console(Console),
    /// Wait until the host side has put this process into its cgroup, and give back the processors that
    /// the caller may be kept from; then `unshare(CLONE_NEWCGROUP)` if `unshare`.
    CgroupReady {
        unshare: bool,
    },
    /// Stop, tell the host side, go on when it says so (hooks of the runtime namespace).
    Barrier {
        name: String,
    },
    /// Run a hook here (createContainer before pivot_root, startContainer just before the program).
    Hook(Hook),
    /// `pivot_root(".", ".")` and a detached unmount of the old root.
    PivotRoot {},
    /// `MS_MOVE` and chroot, where pivot_root cannot work (initramfs; `--no-pivot`).
    MoveRoot {},
    /// chroot alone, in the caller's own mount namespace.
    ChangeRoot {},
    /// Final propagation of `/` (`linux.rootfsPropagation`).
    RootPropagation {
        flags: u32,
    },
    /// `root.readonly`.
    RootReadonly {},
    /// Cover a path: files by our own /dev/null, directories by an empty read-only tmpfs.
    Mask {
        path: String,
    },
    /// Bind a path over itself read-only.
    ReadonlyPath {
        path: String,
    },
    /// Write a sysctl (`net.ipv4.ip_forward`) through a private procfs.
    Sysctl {
        key: String,
        value: String,
    },
    Hostname {
        name: String,
    },
    Domainname {
        name: String,
    },
    /// `ip link set lo up` in a new network namespace.
    LoopbackUp {},

    // --- the process ---
    /// `setsid(2)`, and take the console as controlling terminal if `terminal`.
    Session {
        terminal: bool,
    },
    /// Join a fresh session keyring of that name, readable by the container only.
    Keyring {
        name: String,
    },
    Rlimit(Rlimit),
    Scheduler(Scheduler),
    /// `ioprio_set(2)`; class 1 real time, 2 best effort, 3 idle.
    IoPriority {
        class: u8,
        priority: u8,
    },
    CpuAffinity {
        cpus: Vec<u32>,
    },
    MemoryPolicy {
        mode: u32,
        nodes: Vec<u32>,
    },
    Personality {
        domain: u32,
    },
    NoNewPrivileges {},
    /// AppArmor profile, applied at exec.
    Apparmor {
        profile: String,
    },
    /// SELinux process label, applied at exec.
    Selinux {
        label: String,
    },
    Umask {
        mask: u32,
    },
    /// Bounding set first (needs CAP_SETPCAP), keep-caps across the change of user, then uid and
    /// groups, then the four other sets. One act because the kernel couples them.
    Credentials(Credentials),
    /// Load a compiled seccomp filter; `program` indexes `InitPlan::seccomp`.
    Seccomp {
        program: u16,
    },
    /// Make the directory if it is missing and `create`, `chdir(2)`, then check that getcwd is inside
    /// the root (CVE-2024-21626).
    Cwd {
        path: String,
        create: bool,
    },
    /// Find the program as execvp would, in the container; fails with runc's texts.
    LookupProgram {
        file: String,
        path: String,
    },
    /// Report ready; then wait at the gate (exec fifo, or the host side's word).
    WaitStart {},
    /// `close_range` everything above stdio and the preserved fds, `execve`.
    Exec(Exec),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, export_to = "plan.ts"))]
pub struct OpenSource {
    pub slot: u16,
    /// Absolute host path.
    pub path: String,
    /// `rbind`: with all submounts.
    pub recursive: bool,
    /// Options `src-nofollow`.
    #[serde(default)]
    pub nofollow: bool,
    /// Option `copy-symlink`: a source that is a symlink is made anew at the target, not followed.
    #[serde(default)]
    pub copy_symlink: bool,
    /// The tree's owners are mapped.
    #[serde(default)]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub idmap: Option<MountIds>,
}

/// `MOUNT_ATTR_IDMAP` of mount_setattr(2), kernel 5.12.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, export_to = "plan.ts"))]
pub struct MountIds {
    /// `ridmap`: with the mounts below.
    pub recursive: bool,
    /// Path of a user namespace whose maps are taken; empty: one made of `uid` and `gid`.
    #[serde(default)]
    pub namespace: String,
    /// `container` is the id on the file system, `host` the one that its owner shows as.
    #[serde(default)]
    pub uid: Vec<IdMap>,
    #[serde(default)]
    pub gid: Vec<IdMap>,
}

/// One entry of `linux.netDevices`. Permanent global addresses go along; the interface comes up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, export_to = "plan.ts"))]
pub struct NetDevice {
    /// In the caller's namespace.
    pub name: String,
    /// In the container; may hold a `%d`.
    pub inside: String,
}

/// Flag words are those of `mount_setattr(2)` (`MOUNT_ATTR_*`); propagation words are `MS_SHARED`,
/// `MS_SLAVE`, `MS_PRIVATE`, `MS_UNBINDABLE`, with `MS_REC` where it was asked recursively.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, export_to = "plan.ts"))]
pub struct Mount {
    pub target: String,
    pub fstype: String,
    #[serde(default)]
    pub source: String,
    /// `MOUNT_ATTR_*` of the mount.
    pub attr: u32,
    /// `MS_*` flags of the superblock (ro, sync, dirsync, mand, lazytime …) for the old call.
    pub super_flags: u32,
    /// Filesystem options, `key` or `key=value`, in order.
    #[serde(default)]
    pub data: Vec<String>,
    #[serde(default)]
    pub propagation: Vec<u32>,
    /// Copy what the image has at `target` into the new tmpfs.
    #[serde(default)]
    pub tmpcopyup: bool,
    /// Recursive `MOUNT_ATTR_*` to set and to clear (`rro`, `rnosuid` …).
    #[serde(default)]
    pub recursive_set: u32,
    #[serde(default)]
    pub recursive_clear: u32,
    /// Where the kernel refuses a new one (EPERM), the caller's tree at this path, read-only as a whole.
    #[serde(default)]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub or_callers: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, export_to = "plan.ts"))]
pub struct Bind {
    pub slot: u16,
    pub target: String,
    /// The source, for messages only.
    pub source: String,
    pub set: u32,
    pub clear: u32,
    #[serde(default)]
    pub recursive_set: u32,
    #[serde(default)]
    pub recursive_clear: u32,
    /// Made slave or private first when the namespace's root is not shared, then these.
    #[serde(default)]
    pub propagation: Vec<u32>,
    /// The tree was cloned from the host's namespace, so it still belongs to the host's peer groups;
    /// cut it off (`MS_SLAVE|MS_REC` or `MS_PRIVATE|MS_REC`) before anything else, 0 for never.
    pub detach: u32,
    /// Option `dest-nofollow`.
    #[serde(default)]
    pub nofollow: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, export_to = "plan.ts"))]
pub struct Remount {
    pub target: String,
    pub set: u32,
    pub clear: u32,
    pub super_flags: u32,
    #[serde(default)]
    pub data: Vec<String>,
    #[serde(default)]
    pub propagation: Vec<u32>,
    #[serde(default)]
    pub recursive_set: u32,
    #[serde(default)]
    pub recursive_clear: u32,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, export_to = "plan.ts"))]
pub struct CgroupMount {
    pub target: String,
    /// cgroup v2: one `cgroup2` mount (with a new cgroup namespace) or a bind of the own group.
    pub unified: bool,
    /// A new cgroup namespace is in force, so that a fresh mount shows the own sub-tree only.
    pub namespaced: bool,
    /// `MOUNT_ATTR_*`.
    pub attr: u32,
    /// v1: one entry per hierarchy; with `unified` at most one (the own group, for the bind).
    pub hierarchies: Vec<CgroupHierarchy>,
    /// v1 symlinks for combined controllers (`cpu` → `cpu,cpuacct`).
    #[serde(default)]
    pub links: Vec<(String, String)>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, export_to = "plan.ts"))]
pub struct CgroupHierarchy {
    /// Directory name under the target (`memory`, `cpu,cpuacct`, `systemd`).
    pub name: String,
    /// Mount data (`memory`, `cpu,cpuacct`, `none,name=systemd`).
    pub data: String,
    /// The container's own group on the host, for binds without a cgroup namespace.
    pub own: String,
    /// Where `own` could not be made the container is in the caller's group: that one, shown read-only.
    #[serde(default)]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub callers: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, export_to = "plan.ts"))]
pub enum NodeKind {
    Char,
    Block,
    Fifo,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, export_to = "plan.ts"))]
pub struct Device {
    pub path: String,
    pub kind: NodeKind,
    pub major: u32,
    pub minor: u32,
    /// Permission bits, e.g. 0o666.
    pub mode: u32,
    pub uid: u32,
    pub gid: u32,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, export_to = "plan.ts"))]
pub struct Console {
    /// Columns and rows; 0 leaves the kernel's value.
    pub width: u16,
    pub height: u16,
    /// Bind the slave at /dev/console (not for exec).
    pub bind: bool,
    /// Owner of the slave: the process's uid.
    pub uid: u32,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, export_to = "plan.ts"))]
pub struct Hook {
    /// Spec name: prestart, createRuntime, createContainer, startContainer, poststart, poststop.
    pub kind: String,
    pub index: u32,
    pub path: String,
    #[serde(default)]
    pub args: Vec<String>,
    /// `None`: the runtime's environment, as runc; `Some`: exactly this.
    #[serde(default)]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub env: Option<Vec<String>>,
    /// As `Exec::set_home`.
    #[serde(default)]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub set_home: Option<bool>,
    /// Seconds.
    #[serde(default)]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub timeout: Option<u32>,
    /// State JSON for stdin, in two halves around the pid, which only the process itself knows.
    pub state: (String, String),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, export_to = "plan.ts"))]
pub struct Rlimit {
    /// `RLIMIT_*` number of this architecture.
    pub resource: u32,
    #[cfg_attr(feature = "ts", ts(type = "number | bigint"))]
    pub soft: u64,
    #[cfg_attr(feature = "ts", ts(type = "number | bigint"))]
    pub hard: u64,
}

/// `sched_setattr(2)`; times in nanoseconds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, export_to = "plan.ts"))]
pub struct Scheduler {
    pub policy: u32,
    #[cfg_attr(feature = "ts", ts(type = "number | bigint"))]
    pub flags: u64,
    pub nice: i32,
    pub priority: u32,
    #[cfg_attr(feature = "ts", ts(type = "number | bigint"))]
    pub runtime: u64,
    #[cfg_attr(feature = "ts", ts(type = "number | bigint"))]
    pub deadline: u64,
    #[cfg_attr(feature = "ts", ts(type = "number | bigint"))]
    pub period: u64,
}

/// Capability sets are lists of capability numbers (`CAP_CHOWN` = 0). `None` of `capabilities` keeps
/// what the change of user leaves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, export_to = "plan.ts"))]
pub struct Credentials {
    pub uid: u32,
    pub gid: u32,
    pub additional_gids: Vec<u32>,
    /// False in a user namespace where setgroups is denied.
    pub set_groups: bool,
    #[serde(default)]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub capabilities: Option<CapabilitySets>,
    /// Index into `InitPlan::seccomp` of a filter to load before privileges are dropped
    /// (noNewPrivileges false: the filter needs CAP_SYS_ADMIN).
    #[serde(default)]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub seccomp_before: Option<u16>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, export_to = "plan.ts"))]
pub struct CapabilitySets {
    pub bounding: Vec<u8>,
    pub effective: Vec<u8>,
    pub permitted: Vec<u8>,
    pub inheritable: Vec<u8>,
    pub ambient: Vec<u8>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, export_to = "plan.ts"))]
pub struct Exec {
    pub args: Vec<String>,
    pub env: Vec<String>,
    /// Add HOME from the container's /etc/passwd (`/` when it has no entry) if env has none.
    pub set_home: bool,
}
