import type { Rlimit } from '../host/generated/plan.ts';
import type { POSIXRlimit } from '../spec/generated/config.ts';
import { addPrepare, addStep, type Draft, isRootless } from './draft.ts';
import { invalid } from './plan-error.ts';

/** In the order of their numbers on every architecture but alpha, mips and sparc. */
const names =
  'CPU FSIZE DATA STACK CORE RSS NPROC NOFILE MEMLOCK AS LOCKS SIGPENDING MSGQUEUE NICE RTPRIO RTTIME'.split(
    ' ',
  );

/** `process.rlimits`. */
export function planRlimits(
  draft: Draft,
  pointer: string,
  rlimits: readonly POSIXRlimit[] | undefined,
): void {
  for (const [index, rlimit] of (rlimits ?? []).entries()) {
    const from = `${pointer}/rlimits/${index}`;
    addStep(draft, from, { rlimit: toRlimit(from, rlimit) });
  }
}

/**
 * In a user namespace limits can only be lowered: raising a hard one takes CAP_SYS_RESOURCE of the first
 * one, so that it is done outside, and only that.
 */
export function planRaisedLimits(
  draft: Draft,
  pointer: string,
  rlimits: readonly POSIXRlimit[] | undefined,
): void {
  if (isRootless(draft.facts)) return;
  for (const [index, rlimit] of (rlimits ?? []).entries()) {
    const from = `${pointer}/rlimits/${index}`;
    const { resource, hard } = toRlimit(from, rlimit);
    addPrepare(draft, from, { raiseLimit: { resource, hard } });
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
