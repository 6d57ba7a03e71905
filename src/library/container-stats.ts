import { setTimeout as delay } from 'node:timers/promises';
import { readById } from '../engine/containers/store.ts';
import { containerUsage } from '../engine/containers/usage.ts';
import type { Engine } from '../engine/context.ts';
import { abortError, throwIfAborted } from '../lifecycle/abort.ts';
import type { Abortable } from '../runtime/options.ts';

export interface StatsRequest extends Abortable {
  /** Milliseconds between two looks; default 1000. */
  interval?: number;
}

/** What a container used between two looks, and has now. Sizes in bytes. */
export interface UsageInfo {
  time: Date;
  /** Processors: 0.5 is half of one. */
  cpus: number;
  /** Without the page cache that the kernel may drop. */
  memory: number;
  memoryLimit: number;
  /** Since its start. */
  received: number;
  sent: number;
  read: number;
  written: number;
  processes: number;
}

/** One look after each interval, until the container does not run. */
export async function* containerStats(
  engine: Engine,
  id: string,
  { interval = 1000, signal }: StatsRequest,
): AsyncGenerator<UsageInfo, void, undefined> {
  let before = await look(engine, id);
  while (before) {
    throwIfAborted({ signal });
    try {
      await delay(interval, undefined, { ...(signal && { signal }) });
    } catch (error) {
      throw signal?.aborted ? abortError(signal) : error;
    }
    const now = await look(engine, id);
    if (now === undefined) return;
    const { cpu, at, pids: processes, ...rest } = now;
    const cpus = Math.max(cpu - before.cpu, 0) / Math.max(at - before.at, 1);
    yield { time: new Date(at / 1e6), cpus, processes, ...rest };
    before = now;
  }
}

async function look(engine: Engine, id: string) {
  const container = await readById(engine, id);
  return container && containerUsage(engine.host, container);
}
