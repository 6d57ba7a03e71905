import type { OpFailure, Step } from '../host/generated/plan.ts';
import { type ActName, actOf } from './act-text.ts';

export const delegationHint =
  'it takes root or, for a user, a delegated group of cgroup v2, as `systemd-run --user --scope -p Delegate=yes` gives';

/** What the user can do about a failed launch. The first row that fits wins. */
interface HintRow {
  act?: readonly ActName[];
  errno?: readonly string[];
  /** Matched against pointer, subject and detail. */
  about?: RegExp;
  hint: string;
}

const rows: readonly HintRow[] = [
  {
    about: /rootless needs no limits|could not join or create cgroup/,
    hint: delegationHint,
  },
  {
    errno: ['ENOENT'],
    about: /\bnew[ug]idmap\b/,
    hint: 'more than one id needs newuidmap and newgidmap (package uidmap or shadow-utils); `spec --rootless` maps one',
  },
  {
    about: /\bnew[ug]idmap\b/,
    hint: 'the maps must lie in the ranges that /etc/subuid and /etc/subgid give to this user',
  },
  {
    act: ['openSource'],
    errno: ['ENOENT'],
    hint: 'create the source on the host first, or correct `source`',
  },
  {
    act: ['openSource'],
    errno: ['EACCES', 'EPERM'],
    hint: 'the calling user may not open the source of this mount',
  },
  {
    act: ['mount', 'remount'],
    errno: ['ENODEV'],
    hint: 'the kernel does not know this filesystem type; /proc/filesystems lists those it has',
  },
  {
    act: ['mount', 'remount'],
    errno: ['EINVAL'],
    hint: 'the filesystem refuses one of the options',
  },
  {
    act: ['mount'],
    errno: ['EPERM'],
    about: /sysfs|proc/,
    hint: 'a new user namespace needs a new network namespace for sysfs and a new pid namespace for proc',
  },
  {
    act: ['mount', 'bind'],
    errno: ['ENOTDIR'],
    hint: 'source and destination must both be directories, or both not',
  },
  {
    act: ['mount', 'bind'],
    errno: ['EROFS'],
    hint: 'the mount point does not exist in the read-only rootfs and cannot be made there',
  },
  {
    act: ['bind'],
    errno: ['EINVAL'],
    about: /mount_setattr|idmap/i,
    hint: 'the filesystem of the source may not support id-mapped mounts',
  },
  {
    act: ['rlimit'],
    errno: ['EPERM'],
    hint: 'raising a hard limit needs CAP_SYS_RESOURCE, which this host process lacks; ask for less',
  },
  {
    act: ['oomScoreAdj'],
    errno: ['EACCES', 'EPERM'],
    hint: 'lowering oom_score_adj needs CAP_SYS_RESOURCE',
  },
  {
    act: ['credentials'],
    errno: ['EPERM'],
    about: /cap/i,
    hint: 'the config asks for a capability that the runtime itself does not have',
  },
  {
    act: ['credentials'],
    errno: ['EINVAL'],
    hint: 'the user or a group has no mapping in the user namespace',
  },
  {
    act: ['exec', 'lookupProgram'],
    errno: ['ENOEXEC'],
    hint: 'a script without #! line, or a binary for another architecture',
  },
  {
    act: ['exec'],
    errno: ['ENOENT'],
    hint: 'the file is there, but not its interpreter: look at the #! line (CRLF?) or the ELF loader',
  },
  {
    act: ['lookupProgram'],
    errno: ['EACCES'],
    hint: 'the program is not executable for the user of the process',
  },
  { act: ['sysctl'], errno: ['ENOENT'], hint: 'the kernel has no such sysctl in this namespace' },
  {
    act: ['sysctl'],
    errno: ['EROFS', 'EACCES', 'EPERM'],
    hint: 'this sysctl belongs to the host, not to the namespace',
  },
  {
    act: ['seccomp'],
    errno: ['EINVAL', 'EACCES'],
    hint: 'this kernel refuses the filter or one of its flags',
  },
  {
    act: ['apparmor'],
    hint: 'is the profile loaded on this host? see /sys/kernel/security/apparmor/profiles',
  },
  {
    act: ['device', 'deviceBind'],
    errno: ['EPERM'],
    hint: 'mknod is not allowed here; a user namespace needs bind mounts of the host devices',
  },
  {
    act: ['pivotRoot'],
    errno: ['EINVAL'],
    hint: 'pivot_root does not work from an initramfs; try --no-pivot',
  },
  {
    about: /OOM-killed/,
    hint: 'raise linux.resources.memory.limit; a container needs a few MB to start',
  },
  {
    errno: ['EBUSY', 'EINVAL', 'ENOMEM'],
    about: /resources\/memory/,
    hint: 'the limit is below what the container already uses, or above that of a parent group',
  },
  {
    errno: ['ENOENT'],
    about: /\/linux\/resources/,
    hint: 'the controller of this file is not enabled (delegated) here',
  },
  { errno: ['EROFS'], about: /cgroup/, hint: 'the cgroup filesystem is mounted read-only' },
  {
    errno: ['EACCES', 'EPERM'],
    about: /cgroup/,
    hint: `no write access to the cgroup: ${delegationHint}`,
  },
  {
    errno: ['EPERM', 'EACCES'],
    about: /userns|uid_map|gid_map|namespaces/,
    hint: 'this host restricts namespaces for this user (sysctl user.max_user_namespaces, AppArmor, subuid)',
  },
  {
    errno: ['ENOSPC', 'EUSERS'],
    about: /namespaces|unshare|clone/,
    hint: 'the limit on namespaces is reached (sysctl user.max_*_namespaces)',
  },
];

/** A sentence for the situation, or nothing. */
export function hintFor(failure: OpFailure, step?: Step): string | undefined {
  const name = step && actOf(step)[0];
  const about = [step?.from, failure.from, failure.subject, failure.detail, failure.syscall].join(
    ' ',
  );
  return rows.find(
    (row) =>
      (!row.act || (name !== undefined && row.act.includes(name))) &&
      (!row.errno || row.errno.includes(failure.errnoName)) &&
      (!row.about || row.about.test(about)),
  )?.hint;
}
