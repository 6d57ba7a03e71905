import type { HostFacts, LaunchPlan } from '../host/generated/plan.ts';
import type { Process } from '../spec/generated/config.ts';
import { addStep, newDraft } from './draft.ts';
import { finishPlan } from './finish-plan.ts';
import { keepsGroups } from './keeps-groups.ts';
import { planConsole } from './plan-console.ts';
import { planEnvironment } from './plan-environment.ts';
import { planExecCgroups } from './plan-exec-cgroups.ts';
import type { ExecContainer, ExecPlanOptions } from './plan-options.ts';
import {
  type ProcessRequest,
  planExecve,
  planPrepare,
  planPrivileges,
  planProcess,
} from './plan-process.ts';
import { planSeccomp, planSeccompListener } from './plan-seccomp.ts';

/**
 * A further process in a running container. `process` is complete: the caller has put the container's
 * own process under what was asked.
 */
export function planExec(
  process: Process,
  container: ExecContainer,
  options: ExecPlanOptions,
  facts: HostFacts,
): LaunchPlan {
  const draft = newDraft(options, facts);
  const request = execRequest(process, container, options, facts);
  planPrepare(draft, request);
  planConsole(draft, request.pointer, process, false);
  // before the affinity, which the container's cpuset limits
  addStep(draft, '', { cgroupReady: { unshare: false } });
  planProcess(draft, request);
  planPrivileges(draft, request);
  addStep(draft, '', { waitStart: {} });
  planExecve(draft, request);
  const { annotations } = container;
  const owner = { annotations, initPid: container.process.pid };
  const listener = planSeccompListener(container.seccomp, options, owner);
  return finishPlan(draft, {
    namespaces: { create: [], join: [], of: container.process },
    timeOffsets: [],
    cgroup: planExecCgroups(container, options, facts),
    seccomp: request.seccomp ? [request.seccomp] : [],
    ...(listener ? { seccompListener: listener } : {}),
    gate: options.gate ?? { open: {} },
    terminal: process.terminal === true,
  });
}

function execRequest(
  process: Process,
  container: ExecContainer,
  options: ExecPlanOptions,
  facts: HostFacts,
): ProcessRequest {
  const pointer = options.processPointer ?? '';
  return {
    process,
    pointer,
    env: planEnvironment(pointer, process.env),
    exec: true,
    userNamespace: container.userNamespace,
    // an exec may not be freer than the container
    noNewPrivileges: process.noNewPrivileges === true || container.noNewPrivileges === true,
    seccomp: planSeccomp(container.seccomp),
    personality: container.personality,
    memoryPolicy: container.memoryPolicy,
    setGroups: maySetGroups(container, facts),
  };
}

function maySetGroups(container: ExecContainer, facts: HostFacts): boolean {
  const { annotations, userNamespace, denySetgroups } = container;
  if (facts.setgroupsDenied || keepsGroups(annotations)) return false;
  return userNamespace ? denySetgroups !== true : facts.euid === 0;
}
