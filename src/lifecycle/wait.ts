import { systemError } from '../errors/system-error.ts';
import { isHostError } from '../host/host-error.ts';
import { readState } from '../state/store.ts';
import { type ExitResult, exitResult } from './exit-code.ts';
import type { RuntimeContext } from './types.ts';

/**
 * Waits until the container's process has ended. Its exit status is known for our own children, and
 * for strangers where the kernel tells it (6.15); otherwise `exitCode` is null.
 */
export async function wait({ host, root }: RuntimeContext, id: string): Promise<ExitResult> {
  const record = await readState(host, root, id);
  if (record.init_process_pid <= 0) return { exitCode: null };
  const process = { pid: record.init_process_pid, startTime: record.init_process_start };
  try {
    return exitResult(await host.call('wait', { process, foreground: false }));
  } catch (error) {
    if (isHostError(error, 'ESRCH')) return { exitCode: null };
    throw systemError(error);
  }
}
