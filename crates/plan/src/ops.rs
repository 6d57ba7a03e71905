//! The one door out of TypeScript: every host operation with its arguments and result. A host calls
//! `rundlet_core::host::call(op, arguments JSON)`; a result is JSON unless the operation says text.

use crate::systemd::{SystemdUnit, UnitManager};
use crate::{
    CgroupVersion, CgroupWrite, LaunchPlan, LogPipes, LogRead, OwnPrograms, PackLayer, PackedLayer,
    ProcessRef, PullAuthorize, PullBegin, PullEvent, PullNext, RegistryAnswer, RegistryOpen,
    RegistrySend, ShimAttach, ShimAttachOpen, ShimAttached, ShimDetached, ShimExec, ShimExecuted,
    ShimGone, ShimResize, ShimSpec, ShimStarted, ShimWait, ShimWaited, Stdio, StepList, UploadBlob,
};
use alloc::{string::String, vec::Vec};
use serde::{Deserialize, Serialize};

macro_rules! data {
    ($($(#[$meta:meta])* struct $name:ident { $($(#[$field_meta:meta])* $field:ident : $type:ty,)* })*) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(rename_all = "camelCase")]
        #[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, export_to = "plan.ts"))]
        pub struct $name { $($(#[$field_meta])* pub $field: $type,)* }
    )*};
}
pub(crate) use data;

data! {
    /// A failed operation. Crosses the border as a value; `src/host/host-error.ts` makes the exception.
    struct OpFailure {
        /// Operation, e.g. `launch`, `readText`.
        op: String,
        syscall: String,
        /// 0 when the failure is not the kernel's.
        errno: i32,
        /// Symbolic, `ENOENT`; empty with errno 0.
        errno_name: String,
        /// The kernel's words in lower case as runc prints them: `no such file or directory`.
        errno_text: String,
        subject: String,
        detail: String,
        /// Failures of a launch: which step. The pointer is looked up by TypeScript.
        #[serde(default)]
        #[cfg_attr(feature = "ts", ts(optional))]
        list: Option<StepList>,
        #[serde(default)]
        #[cfg_attr(feature = "ts", ts(optional))]
        step: Option<u32>,
        /// JSON pointer, where the host side knows it (cgroup writes, seccomp, namespaces).
        #[serde(default)]
        #[cfg_attr(feature = "ts", ts(optional))]
        from: Option<String>,
    }

    // --- files: for records and bundles on the host, never for paths inside a rootfs ---

    /// `readText` → text. Fails with EFBIG above `max` bytes, EILSEQ when not UTF-8.
    struct ReadText { path: String, max: u32, }
    /// `readStandardInput` → text, all of it. Fails as readText does.
    struct ReadStandardInput { max: u32, }
    // `readLine` → TextLine: of standard input, up to a newline, which is left out; no more is taken.

    struct TextLine {
        text: String,
        /// Nothing is left.
        ended: bool,
    }
    /// `writeRecord`: temporary file in the same directory, rename; mode regardless of umask. `durable`
    /// adds fsync, for what must outlive the machine's next boot.
    struct WriteRecord { path: String, text: String, mode: u32, durable: bool, }
    /// `makeDirectory`; `parents` like mkdir -p (existing is no error then), else EEXIST.
    struct MakeDirectory { path: String, mode: u32, parents: bool, }
    /// `removeTree`: the directory and all below it, by descriptor, following nothing; missing is no error.
    struct RemoveTree { path: String, }
    /// `listDirectory` → names, sorted.
    struct ListDirectory { path: String, }
    struct Names { names: Vec<String>, }
    /// `stat` → FileStat; `follow` false is lstat.
    struct Stat { path: String, follow: bool, }
    struct FileStat {
        /// `file`, `directory`, `symlink`, `fifo`, `socket`, `char`, `block`.
        kind: String,
        mode: u32,
        uid: u32,
        gid: u32,
        #[cfg_attr(feature = "ts", ts(type = "number | bigint"))]
        size: u64,
    }
    struct Path { path: String, }
    /// `lock`: flock(LOCK_EX), `shared` LOCK_SH, on a file made if missing, close-on-exec; → Handle. `unlock`
    /// takes it.
    struct Lock {
        path: String,
        #[serde(default)]
        #[cfg_attr(feature = "ts", ts(optional))]
        shared: Option<bool>,
        /// False: EAGAIN at once when another holds it. Set by hosts that have few threads to wait with.
        #[serde(default)]
        #[cfg_attr(feature = "ts", ts(optional))]
        wait: Option<bool>,
    }
    struct Handle { handle: u32, }
    // `lockDirectory` locks an existing directory itself, so that nothing is added to it; ENOENT when it is
    // removed meanwhile. `tryLock` and `tryLockDirectory` give handle 0 at once when another holds it.

    /// `realPath` → text, absolute and without symlinks.
    struct RealPath { path: String, }
    /// `rename`: replaces what stands at `to` as rename(2) does.
    struct Rename { from: String, to: String, }
    /// `sha256` → text: digest of the text's UTF-8 bytes, lower hexadecimal digits.
    struct Sha256 { text: String, }
    /// `makeTree`: entries in their order below `base`; modes regardless of umask. EEXIST unless it says touch.
    struct MakeTree { base: String, entries: Vec<TreeEntry>, }
    struct TreeEntry {
        /// Below `base`, without leading slash.
        path: String,
        /// `directory`, `file`, `symlink`; `touch` is an empty file that may exist already.
        kind: String,
        /// Not of a symlink.
        mode: u32,
        /// Of a file what is in it, of a symlink where it leads.
        text: String,
    }

    // --- overlay mounts of the layer store ---

    /// Directories of an overlay, all relative to `home`; `lower` topmost first.
    struct OverlayLayers { home: String, lower: Vec<String>, upper: String, work: String, }
    /// `mountOverlay`: on `<home>/<target>`, made with mode 0755 if it is missing; already mounted is no
    /// error. E2BIG when even paths relative to `home` exceed the page that mount(2) takes. `volatile`: the
    /// upper layer need not outlive a crash of the machine, so that no unmount waits for the disk.
    struct MountOverlay {
        layers: OverlayLayers,
        target: String,
        #[serde(default)]
        #[cfg_attr(feature = "ts", ts(optional))]
        volatile: Option<bool>,
    }
    /// `fillInitLayer`: each entry is made in `upper` unless the image has a directory there; files and links
    /// on its way are removed first. Straight in `upper` where the layers let one see what has to be there,
    /// else through the overlay, mounted where nobody else sees it. `target` is where it is mounted on
    /// kernels that need a place.
    struct FillInitLayer { layers: OverlayLayers, target: String, entries: Vec<TreeEntry>, }
    // `unmount` takes Path: detaches what is mounted there and removes the empty directory; neither
    // being there is no error.

    // --- the host ---

    /// `facts`, read once per process.
    struct HostFacts {
        euid: u32,
        egid: u32,
        /// /proc/self/uid_map is not the identity.
        in_user_namespace: bool,
        /// In it, setgroups(2) is denied for good.
        setgroups_denied: bool,
        cgroup: CgroupFacts,
        /// Linux release, `6.18.5`.
        kernel: String,
        /// Highest capability the kernel knows.
        last_cap: u8,
        apparmor: bool,
        selinux: bool,
        page_size: u32,
        /// Cgroup and time namespaces, where the kernel has them (/proc/self/ns).
        namespaces: Vec<String>,
    }
    struct CgroupFacts {
        version: CgroupVersion,
        hierarchies: Vec<HierarchyFact>,
    }
    struct HierarchyFact {
        /// v1: directory name below the cgroup root; v2: empty.
        name: String,
        mount: String,
        /// v1: controllers of it (`cpu`, `cpuacct`, `name=systemd`); v2: cgroup.controllers.
        controllers: Vec<String>,
        /// The runtime's own group in it, `/` based.
        own: String,
    }

    /// `clock` → the realtime clock.
    #[derive(Copy, Eq)]
    struct Moment {
        /// Since 1970, UTC.
        #[cfg_attr(feature = "ts", ts(type = "number"))]
        seconds: i64,
        nanoseconds: u32,
    }
    /// `randomHex` → text of `bytes` random bytes from the kernel, two lower hexadecimal digits each.
    struct RandomHex { bytes: u32, }

    // --- launching ---

    /// `launchAhead` → Handle: starts rundlet-init with these descriptors before there is a plan, which then
    /// names it (`LaunchPlan::ahead`). `launchAheadEnd` takes the handle of one that no launch has taken.
    struct LaunchAhead { stdio: Stdio, preserve_fds: u32, }
    /// `launch` takes the plan, → LaunchEvent. It runs until a barrier, ready, or failure.
    struct LaunchEvent {
        handle: u32,
        /// `started`, `barrier`, `ready` (waits for the record), `released` (Gate::Fifo after `ready`: it goes to the
        /// gate and nothing more is heard of it), `running` (execve was done).
        kind: String,
        /// The barrier's step.
        #[serde(default)]
        #[cfg_attr(feature = "ts", ts(optional))]
        step: Option<u32>,
        pid: i32,
        #[cfg_attr(feature = "ts", ts(type = "number | bigint"))]
        start_time: u64,
        /// Directories of the groups that could not be made and may be missing (`CgroupPlan::optional`).
        left_out: Vec<String>,
        /// A pty master is held for `wait` (terminal without a console socket).
        console: bool,
        /// Parent ends of pipes for stdio asked as -2: descriptor numbers, -1 where there is none. Only in
        /// the event of `launch` itself, and the caller's to close from then on.
        pipes: [i32; 3],
    }

    // --- processes ---

    /// `processStatus` → ProcessStatus.
    struct ProcessStatus {
        /// Exists, has that start time, and is not a zombie or dead.
        alive: bool,
        /// Kernel's state letter, empty when it is gone.
        state: String,
    }
    /// `containerStatus`: one look at all that status is computed from.
    struct ContainerStatusQuery {
        process: ProcessRef,
        /// `<root>/<id>`.
        dir: String,
        /// v1 freezer group or v2 group, absolute; empty for none.
        freezer: String,
    }
    struct ContainerStatusFacts { alive: bool, fifo: bool, frozen: bool, }
    /// `readContainer` → text: a line of what `containerStatus` says, as three digits (alive, fifo, frozen),
    /// and `<dir>/state.json`. A record that cannot be read as one is passed on with `000`. Fails as readText.
    struct ReadContainer { dir: String, max: u32, }
    /// `listContainers` → Listed: all directories below `root`, by name. ENOENT when there is no root.
    struct ListContainers { root: String, max: u32, }
    struct Listed { containers: Vec<ListedContainer>, }
    struct ListedContainer {
        /// Of the directory.
        name: String,
        /// Who owns it.
        uid: u32,
        /// Absent: no record is there, or it cannot be read as one.
        #[serde(default)]
        #[cfg_attr(feature = "ts", ts(optional))]
        record: Option<ListedRecord>,
    }
    /// What a list shows of a record, and what its status is computed from.
    struct ListedRecord {
        id: String,
        pid: i32,
        created: String,
        version: String,
        rootfs: String,
        labels: Vec<String>,
        facts: ContainerStatusFacts,
    }
    /// `signal`: pidfd_send_signal after comparing the start time; ESRCH when it is another process.
    struct Signal { process: ProcessRef, signal: i32, }
    /// `signalGroup`: every process of the groups (cgroup.kill for KILL on v2).
    struct SignalGroup { paths: Vec<String>, signal: i32, }
    /// `openGate`: read the byte of `<dir>/exec.fifo`, remove it. Fails with ESRCH if the process dies
    /// meanwhile.
    struct OpenGate { dir: String, process: ProcessRef, }
    /// `notifyOpen` → Handle: a datagram socket at `path`, for the container's program to say that it is
    /// ready. `manager` is our own NOTIFY_SOCKET.
    struct NotifyOpen { path: String, manager: String, }
    /// `notifyForward`: when the program says so, READY, MAINPID and a barrier go to the manager. Waits for
    /// it or for the end of the process, and closes the handle; with `background` it returns at once, and
    /// `notifyClose` ends it.
    struct NotifyForward { handle: u32, process: ProcessRef, main_pid: i32, background: bool, }
    /// `wait` → ExitStatus. By handle of a launch, or any process (PIDFD_GET_INFO, kernel 6.15+).
    struct Wait {
        #[serde(default)]
        #[cfg_attr(feature = "ts", ts(optional))]
        handle: Option<u32>,
        #[serde(default)]
        #[cfg_attr(feature = "ts", ts(optional))]
        process: Option<ProcessRef>,
        /// Foreground of a terminal: forward signals to the process, copy the console.
        foreground: bool,
    }
    struct ExitStatus {
        /// `exited` or `signaled`; `unknown` when the kernel cannot tell a stranger.
        kind: String,
        /// Exit code or signal number.
        value: i32,
    }
    /// `hook`: run on the host with `stdin`; never fails for the hook's own exit.
    struct RunProgram {
        path: String,
        /// argv with argv[0]; empty: the path alone.
        args: Vec<String>,
        /// Absent: this process's environment.
        #[serde(default)]
        #[cfg_attr(feature = "ts", ts(optional))]
        env: Option<Vec<String>>,
        cwd: String,
        stdin: String,
        /// Milliseconds, 0 for none; then SIGKILL.
        timeout: u32,
        /// Bytes of each output that are kept, the rest is dropped; absent: 64 KiB.
        #[serde(default)]
        #[cfg_attr(feature = "ts", ts(optional))]
        keep: Option<u32>,
    }
    struct ProgramResult { status: ExitStatus, stdout: String, stderr: String, timed_out: bool, }

    // --- cgroups of a running or dead container ---

    /// `cgroupProcesses` → Pids: all processes of the groups and their sub-groups, ascending, once each.
    struct CgroupPaths { paths: Vec<String>, }
    // `cgroupDemandEmpty` takes CgroupPaths too: EBUSY when they have processes, their number in the detail.
    // Groups that cannot be read are taken for empty.
    struct Pids { pids: Vec<i32>, }
    /// `freeze`: stop every process of a group, or let them run again. Returns when all have stopped; a
    /// group that does not get there in ten seconds is let run again, with an error.
    struct Freeze { path: String, frozen: bool, }
    /// `cgroupWrite`: all of these or none. What the kernel refuses as invalid is tried again after the
    /// other files of its group, since some are checked against each other (memory and memory+swap,
    /// quota and period). → the writes that would take it all back.
    struct GroupsWrites { groups: Vec<GroupWrites>, }
    struct GroupWrites {
        /// The group's directory, absolute; of a cgroup filesystem or resctrl.
        path: String,
        writes: Vec<CgroupWrite>,
    }
    /// `readFiles`: small kernel files, all in one call; none for those that are missing or tell nothing.
    struct Files { paths: Vec<String>, }
    struct Texts { texts: Vec<Option<String>>, }
    /// `watchOpen` → Handle: what happens to a container, for `watchNext` until `watchClose`.
    struct WatchOpen {
        /// Its first process, whose end ends the watch.
        process: ProcessRef,
        version: CgroupVersion,
        /// The group that accounts memory; empty for none.
        memory: String,
        /// Nanoseconds between two ticks; 0 for none.
        #[cfg_attr(feature = "ts", ts(type = "number | bigint"))]
        interval: u64,
    }
    /// `watchNext` waits: `oom`, `tick`, or `ended`.
    struct WatchEvent { kind: String, }
    // `cgroupRemove` takes CgroupPaths: kills nothing; removes sub-groups first, retries EBUSY up to a
    // second; missing is no error.

    // --- systemd, over D-Bus ---

    /// `systemdManager` → ManagerFacts.
    struct ManagerQuery { manager: UnitManager, }
    struct ManagerFacts {
        /// `252.38-1~deb12u1`.
        version: String,
        /// The manager's own group, `/user.slice/…/user@1000.service`; empty for the root.
        control_group: String,
    }
    /// `setUnitProperties`: until the unit ends.
    struct SetUnitProperties { unit: SystemdUnit, }
    /// `stopUnit`: stops it, waits until that is done, and forgets that it has failed. A unit that is not
    /// there is no error; → text, how the job ended, `done` if all is well.
    struct StopUnit { manager: UnitManager, name: String, }

    // --- the life of the engine's containers ---

    // `cancelOpen` → Handle, which as `cancel` of an operation that waits ends it with ECANCELED once it is
    // given to `cancel`; `cancelClose` closes it.

    /// `awaitEnd` → Ended: whether the process has ended, waiting `timeout` milliseconds, for ever without.
    struct AwaitEnd {
        process: ProcessRef,
        #[serde(default)]
        #[cfg_attr(feature = "ts", ts(optional))]
        timeout: Option<u32>,
        #[serde(default)]
        #[cfg_attr(feature = "ts", ts(optional))]
        cancel: Option<u32>,
    }
    struct Ended { ended: bool, }
    /// `pause`: lets time pass.
    struct Pause { milliseconds: u32, }
    /// `pinNamespace`: keeps a namespace of the process (`net`) by a bind mount on the new file `path`.
    /// `unpin` takes the Path: detaches and removes it; missing is no error.
    struct PinNamespace { process: ProcessRef, kind: String, path: String, }
    /// `mountShm`: a tmpfs of `size` bytes, mode 1777, for all who share a container's /dev/shm.
    struct MountShm {
        path: String,
        #[cfg_attr(feature = "ts", ts(type = "number | bigint"))]
        size: u64,
    }
    /// `mountVolume`: a file system on a volume's directory; one that is mounted there already is no error.
    /// `detach` takes the Path: lazily unmounts what is there; nothing being there is no error.
    struct MountVolume {
        /// `/dev/vdb1`, `/srv`, `host:/export`, `tmpfs`.
        source: String,
        target: String,
        /// File system type.
        kind: String,
        /// MS_… bits of mount(2).
        flags: u32,
        data: String,
    }
    /// `layerChanges` → Changes: what `upper` changed in the layers below, topmost first; absolute directories.
    struct LayerChanges { upper: String, lower: Vec<String>, }
    struct Changes { changes: Vec<Change>, }
    struct Change {
        /// `/etc/hosts`; names that are not UTF-8 with the replacement character.
        path: String,
        /// `added`, `modified`, `deleted`.
        kind: String,
    }
    /// `treeSize` takes Path → TreeSize: all below a directory; bytes of files, each once whatever its names,
    /// and of the targets of symlinks.
    struct TreeSize {
        #[cfg_attr(feature = "ts", ts(type = "number"))]
        bytes: u64,
        #[cfg_attr(feature = "ts", ts(type = "number"))]
        entries: u64,
    }
    // --- the engine's containers ---

    /// `containerNames` takes Path, the `containers` directory → ContainerNames, in no order.
    struct ContainerNames { containers: Vec<ContainerName>, }
    struct ContainerName {
        id: String,
        /// `Name` of config.v2.json, with its slash.
        name: String,
    }
    /// `readInRoot`: a regular file, resolved inside `root` by the kernel; EFBIG above `max` bytes.
    struct ReadInRoot { root: String, path: String, max: u32, }
    struct FoundText { found: bool, text: String, }
    /// `statInRoot` → InRootStat.
    struct InRoot { root: String, path: String, }
    struct InRootStat {
        /// `missing`, `directory` or `other`.
        kind: String,
    }
    /// `makeDirectoryInRoot`: mkdir -p inside `root`; ENOTDIR where something else stands.
    struct DirectoryInRoot { root: String, path: String, mode: u32, uid: u32, gid: u32, }
    /// `copyIntoVolume`: the directory `path` inside `root` becomes the content of an empty volume.
    struct CopyIntoVolume { root: String, path: String, volume: String, }
    struct Copied { copied: bool, }
    /// `deviceNodes` → DeviceNodes: the node at `path`, links followed, or all below a directory; none
    /// for other files.
    struct DeviceQuery { path: String, }
    struct DeviceNodes { nodes: Vec<DeviceNode>, }
    struct DeviceNode {
        path: String,
        /// `c` or `b`.
        kind: String,
        major: u32,
        minor: u32,
        mode: u32,
        uid: u32,
        gid: u32,
    }

    /// `appendEvent`: one line, whole or not at all, by one command at a time; the file (mode 0600) becomes
    /// `<path>.1` before it would have more than `max` bytes.
    struct AppendEvent {
        path: String,
        text: String,
        #[cfg_attr(feature = "ts", ts(type = "number"))]
        max: u64,
    }
    /// `tailOpen` → Handle for `tailNext` until `tailClose`: the lines of such a file from the oldest on, or
    /// with `fromEnd` those that come from now on. Only with `follow` is more waited for.
    struct TailOpen { path: String, follow: bool, from_end: bool, }
    /// `tailNext` → TailText: the next whole lines, waiting `timeout` milliseconds for them, for ever without.
    struct TailNext {
        handle: u32,
        #[serde(default)]
        #[cfg_attr(feature = "ts", ts(optional))]
        timeout: Option<u32>,
        #[serde(default)]
        #[cfg_attr(feature = "ts", ts(optional))]
        cancel: Option<u32>,
    }
    struct TailText { text: String, ended: bool, }
    // --- files in and out of containers ---

    /// The root of a container. The first of these that is given counts.
    struct ContainerRoot {
        id: String,
        /// What this process of the container sees; 0 when it does not run.
        pid: i32,
        /// Where its layers are mounted; empty when they are not.
        directory: String,
        /// Mounted for the operation alone, with the volumes that have a place in it.
        layers: Option<OverlayLayers>,
        volumes: Vec<RootVolume>,
    }
    struct RootVolume { source: String, destination: String, readonly: bool, }
    /// `copyOut`: a file or a tree to a place of the host, or as tar to standard output when `destination` is
    /// empty. The rules are docker cp's. `follow`: the path's last link, too. Failures name whose path it
    /// was: `from` is `container` or `host`.
    struct CopyOut {
        root: ContainerRoot,
        path: String,
        follow: bool,
        /// Absolute.
        destination: String,
        /// Else files belong to the caller.
        keep_owner: bool,
    }
    /// `copyIn`: the other way; with an empty `source` the tar of standard input into a directory.
    struct CopyIn {
        root: ContainerRoot,
        /// Absolute.
        source: String,
        follow: bool,
        path: String,
    }
    /// `exportTree`: the whole root as tar to the file `output`, or to standard output, which must be no
    /// terminal.
    struct ExportTree { root: ContainerRoot, output: String, }

    // --- images ---

    /// `platform` → what images have to be made for.
    struct Platform {
        /// Go's word: `amd64`, `arm64`.
        architecture: String,
    }
    /// `archiveOpen` → Handle, for `archiveClose`: an image archive, a tar file or a directory of the same
    /// form; standard input where `path` is empty. What cannot be read by position (a pipe, a compressed
    /// tar file) is first copied to a file without a name in the directory `spool`.
    struct ArchiveOpen {
        path: String,
        spool: String,
        max_members: u32,
        /// Of the copy.
        #[cfg_attr(feature = "ts", ts(type = "number"))]
        max_bytes: u64,
        /// No archive of images but one file, plain or compressed, which is every member.
        whole: bool,
    }
    /// `archiveText` → FoundText: a member that is a file. EFBIG above `max` bytes, EILSEQ when not UTF-8.
    struct ArchiveText { handle: u32, path: String, max: u32, }
    /// `unpackLayers` → UnpackedLayers in the same order: several at once, by threads. Digests are verified;
    /// with the first failure all stop, and what was made is left to the caller.
    struct UnpackLayers {
        handle: u32,
        layers: Vec<LayerSource>,
        /// Of a layer's tar.
        #[cfg_attr(feature = "ts", ts(type = "number"))]
        max_bytes: u64,
        /// Of a layer.
        #[cfg_attr(feature = "ts", ts(type = "number"))]
        max_entries: u64,
    }
    /// A layer's tar, plain or compressed by gzip or zstd.
    struct LayerSource {
        /// Member of the archive.
        path: String,
        /// Of the member as it is; empty if that is not known.
        digest: String,
        /// Of the tar; empty if that is not known.
        diff_id: String,
        /// Directory that gets the files: `overlay2/<cache id>/diff`.
        root: String,
        /// The new file tar-split.json.gz.
        split: String,
    }
    struct UnpackedLayers { layers: Vec<UnpackedLayer>, }
    struct UnpackedLayer {
        digest: String,
        diff_id: String,
        /// Bytes of files and of the targets of symlinks.
        #[cfg_attr(feature = "ts", ts(type = "number"))]
        size: u64,
    }

    /// `tarSize` takes the Path of a tar-split.json.gz → bytes of the tar that it makes again.
    struct TarSize {
        #[cfg_attr(feature = "ts", ts(type = "number"))]
        size: u64,
    }
    /// `writeArchive`: a tar file of these members, in their order. The file `path` is replaced when all is
    /// whole, one that is no regular file is written to; standard output where `path` is empty.
    struct WriteArchive { path: String, members: Vec<ArchiveMember>, }
    struct ArchiveMember {
        name: String,
        /// Seconds since 1970.
        #[cfg_attr(feature = "ts", ts(type = "number"))]
        mtime: i64,
        /// `directory`, `text`, or `layer`: the tar that was unpacked, byte for byte.
        kind: String,
        /// What is in a text.
        text: String,
        /// Of a layer: its directory `diff`, its tar-split.json.gz, and the digest that is verified.
        root: String,
        split: String,
        diff_id: String,
    }

    // --- output of the command line ---

    /// `print`: whole text to descriptor 1 or 2.
    struct Print { fd: i32, text: String, }
    /// `appendText`: one write to a file opened O_APPEND|O_CREAT 0644 (`--log`).
    struct AppendText { path: String, text: String, }
}

/// Maps operation names to argument and result types; only for the TypeScript generator, which turns
/// it into the `Ops` interface of `src/host/ops.ts`.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(export, export_to = "plan.ts"))]
pub struct Ops {
    pub read_text: (ReadText, String),
    pub read_standard_input: (ReadStandardInput, String),
    pub read_line: ((), TextLine),
    pub write_record: (WriteRecord, ()),
    pub make_directory: (MakeDirectory, ()),
    pub remove_tree: (RemoveTree, ()),
    pub list_directory: (ListDirectory, Names),
    pub stat: (Stat, FileStat),
    pub remove_file: (Path, ()),
    pub real_path: (RealPath, String),
    pub rename: (Rename, ()),
    pub sha256: (Sha256, String),
    pub make_tree: (MakeTree, ()),
    pub mount_overlay: (MountOverlay, ()),
    pub fill_init_layer: (FillInitLayer, ()),
    pub unmount: (Path, ()),
    pub lock: (Lock, Handle),
    pub lock_directory: (Lock, Handle),
    pub try_lock: (Lock, Handle),
    pub try_lock_directory: (Path, Handle),
    pub unlock: (Handle, ()),
    pub clock: ((), Moment),
    pub random_hex: (RandomHex, String),
    pub facts: ((), HostFacts),
    pub launch_ahead: (LaunchAhead, Handle),
    pub launch_ahead_end: (Handle, ()),
    pub launch: (LaunchPlan, LaunchEvent),
    /// As `launch`, but returns with kind `started` once init has its plan and the cgroups are made;
    /// `launchContinue` goes on to the first event. What the caller does meanwhile costs no time.
    pub launch_start: (LaunchPlan, LaunchEvent),
    /// After a barrier, or after `ready` (the record is written): go on to the next event. With
    /// Gate::Word the event after `ready` is `ready` again, now waiting for the word.
    pub launch_continue: (Handle, LaunchEvent),
    /// Kill, reap, remove the cgroups that this launch made, close.
    pub launch_abort: (Handle, ()),
    /// Close our side of a launch that goes on by itself (create, run --detach).
    pub launch_release: (Handle, ()),
    pub process_status: (ProcessRef, ProcessStatus),
    pub container_status: (ContainerStatusQuery, ContainerStatusFacts),
    pub read_container: (ReadContainer, String),
    pub list_containers: (ListContainers, Listed),
    pub signal: (Signal, ()),
    pub signal_group: (SignalGroup, ()),
    pub open_gate: (OpenGate, ()),
    pub notify_open: (NotifyOpen, Handle),
    pub notify_forward: (NotifyForward, ()),
    pub notify_close: (Handle, ()),
    pub wait: (Wait, ExitStatus),
    pub run_program: (RunProgram, ProgramResult),
    pub cgroup_processes: (CgroupPaths, Pids),
    pub cgroup_demand_empty: (CgroupPaths, ()),
    pub cgroup_remove: (CgroupPaths, ()),
    pub read_files: (Files, Texts),
    pub watch_open: (WatchOpen, Handle),
    pub watch_next: (Handle, WatchEvent),
    /// Wakes a `watchNext` that waits, with `ended`.
    pub watch_close: (Handle, ()),
    pub cgroup_write: (GroupsWrites, GroupsWrites),
    pub freeze: (Freeze, ()),
    pub systemd_manager: (ManagerQuery, ManagerFacts),
    pub set_unit_properties: (SetUnitProperties, ()),
    pub stop_unit: (StopUnit, String),
    pub await_end: (AwaitEnd, Ended),
    pub pause: (Pause, ()),
    pub pin_namespace: (PinNamespace, ()),
    pub unpin: (Path, ()),
    pub mount_shm: (MountShm, ()),
    pub mount_volume: (MountVolume, ()),
    pub detach: (Path, ()),
    pub layer_changes: (LayerChanges, Changes),
    pub tree_size: (Path, TreeSize),
    pub container_names: (Path, ContainerNames),
    pub read_in_root: (ReadInRoot, FoundText),
    pub stat_in_root: (InRoot, InRootStat),
    pub make_directory_in_root: (DirectoryInRoot, ()),
    pub copy_into_volume: (CopyIntoVolume, Copied),
    pub device_nodes: (DeviceQuery, DeviceNodes),
    pub copy_out: (CopyOut, ()),
    pub copy_in: (CopyIn, ()),
    pub export_tree: (ExportTree, ()),
    pub append_event: (AppendEvent, ()),
    pub tail_open: (TailOpen, Handle),
    pub tail_next: (TailNext, TailText),
    pub tail_close: (Handle, ()),
    pub platform: ((), Platform),
    pub archive_open: (ArchiveOpen, Handle),
    pub archive_close: (Handle, ()),
    pub archive_text: (ArchiveText, FoundText),
    pub tar_size: (Path, TarSize),
    pub write_archive: (WriteArchive, ()),
    pub unpack_layers: (UnpackLayers, UnpackedLayers),
    pub log_pipes: ((), LogPipes),
    pub registry_open: (RegistryOpen, Handle),
    pub registry_send: (RegistrySend, RegistryAnswer),
    pub registry_close: (Handle, ()),
    pub pull_begin: (PullBegin, Handle),
    pub pull_next: (PullNext, PullEvent),
    pub pull_authorize: (PullAuthorize, ()),
    pub pull_end: (Handle, ()),
    pub pack_layer: (PackLayer, PackedLayer),
    pub upload_blob: (UploadBlob, RegistryAnswer),
    pub drop_blob: (Handle, ()),
    pub log_read: (LogRead, ()),
    pub cancel_open: ((), Handle),
    pub cancel: (Handle, ()),
    pub cancel_close: (Handle, ()),
    pub own_programs: ((), OwnPrograms),
    pub shim_start: (ShimSpec, ShimStarted),
    pub shim_go: (Handle, ShimGone),
    pub shim_abort: (Handle, ()),
    pub shim_attach_open: (ShimAttachOpen, ShimAttached),
    pub shim_attach: (ShimAttach, ShimDetached),
    pub shim_exec: (ShimExec, ShimExecuted),
    pub shim_resize: (ShimResize, ()),
    pub shim_wait: (ShimWait, ShimWaited),
    pub print: (Print, ()),
    pub append_text: (AppendText, ()),
    /// An existing file that is bound elsewhere: its content, in place.
    pub rewrite_text: (AppendText, ()),
}
