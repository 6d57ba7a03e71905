import type { SeccompSource } from '../host/generated/plan.ts';
import type { LinuxMemoryPolicy, LinuxPersonality, Process } from '../spec/generated/config.ts';
import { parseCpuList } from './cpu-list.ts';
import { addPrepare, addStep, type Draft } from './draft.ts';
import { planCapabilities } from './plan-capabilities.ts';
import { searchPath } from './plan-environment.ts';
import { invalid, unsupported } from './plan-error.ts';
import { planRaisedLimits, planRlimits } from './plan-rlimits.ts';
import {
  planCpuAffinity,
  planIoPriority,
  planMemoryPolicy,
  planPersonality,
  planScheduler,
} from './plan-scheduling.ts';

/** The process of a container or of an exec, with what the container adds to it. */
export interface ProcessRequest {
  process: Process;
  /** JSON pointer of the process. */
  pointer: string;
  /** Its environment, checked. */
  env: string[];
  exec: boolean;
  /** It will be in a user namespace that the runtime is not in. */
  userNamespace: boolean;
  noNewPrivileges: boolean;
  seccomp: SeccompSource | undefined;
  personality: LinuxPersonality | undefined;
  memoryPolicy: LinuxMemoryPolicy | undefined;
  setGroups: boolean;
}

/** What the process inherits over the clone. */
export function planPrepare(draft: Draft, request: ProcessRequest): void {
  const { process, pointer, exec, userNamespace } = request;
  if (userNamespace) planRaisedLimits(draft, pointer, process.rlimits);
  // lowering it needs CAP_SYS_RESOURCE outside of the container
  if (process.oomScoreAdj !== undefined) {
    addPrepare(draft, `${pointer}/oomScoreAdj`, { oomScoreAdj: { value: process.oomScoreAdj } });
  }
  // for exec only, says the spec; before it is in the container's cgroup
  const initial = exec ? process.execCPUAffinity?.initial : undefined;
  if (initial) {
    const from = `${pointer}/execCPUAffinity/initial`;
    addPrepare(draft, from, { cpuAffinity: { cpus: parseCpuList(initial, from) } });
  }
}

/** Makes a working directory that is missing, which a read-only root would forbid later. */
export function planMissingDirectory(draft: Draft, { process, pointer }: ProcessRequest): void {
  if (process.cwd === '/') return;
  addStep(draft, `${pointer}/cwd`, { cwd: { path: process.cwd, create: true } });
}

/** From the new session to the last check before the privileges go. */
export function planProcess(draft: Draft, request: ProcessRequest): void {
  const { process, pointer } = request;
  addStep(draft, '', { session: { terminal: process.terminal === true } });
  planRlimits(draft, pointer, process.rlimits);
  if (!draft.options.noNewKeyring)
    addStep(draft, '', { keyring: { name: `_ses.${draft.options.id}` } });
  planScheduler(draft, `${pointer}/scheduler`, process.scheduler);
  planIoPriority(draft, `${pointer}/ioPriority`, process.ioPriority);
  // for exec only, says the spec
  if (request.exec)
    planCpuAffinity(draft, `${pointer}/execCPUAffinity/final`, process.execCPUAffinity?.final);
  planPersonality(draft, request.personality);
  planMemoryPolicy(draft, request.memoryPolicy);
  planUmask(draft, request);
  planLabels(draft, request);
}

/** no_new_privs, the filter, the user, the directory and the program, in the one order that is safe. */
export function planPrivileges(draft: Draft, request: ProcessRequest): void {
  const { process, pointer, env, noNewPrivileges, seccomp } = request;
  const args = process.args ?? [];
  if (args.length === 0) throw invalid(`${pointer}/args`, 'args must not be empty');
  if (!process.cwd.startsWith('/')) throw invalid(`${pointer}/cwd`, 'Cwd must be an absolute path');
  if (noNewPrivileges) addStep(draft, `${pointer}/noNewPrivileges`, { noNewPrivileges: {} });
  // after the masks, so that no covered directory is entered; and while it is still root: one that only
  // root may enter is entered, one that only the user may enter is tried again by `credentials`
  addStep(draft, `${pointer}/cwd`, { cwd: { path: process.cwd, create: false } });
  // without no_new_privs a filter needs CAP_SYS_ADMIN, so it is loaded before that goes
  planCredentials(draft, request, seccomp !== undefined && !noNewPrivileges);
  addStep(draft, `${pointer}/args/0`, {
    lookupProgram: { file: args[0] as string, path: searchPath(env) },
  });
  if (seccomp && noNewPrivileges) addStep(draft, seccomp.from, { seccomp: { program: 0 } });
}

/** The program itself. */
export function planExecve(draft: Draft, { process, pointer, env }: ProcessRequest): void {
  addStep(draft, `${pointer}/args`, { exec: { args: process.args ?? [], env, setHome: true } });
}

/** Never the caller's. */
function planUmask(draft: Draft, { process, pointer }: ProcessRequest): void {
  const umask = process.user?.umask;
  addStep(draft, umask === undefined ? '' : `${pointer}/user/umask`, {
    umask: { mask: umask ?? 0o022 },
  });
}

function planLabels(draft: Draft, { process, pointer }: ProcessRequest): void {
  const { apparmorProfile: profile, selinuxLabel: label } = process;
  if (profile) {
    const from = `${pointer}/apparmorProfile`;
    if (!draft.facts.apparmor) {
      throw unsupported(from, 'unable to apply apparmor profile: apparmor not enabled on the host');
    }
    addStep(draft, from, { apparmor: { profile } });
  }
  if (label) {
    const from = `${pointer}/selinuxLabel`;
    if (!draft.facts.selinux) {
      throw unsupported(
        from,
        'selinux label is specified in config, but selinux is disabled or not supported',
      );
    }
    addStep(draft, from, { selinux: { label } });
  }
}

function planCredentials(draft: Draft, request: ProcessRequest, filterBefore: boolean): void {
  const { process, pointer, setGroups } = request;
  const user = process.user ?? {};
  addStep(draft, pointer, {
    credentials: {
      uid: user.uid ?? 0,
      gid: user.gid ?? 0,
      additionalGids: user.additionalGids ?? [],
      setGroups,
      capabilities: planCapabilities(draft, process.capabilities),
      ...(filterBefore ? { seccompBefore: 0 } : {}),
    },
  });
}
