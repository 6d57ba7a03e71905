import { StatusError } from '../errors/status-error.ts';
import { systemError } from '../errors/system-error.ts';
import { isHostError } from '../host/host-error.ts';
import { SIGKILL } from '../spec/signals.ts';
import { demandStatus } from '../state/status.ts';
import { runHooks } from './hooks.ts';
import { signalContainer } from './kill.ts';
import { type LoadedContainer, loadContainer } from './load-container.ts';
import type { RuntimeContext } from './types.ts';

export interface StartOptions {
  /** NOTIFY_SOCKET of the service that we are. */
  notifySocket?: string;
}

/**
 * Lets the program of a created container begin, then runs the poststart hooks; as a service of systemd's,
 * waits until the program says that it is ready.
 */
export async function start(
  context: RuntimeContext,
  id: string,
  { notifySocket }: StartOptions = {},
): Promise<void> {
  const container = await loadContainer(context, id);
  demandStatus('start', container.status, id);
  if (!notifySocket) return startProgram(context, container);
  const { forwardReadiness, openNotifySocket } = await import('./notify.ts');
  const { host } = context;
  const notify = await openNotifySocket(host, container.dir, notifySocket);
  await startProgram(context, container);
  if (notify === undefined) return;
  const { init_process_pid: pid, init_process_start: startTime } = container.record;
  await forwardReadiness(host, notify, { pid, startTime });
}

async function startProgram(context: RuntimeContext, container: LoadedContainer): Promise<void> {
  await openGate(context, container);
  try {
    await runHooks(context, 'poststart', container.record, 'running');
  } catch (error) {
    // The specification wants the container stopped then.
    await signalContainer(context, { ...container, status: 'running' }, SIGKILL).catch(
      () => undefined,
    );
    throw error;
  }
}

async function openGate({ host }: RuntimeContext, container: LoadedContainer): Promise<void> {
  const { dir, record } = container;
  const process = { pid: record.init_process_pid, startTime: record.init_process_start };
  try {
    await host.call('openGate', { dir, process });
  } catch (error) {
    // Another start was faster, or the process died while we looked.
    if (isHostError(error, 'ENOENT')) {
      throw new StatusError('cannot start an already running container', 'running', 'running');
    }
    if (isHostError(error, 'ESRCH')) {
      throw new StatusError('cannot start a container that has stopped', 'stopped', 'running');
    }
    throw systemError(error, 'exec fifo');
  }
}
