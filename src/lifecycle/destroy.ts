import { systemError } from '../errors/system-error.ts';
import { callAll } from '../host/call-all.ts';
import type { AnyCall } from '../host/host.ts';
import { HostError } from '../host/host-error.ts';
import { SIGKILL } from '../spec/signals.ts';
import { allGroups } from '../state/cgroup-paths.ts';
import { isPrivate, type StateRecord } from '../state/state-record.ts';
import { runHooks } from './hooks.ts';
import { signalAll } from './kill.ts';
import type { RuntimeContext } from './types.ts';

/**
 * Removes what a stopped container has: its cgroups, then its directory (so that a failed removal can
 * be repeated), does what is `last`, then tells the poststop hooks.
 */
export async function destroy(
  context: RuntimeContext,
  dir: string,
  record: StateRecord,
  last: readonly AnyCall[] = [],
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
    const groups = { paths: allGroups(record.cgroup_paths) };
    await callAll(host, [['cgroupRemove', groups], ['removeTree', { path: dir }], ...last]);
  } catch (error) {
    const first = error instanceof HostError && error.done.length === 0;
    const what = first ? "container's cgroup" : 'container state dir';
    throw systemError(error, `unable to remove ${what}`);
  }
  await poststop(context, record);
}

/** The specification wants the deletion, and the hooks after it, to go on whatever these hooks do. */
export async function poststop(context: RuntimeContext, record: StateRecord): Promise<void> {
  const tell = (error: unknown) =>
    context.warn?.('warning', error instanceof Error ? error.message : String(error));
  await runHooks(context, 'poststop', record, 'stopped', tell).catch(tell);
}
