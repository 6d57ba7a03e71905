import type { Act, LaunchPlan, Mount, OpFailure, Step } from '../host/generated/plan.ts';
import { failureReason, failureText } from '../host/host-error.ts';
import { quote } from './quote.ts';

/** `mount`, `openSource` …: the key of an act. */
export type ActName = Act extends infer One ? (One extends One ? keyof One : never) : never;

/** What a failed step has to say beside the failure itself. */
export interface ActFailure {
  failure: OpFailure;
  plan: LaunchPlan;
}

/** The act's name and fields; the wire knows acts by their only key. */
export function actOf(step: Step): [ActName, Record<string, unknown>] {
  const [entry] = Object.entries(step.act);
  return entry as [ActName, Record<string, unknown>];
}

/** runc's words for a failed act, without the words about the container's start before them. */
export function actText(step: Step, context: ActFailure): string {
  const [name, fields] = actOf(step);
  const text = texts[name];
  return text ? text(fields as never, context) : failureText(context.failure);
}

type Texts = { [K in ActName]?: (fields: never, context: ActFailure) => string };

/**
 * Where init says it all in runc's words, those; else ours. (It knows things that the failure's fields
 * have no place for: what a program's first line asks for, what fsopen's log said.)
 */
const said =
  <F>(words: (fields: F, context: ActFailure) => string, before = '') =>
  (fields: F, context: ActFailure): string =>
    context.failure.detail ? before + context.failure.detail : words(fields, context);

/** `words: syscall subject: reason`. */
const told =
  (words: string) =>
  (_: never, { failure }: ActFailure) =>
    `${words}: ${failureText(failure)}`;

/** `words: reason`, where runc names neither the system call nor the subject. */
const bare =
  (words: string) =>
  (_: never, { failure }: ActFailure) =>
    `${words}: ${failureReason(failure)}`;

const readyLimits = 'error setting rlimits for ready process: ';

const texts: Texts = {
  oomScoreAdj: bare('failed to update /proc/self/oom_score_adj'),
  openSource: openSourceText,
  propagation: told('error preparing rootfs'),
  rootfs: told('error preparing rootfs'),
  mount: mountText,
  bind: (bind: { source: string; target: string }, { failure }) =>
    mounting(bind.source, bind.target, failure, ''),
  remount: (mount: { target: string; data: string[] }, { failure }) =>
    mounting('', mount.target, failure, dataText(mount.data)),
  cgroupMount: (mount: { target: string }, { failure }) =>
    mounting('cgroup', mount.target, failure, ''),
  device: deviceText,
  deviceBind: deviceText,
  openDevice: ({ device }: { device: { path: string } }, act) => deviceText(device, act),
  symlink: told('error setting up /dev symlinks'),
  console: told('error setting up console'),
  hook: hookText,
  pivotRoot: told('error jailing process inside rootfs'),
  moveRoot: told('error jailing process inside rootfs'),
  rootPropagation: bare('unable to apply root propagation flags'),
  rootReadonly: bare('error setting rootfs as readonly'),
  mask: ({ path }: { path: string }, { failure }) =>
    `can't mask path ${quote(path)}: ${failureText(failure)}`,
  readonlyPath: ({ path }: { path: string }, { failure }) =>
    `can't make ${quote(path)} read-only: ${failureText(failure)}`,
  sysctl: ({ key }: { key: string }, { failure }) =>
    `error setting sysctl ${quote(key)}: ${failureText(failure)}`,
  hostname: bare('sethostname'),
  domainname: bare('setdomainname'),
  keyring: said(bare('unable to join session keyring')),
  rlimit: said(
    ({ resource }: { resource: number }, { failure }) =>
      `${readyLimits}error setting rlimit type ${resource}: ${failureReason(failure)}`,
    readyLimits,
  ),
  scheduler: schedulerText,
  ioPriority: bare('failed to set io priority'),
  cpuAffinity: bare('error setting CPU affinity'),
  memoryPolicy: bare('failed to set memory policy'),
  personality: bare('failed to set personality'),
  noNewPrivileges: bare('error setting no_new_privs'),
  apparmor: bare('unable to apply apparmor profile'),
  selinux: bare("can't set process label"),
  credentials: said(credentialsText),
  seccomp: told('unable to init seccomp: error loading seccomp filter into kernel'),
  cwd: said(cwdText),
  lookupProgram: said(programText),
  exec: said(
    ({ args }: { args: string[] }, { failure }) =>
      `exec ${failure.subject || args[0]}: ${failureReason(failure)}`,
  ),
};

