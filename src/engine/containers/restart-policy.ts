import type { RestartPolicy } from './record.ts';

const firstDelay = 100;
const longestDelay = 60_000;
/** A run as long as this makes the delay start anew. */
const settledAfter = 10_000;

/** What a container's end is judged by. */
export interface EndedRun {
  exitCode: number;
  /** Restarts by policy so far. */
  restartCount: number;
  hasBeenManuallyStopped: boolean;
  /** Milliseconds. */
  ranFor: number;
  /** Milliseconds waited before this run; 0 when it was started by hand. */
  lastDelay: number;
}

/**
 * Milliseconds to wait before the container is started again; undefined when it stays stopped. The delay
 * doubles from 100 ms to a minute, and starts anew after a run of ten seconds (moby's restartmanager).
 */
export function restartDelay(policy: RestartPolicy, run: EndedRun): number | undefined {
  if (!wantsRestart(policy, run)) return undefined;
  if (run.lastDelay === 0 || run.ranFor >= settledAfter) return firstDelay;
  return Math.min(run.lastDelay * 2, longestDelay);
}

/** Whether the engine's start starts it: `always` also what was stopped by hand, as dockerd does. */
export function wantsStart(
  policy: RestartPolicy,
  ended: Pick<EndedRun, 'exitCode' | 'restartCount' | 'hasBeenManuallyStopped'>,
): boolean {
  if (policy.Name === 'always') return true;
  if (policy.Name === 'unless-stopped') return !ended.hasBeenManuallyStopped;
  return wantsRestart(policy, { ...ended, hasBeenManuallyStopped: false });
}

function wantsRestart(
  policy: RestartPolicy,
  run: Pick<EndedRun, 'exitCode' | 'restartCount' | 'hasBeenManuallyStopped'>,
): boolean {
  if (run.hasBeenManuallyStopped) return false;
  switch (policy.Name) {
    case 'always':
    case 'unless-stopped':
      return true;
    case 'on-failure': {
      const { MaximumRetryCount: limit } = policy;
      return run.exitCode !== 0 && (limit === 0 || run.restartCount < limit);
    }
    default:
      return false;
  }
}
