import type { Rlimit } from '../host/generated/plan.ts';
import type { POSIXRlimit } from '../spec/generated/config.ts';
import { addPrepare, addStep, type Draft } from './draft.ts';
import { invalid } from './plan-error.ts';

/** In the order of their numbers on every architecture but alpha, mips and sparc. */
const names =
  'CPU FSIZE DATA STACK CORE RSS NPROC NOFILE MEMLOCK AS LOCKS SIGPENDING MSGQUEUE NICE RTPRIO RTTIME'.split(' ');

/**
 * `process.rlimits`. A hard limit may be raised only with CAP_SYS_RESOURCE of the first user
 * namespace, so before the process enters another one; limits outlive clone and exec.
 */
export function planRlimits(
  draft: Draft,
  pointer: string,
  rlimits: readonly POSIXRlimit[] | undefined,
  userNamespace: boolean,
): void {
  const add = userNamespace ? addPrepare : addStep;
  for (const [index, rlimit] of (rlimits ?? []).entries()) {
    const from = `${pointer}/rlimits/${index}`;
    add(draft, from, { rlimit: toRlimit(from, rlimit) });
  }
}

function toRlimit(from: string, { type, soft, hard }: POSIXRlimit): Rlimit {
  const resource = type.startsWith('RLIMIT_') ? names.indexOf(type.slice('RLIMIT_'.length)) : -1;
  if (resource === -1) throw invalid(`${from}/type`, `invalid rlimit type ${type}`);
  return { resource, soft, hard };
}

/** `RLIMIT_…` of a number, for showing plans. */
export function rlimitName(resource: number): string {
  const name = names[resource];
  return name ? `RLIMIT_${name}` : String(resource);
}