/** The source is opened before the clone, but the user thinks of the mount: name its destination. */
function openSourceText(
  source: { path: string; slot: number },
  { failure, plan }: ActFailure,
): string {
  const target = plan.steps
    .map((step) => actOf(step))
    .find(
      ([name, fields]) => (name === 'bind' || name === 'deviceBind') && fields.slot === source.slot,
    )?.[1];
  const where = target?.target ?? target?.path;
  const cause = `open ${source.path}: ${failureReason(failure)}`;
  return where === undefined
    ? cause
    : `error mounting ${quote(source.path)} to rootfs at ${quote(String(where))}: ${cause}`;
}

function mountText(mount: Mount, { failure }: ActFailure): string {
  const flags = flagNames(mount.attr);
  return mounting(
    mount.source || mount.fstype,
    mount.target,
    failure,
    (flags && `, flags=${flags}`) + dataText(mount.data),
  );
}

/** `error mounting "tmpfs" to rootfs at "/data": mount src=tmpfs, dst=/data, data=size=x: invalid argument`. */
function mounting(source: string, target: string, failure: OpFailure, more: string): string {
  return `error mounting ${quote(source)} to rootfs at ${quote(target)}: ${mountCause(source, target, failure, more)}`;
}

function mountCause(source: string, target: string, failure: OpFailure, more: string): string {
  if (failure.detail.startsWith('mount src=')) return failure.detail;
  return mountSyscall(failure.syscall)
    ? `mount ${source && `src=${source}, `}dst=${target}${more}: ${failureReason(failure)}`
    : `create mountpoint for ${target} mount: ${failureText(failure)}`;
}

function mountSyscall(syscall: string): boolean {
  return /mount|^fs(open|config|pick)$|^open_tree/.test(syscall);
}

function dataText(data: string[]): string {
  return data.length > 0 ? `, data=${data.join(',')}` : '';
}

const attributes: [number, string][] = [
  [0x1, 'MS_RDONLY'],
  [0x2, 'MS_NOSUID'],
  [0x4, 'MS_NODEV'],
  [0x8, 'MS_NOEXEC'],
  [0x10, 'MS_NOATIME'],
  [0x20, 'MS_STRICTATIME'],
  [0x80, 'MS_NODIRATIME'],
  [0x200000, 'MS_NOSYMFOLLOW'],
];

function flagNames(attr: number): string {
  return attributes
    .filter(([bit]) => (attr & bit) !== 0)
    .map(([, name]) => name)
    .join('|');
}

function deviceText({ path }: { path: string }, { failure }: ActFailure): string {
  return `error creating device nodes: create device inode ${path}: ${failureReason(failure)}`;
}

/** What a hook did itself comes as a sentence or without an errno; a path that cannot run comes with one. */
function hookText(hook: { kind: string; index: number }, { failure }: ActFailure): string {
  const words = `error running ${hook.kind} hook #${hook.index}: `;
  if (failure.detail.startsWith('error running ')) return failure.detail;
  const reason = failureReason(failure);
  return words + (failure.errno === 0 ? reason : `fork/exec ${failure.subject}: ${reason}`);
}

/** sched_setattr(2): SCHED_DEADLINE needs all processors of the machine. */
function schedulerText(_: unknown, { failure, plan }: ActFailure): string {
  const words = `error setting scheduler: ${failureReason(failure)}`;
  const cpus = plan.cgroup?.groups.some(({ writes }) =>
    writes.some(({ file }) => file === 'cpuset.cpus'),
  );
  if (failure.errnoName !== 'EPERM' || !cpus) return words;
  return `${words}: process scheduler can't be used together with AllowedCPUs`;
}

function credentialsText(_: unknown, { failure }: ActFailure): string {
  const reason = failureReason(failure);
  if (failure.syscall.includes('CAPBSET')) {
    return `unable to apply bounding set: can't apply capabilities: ${reason}`;
  }
  if (/cap/i.test(failure.syscall)) {
    return `unable to apply caps: can't apply capabilities: ${reason}`;
  }
  return `unable to setup user: ${failureText(failure)}`;
}

function cwdText({ path }: { path: string }, { failure }: ActFailure): string {
  return `chdir to cwd (${quote(path)}) set in config.json failed: ${failureReason(failure)}`;
}

/** `exec: "/nosuch": stat /nosuch: no such file or directory`. */
function programText({ file }: { file: string }, { failure }: ActFailure): string {
  const reason = failureReason(failure);
  const missing = failure.errnoName === 'ENOENT';
  return `exec: ${quote(file)}: ${missing ? `stat ${failure.subject || file}: ` : ''}${reason}`;
}
