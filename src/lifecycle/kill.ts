import { StatusError } from '../errors/status-error.ts';
import { systemError } from '../errors/system-error.ts';
import { isHostError } from '../host/host-error.ts';
import { pathExists } from '../host/path-exists.ts';
import { parseSignal, SIGKILL } from '../spec/signals.ts';
import { processGroup } from '../state/cgroup-paths.ts';
import { isPrivate } from '../state/state-record.ts';
import { demandStatus } from '../state/status.ts';
import { type LoadedContainer, loadContainer } from './load-container.ts';
import type { KillOptions, RuntimeContext } from './types.ts';

/** Sends a signal to the container's process, or to all of its processes. */
export async function kill(context: RuntimeContext, options: KillOptions): Promise<void> {
  const container = await loadContainer(context, options.id);
  const signal = parseSignal(options.signal || 'SIGTERM');
  const groups = processGroup(container.record.cgroup_paths);
  if (options.all && groups.length > 0) return signalAll(context, container, signal);
  await signalContainer(context, container, signal);
}

/**
 * Signals init. KILL without a pid namespace of its own goes to every process: the kernel would not
 * take the others away with init.
 */
export async function signalContainer(
  context: RuntimeContext,
  container: LoadedContainer,
  signal: number,
): Promise<void> {
  const { host } = context;
  const { record, status } = container;
  const everyone = signal === SIGKILL && !isPrivate(record.config, 'NEWPID');
  if (everyone) {
    if (processGroup(record.cgroup_paths).length === 0) context.warn?.('warning', noGroupWarning);
    await signalAll(context, container, signal);
  }
  // Others may outlive an init in a shared pid namespace.
  if (everyone && status === 'stopped' && (await hasGroup(context, container))) return;
  demandStatus('kill', status, record.id);
  const process = { pid: record.init_process_pid, startTime: record.init_process_start };
  try {
    await host.call('signal', { process, signal });
  } catch (error) {
    if (!isHostError(error, 'ESRCH')) throw systemError(error, 'unable to signal init');
    // Gone meanwhile; by our own hand if everyone was killed.
    if (!everyone) throw new StatusError('container not running', 'stopped', 'stopped');
  }
  if (signal === SIGKILL && status === 'paused') {
    const { thaw } = await import('./thaw.ts');
    await thaw(host, record);
  }
}

const noGroupWarning =
  'failed to kill all processes, possibly due to lack of cgroup (Hint: enable cgroup v2 delegation)';

async function hasGroup({ host }: RuntimeContext, { record }: LoadedContainer): Promise<boolean> {
  const [path] = processGroup(record.cgroup_paths);
  return path !== undefined && pathExists(host, path);
}

/** Signals whatever is in the container's cgroup; that nothing is there is no error. */
export async function signalAll(
  { host }: RuntimeContext,
  { record }: LoadedContainer,
  signal: number,
): Promise<void> {
  const paths = processGroup(record.cgroup_paths);
  if (paths.length === 0) return;
  try {
    await host.call('signalGroup', { paths, signal });
  } catch (error) {
    if (isHostError(error, 'ENOENT', 'ESRCH', 'ENODEV')) return;
    throw systemError(error, 'unable to kill all processes');
  }
}
