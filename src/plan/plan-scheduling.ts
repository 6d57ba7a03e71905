import type {
  LinuxIOPriority,
  LinuxMemoryPolicy,
  LinuxPersonality,
  Scheduler,
} from '../spec/generated/config.ts';
import { parseCpuList } from './cpu-list.ts';
import { addStep, type Draft } from './draft.ts';
import { invalid } from './plan-error.ts';

const policies = ['OTHER', 'FIFO', 'RR', 'BATCH', 'ISO', 'IDLE', 'DEADLINE'];
const scheduleFlags = [
  'RESET_ON_FORK',
  'RECLAIM',
  'DL_OVERRUN',
  'KEEP_POLICY',
  'KEEP_PARAMS',
  'UTIL_CLAMP_MIN',
  'UTIL_CLAMP_MAX',
];
const ioClasses = ['NONE', 'RT', 'BE', 'IDLE'];
const memoryModes = [
  'DEFAULT',
  'PREFERRED',
  'BIND',
  'INTERLEAVE',
  'LOCAL',
  'PREFERRED_MANY',
  'WEIGHTED_INTERLEAVE',
];

/** `process.scheduler`, for sched_setattr(2). */
export function planScheduler(draft: Draft, from: string, scheduler: Scheduler | undefined): void {
  if (!scheduler) return;
  const flags = (scheduler.flags ?? []).reduce(
    (bits, flag, index) =>
      bits | (1 << wordIndex(scheduleFlags, 'SCHED_FLAG_', flag, `${from}/flags/${index}`)),
    0,
  );
  addStep(draft, from, {
    scheduler: {
      policy: wordIndex(policies, 'SCHED_', scheduler.policy, `${from}/policy`),
      flags,
      nice: scheduler.nice ?? 0,
      priority: scheduler.priority ?? 0,
      runtime: scheduler.runtime ?? 0,
      deadline: scheduler.deadline ?? 0,
      period: scheduler.period ?? 0,
    },
  });
}

/** `process.ioPriority`. */
export function planIoPriority(
  draft: Draft,
  from: string,
  asked: LinuxIOPriority | undefined,
): void {
  if (!asked) return;
  const ioClass = wordIndex(ioClasses, 'IOPRIO_CLASS_', asked.class, `${from}/class`);
  addStep(draft, from, { ioPriority: { class: ioClass, priority: asked.priority ?? 0 } });
}

/** `process.execCPUAffinity.final`: after the process has entered the container's cpuset. */
export function planCpuAffinity(draft: Draft, from: string, list: string | undefined): void {
  if (list) addStep(draft, from, { cpuAffinity: { cpus: parseCpuList(list, from) } });
}

/** `linux.memoryPolicy`, for set_mempolicy(2): the flags are the high bits of the mode. */
export function planMemoryPolicy(draft: Draft, policy: LinuxMemoryPolicy | undefined): void {
  if (!policy) return;
  const from = '/linux/memoryPolicy';
  let mode = wordIndex(memoryModes, 'MPOL_', policy.mode ?? '', `${from}/mode`);
  for (const [index, flag] of (policy.flags ?? []).entries()) {
    const names = ['NUMA_BALANCING', 'RELATIVE_NODES', 'STATIC_NODES'];
    mode |= 1 << (13 + wordIndex(names, 'MPOL_F_', flag, `${from}/flags/${index}`));
  }
  const nodes = policy.nodes ? parseCpuList(policy.nodes, `${from}/nodes`) : [];
  addStep(draft, from, { memoryPolicy: { mode, nodes } });
}

/** `linux.personality`. The spec defines no flags yet. */
export function planPersonality(draft: Draft, personality: LinuxPersonality | undefined): void {
  if (!personality) return;
  const from = '/linux/personality';
  if (personality.flags?.length) {
    draft.options.warn?.(
      `ignoring unsupported personality flags: [${personality.flags.join(' ')}]`,
    );
  }
  const domains: Record<string, number> = { LINUX: 0, LINUX32: 8 };
  if (!Object.hasOwn(domains, personality.domain)) {
    throw invalid(`${from}/domain`, `invalid personality domain ${personality.domain}`);
  }
  addStep(draft, from, { personality: { domain: domains[personality.domain] as number } });
}

function wordIndex(
  words: readonly string[],
  prefix: string,
  word: string,
  pointer: string,
): number {
  const index = word.startsWith(prefix) ? words.indexOf(word.slice(prefix.length)) : -1;
  if (index === -1) throw invalid(pointer, `unknown value "${word}"`);
  return index;
}
