import { systemError } from '../errors/system-error.ts';
import type { LaunchEvent } from '../host/generated/plan.ts';
import type { StateRecord } from '../state/state-record.ts';
import { abandonLaunch } from './abandon-launch.ts';
import { throwIfAborted } from './abort.ts';
import { type ExitResult, exitResult } from './exit-code.ts';
import { runHooks } from './hooks.ts';
import { launchContainer } from './launch-container.ts';
import type { RunOptions, RuntimeContext } from './types.ts';

export interface RunResult extends ExitResult {
  pid: number;
}

/** A started container that is still ours to wait for. */
export interface RunningContainer {
  dir: string;
  record: StateRecord;
  event: LaunchEvent;
}

/**
 * Creates and starts a container without the detour over `exec.fifo`. Detached it returns at once
 * with exit code 0; otherwise it waits, forwards signals and the terminal, and deletes the container
 * unless it is to be kept.
 */
export async function run(context: RuntimeContext, options: RunOptions): Promise<RunResult> {
  const running = await startContainer(context, options);
  const { pid, handle } = running.event;
  if (options.detach) {
    await context.host.call('launchRelease', { handle });
    return { pid, exitCode: 0 };
  }
  return { pid, ...(await finishContainer(context, running, options.keep)) };
}

/** The first half of `run`: the program is executing, poststart hooks have run. */
export function startContainer(
  context: RuntimeContext,
  options: RunOptions,
): Promise<RunningContainer> {
  return launchContainer(context, options, { word: {} }, async ({ dir, record, event }) => {
    throwIfAborted(context);
    const running = await context.host.call('launchContinue', { handle: event.handle });
    await runHooks(context, 'poststart', record, 'running');
    return { dir, record, event: running };
  });
}

/** The second half: wait for the program, then remove the container unless it is to be kept. */
export async function finishContainer(
  context: RuntimeContext,
  { dir, record, event }: RunningContainer,
  keep = false,
  foreground = true,
): Promise<ExitResult> {
  const { host } = context;
  let result: ExitResult;
  try {
    // The handle ends with the wait.
    result = exitResult(await host.call('wait', { handle: event.handle, foreground }));
  } catch (error) {
    // It cannot be waited for, and nobody else would remove it.
    await abandonLaunch(host, event.handle);
    const { destroy } = await import('./destroy.ts');
    await destroy(context, dir, record).catch(() => undefined);
    throw systemError(error);
  }
  if (!keep) {
    const { destroy } = await import('./destroy.ts');
    await destroy(context, dir, record);
  }
  return result;
}
