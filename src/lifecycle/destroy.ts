import { systemError } from '../errors/system-error.ts';
import { SIGKILL } from '../spec/signals.ts';
import { allGroups } from '../state/cgroup-paths.ts';
import { isPrivate, type StateRecord } from '../state/state-record.ts';
import { removeContainerDirectory } from '../state/store.ts';
import { runHooks } from './hooks.ts';
import { signalAll } from './kill.ts';
import type { RuntimeContext } from './types.ts';

/**
 * Removes what a stopped container has: its cgroups, then its directory (so that a failed removal can
 * be repeated), then tells the poststop hooks.
 */
export async function destroy(
  context: RuntimeContext,
  dir: string,
  record: StateRecord,
): Promise<void> {
  const { host } = context;
  // Without a pid namespace, and after a runtime that died, processes may outlive init.
  if (record.init_process_pid <= 0 || !isPrivate(record.config, 'NEWPID')) {
    await signalAll(context, { dir, record, status: 'stopped' }, SIGKILL).catch(() => undefined);
  }
  if (record.config.cgroups.Systemd) {
    const { stopUnit } = await import('./stop-unit.ts');
    await stopUnit(context, record);
  }
  try {
    await host.call('cgroupRemove', { paths: allGroups(record.cgroup_paths) });
  } catch (error) {
    throw systemError(error, "unable to remove container's cgroup");
  }
  await removeContainerDirectory(host, dir);
  await poststop(context, record);
}

/** The specification wants the deletion, and the hooks after it, to go on whatever these hooks do. */
export async function poststop(context: RuntimeContext, record: StateRecord): Promise<void> {
  const tell = (error: unknown) =>
    context.warn?.('warning', error instanceof Error ? error.message : String(error));
  await runHooks(context, 'poststop', record, 'stopped', tell).catch(tell);
}
