import { systemError } from '../errors/system-error.ts';
import { isUnified } from '../state/cgroup-paths.ts';
import { readStats, runningRecord } from './stats.ts';
import type { ContainerEvent } from './stats-types.ts';
import type { RuntimeContext } from './types.ts';

export interface EventsOptions {
  id: string;
  /** Nanoseconds between two stats events. */
  interval: number;
}

/** Stats every now and then, OOMs at once, until the container's process ends. */
export async function* events(
  context: RuntimeContext,
  { id, interval }: EventsOptions,
): AsyncGenerator<ContainerEvent, void, undefined> {
  const { host, signal } = context;
  const record = await runningRecord(context, id);
  const paths = record.cgroup_paths ?? {};
  const unified = isUnified(paths);
  const process = { pid: record.init_process_pid, startTime: record.init_process_start };
  const memory = (unified ? paths[''] : paths.memory) ?? '';
  const watch = await open();
  const close = () => Promise.resolve(host.call('watchClose', watch)).catch(() => undefined);
  const abort = () => void close();
  signal?.addEventListener('abort', abort, { once: true });
  try {
    for (;;) {
      const { kind } = await host.call('watchNext', watch);
      if (kind === 'ended') return;
      if (kind === 'oom') yield { type: 'oom', id };
      if (kind !== 'tick') continue;
      const data = await readStats(host, record);
      if (data) yield { type: 'stats', id, data };
    }
  } finally {
    signal?.removeEventListener('abort', abort);
    await close();
  }

  async function open(): Promise<{ handle: number }> {
    try {
      const version = unified ? 'v2' : 'v1';
      return await host.call('watchOpen', { process, version, memory, interval });
    } catch (error) {
      throw systemError(error);
    }
  }
}
