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
  /** Handle of the program's NOTIFY_SOCKET. */
  notify?: number;
}

/**
 * Creates and starts a container without the detour over `exec.fifo`. Detached it returns at once
 * with exit code 0; otherwise it waits, forwards signals and the terminal, and deletes the container
 * unless it is to be kept.
 */
export async function run(context: RuntimeContext, options: RunOptions): Promise<RunResult> {
  const running = await startContainer(context, options);
  const { host } = context;
  const { pid, handle, startTime } = running.event;
  const { notify } = running;
  if (notify !== undefined) {
    const { forwardReadiness } = await import('./notify.ts');
    // In the foreground the service's main process is this one, which waits for the program's end.
    const manner = options.detach ? {} : { mainPid: host.pid, background: true };
    await forwardReadiness(host, notify, { pid, startTime }, manner);
  }
  if (options.detach) {
    await host.call('launchRelease', { handle });
    return { pid, exitCode: 0 };
  }
  const result = await finishContainer(context, running, options.keep);
  if (notify !== undefined) await host.call('notifyClose', { handle: notify });
  return { pid, ...result };
}

/** The first half of `run`: the program is executing, poststart hooks have run. */
export function startContainer(
  context: RuntimeContext,
  options: RunOptions,
): Promise<RunningContainer> {
  return launchContainer(context, options, { word: {} }, async ({ dir, record, event }) => {
    throwIfAborted(context);
    const notify = await openNotify(context, options, dir);
    const running = await context.host.call('launchContinue', { handle: event.handle });
    await runHooks(context, 'poststart', record, 'running');
    return { dir, record, event: running, ...(notify !== undefined && { notify }) };
  });
}

async function openNotify(
  { host }: RuntimeContext,
  { notifySocket }: RunOptions,
  dir: string,
): Promise<number | undefined> {
  if (!notifySocket) return undefined;
  const { openNotifySocket } = await import('./notify.ts');
  return openNotifySocket(host, dir, notifySocket);
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
