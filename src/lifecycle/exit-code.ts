import type { ExitStatus } from '../host/generated/plan.ts';
import { signalName } from '../spec/signals.ts';

/** How a container's process ended. */
export interface ExitResult {
  /** As a shell says it: the code, or 128 + signal; null when the kernel cannot tell. */
  exitCode: number | null;
  /** `SIGKILL`; absent for a process that exited. */
  signal?: string;
}

/** The host's exit status as a shell would give it. */
export function exitResult({ kind, value }: ExitStatus): ExitResult {
  if (kind === 'exited') return { exitCode: value };
  if (kind !== 'signaled') return { exitCode: null };
  return { exitCode: 128 + value, signal: signalName(value) ?? String(value) };
}
