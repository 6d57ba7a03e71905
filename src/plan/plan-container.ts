import type { HostFacts, LaunchPlan } from '../host/generated/plan.ts';
import type { Linux, Process, Spec } from '../spec/generated/config.ts';
import { checkRootless } from './check-rootless.ts';
import { addStep, type Draft, newDraft } from './draft.ts';
import { finishPlan } from './finish-plan.ts';
import { keepsGroups } from './keeps-groups.ts';
import {
  hasNamespace,
  makesNamespace,
  type NamespaceSet,
  readNamespaces,
} from './namespace-set.ts';
import { planCgroupReady } from './plan-cgroup-ready.ts';
import { planCgroups } from './plan-cgroups.ts';
import { planConsole } from './plan-console.ts';
import { planDevices } from './plan-devices.ts';
import { planEnvironment } from './plan-environment.ts';
import { invalid, unsupported } from './plan-error.ts';
import { planContainerHooks, planRuntimeHooks, planStartHooks } from './plan-hooks.ts';
import { planHostname } from './plan-hostname.ts';
import { planMasks } from './plan-masks.ts';
import { bindsDev, type MountRequest, planMounts, planReadonlyMounts } from './plan-mounts.ts';
import { planNetDevices } from './plan-net-devices.ts';
import type { PlanOptions } from './plan-options.ts';
import {
  type ProcessRequest,
  planExecve,
  planMissingDirectory,
  planPrepare,
  planPrivileges,
  planProcess,
} from './plan-process.ts';
import { planPivot, planRootfs, planRootReadonly } from './plan-rootfs.ts';
import { planSeccomp, planSeccompListener } from './plan-seccomp.ts';
import { planSysctl } from './plan-sysctl.ts';
import { planTimeOffsets } from './plan-time-offsets.ts';
import { planUserMaps } from './plan-user-maps.ts';

/** The launch of a new container: config.json, flags and facts of the host in, steps out. */
export function planContainer(spec: Spec, options: PlanOptions, facts: HostFacts): LaunchPlan {
  const { process, linux = {} } = spec;
  if (!process) throw invalid('/process', 'process property must not be empty');
  refuseUnsupported(linux);
  const draft = newDraft(options, facts);
  const namespaces = readNamespaces(linux, facts);
  checkRootless(spec, namespaces, facts);
  const user = planUserMaps(linux, namespaces, facts);
  const request: ProcessRequest = {
    ...processRequest(draft, linux, process, user?.deny_setgroups),
    ...(keepsGroups(spec.annotations) && { setGroups: false }),
    userNamespace: hasNamespace(namespaces, 'user'),
  };
  planPrepare(draft, request);
  planNetDevices(draft, linux);
  const mounts = planFilesystems(draft, spec, process, namespaces);
  planInside(draft, spec, request, namespaces, mounts);
  const listener = planSeccompListener(linux.seccomp, options, { annotations: spec.annotations });
  const cgroup = planCgroups(draft, spec, namespaces);
  return finishPlan(draft, {
    namespaces,
    ...(user ? { user } : {}),
    timeOffsets: planTimeOffsets(linux, namespaces),
    ...(cgroup ? { cgroup } : {}),
    seccomp: request.seccomp ? [request.seccomp] : [],
    ...(listener ? { seccompListener: listener } : {}),
    gate: options.gate ?? { fifo: { dir: options.stateDir } },
    terminal: process.terminal === true,
  });
}

/** Properties that must not be ignored silently until rundlet can do them. */
function refuseUnsupported(linux: Linux): void {
  if (linux.intelRdt) throw unsupported('/linux/intelRdt', 'intelRdt is not supported yet');
}

function processRequest(
  draft: Draft,
  linux: Linux,
  process: Process,
  denySetgroups: boolean | undefined,
): Omit<ProcessRequest, 'userNamespace'> {
  return {
    process,
    pointer: '/process',
    env: planEnvironment('/process', process.env),
    exec: false,
    noNewPrivileges: process.noNewPrivileges === true,
    seccomp: planSeccomp(linux.seccomp),
    personality: linux.personality,
    memoryPolicy: linux.memoryPolicy,
    setGroups: maySetGroups(draft.facts, denySetgroups),
  };
}

/** An ordinary user may only in a namespace whose gid map a helper wrote. */
function maySetGroups(facts: HostFacts, denied: boolean | undefined): boolean {
  if (facts.setgroupsDenied) return false;
  return denied === undefined ? facts.euid === 0 : !denied;
}

/** From the new namespaces to the step into the rootfs. */
function planFilesystems(
  draft: Draft,
  spec: Spec,
  process: Process,
  namespaces: NamespaceSet,
): MountRequest[] {
  if (makesNamespace(namespaces, 'network')) addStep(draft, '', { loopbackUp: {} });
  planRootfs(draft, spec, namespaces);
  const mounts = planMounts(draft, spec, namespaces);
  if (!bindsDev(mounts)) planDevices(draft, spec.linux ?? {}, namespaces);
  // needs the container's devpts, and a /dev/console that is not read-only yet
  planConsole(draft, '/process', process, true);
  // hooks may change the cgroups (GPU hooks allow devices), so these must be there
  planCgroupReady(draft, namespaces);
  planRuntimeHooks(draft, spec.hooks);
  planContainerHooks(draft, spec);
  planPivot(draft, spec, namespaces);
  return mounts;
}

/** From there to the program. */
function planInside(
  draft: Draft,
  spec: Spec,
  request: ProcessRequest,
  namespaces: NamespaceSet,
  mounts: readonly MountRequest[],
): void {
  const { linux = {} } = spec;
  planMissingDirectory(draft, request);
  planReadonlyMounts(draft, mounts);
  planRootReadonly(draft, spec);
  planHostname(draft, spec, namespaces);
  // before /proc/sys is covered
  planSysctl(draft, linux, namespaces);
  planMasks(draft, linux);
  planProcess(draft, request);
  planPrivileges(draft, request);
  addStep(draft, '', { waitStart: {} });
  planStartHooks(draft, spec, request.env);
  planExecve(draft, request);
}
