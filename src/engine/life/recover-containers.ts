import { isHostError } from '../../host/host-error.ts';
import { pathExists } from '../../host/path-exists.ts';
import { containerIds, readById } from '../containers/store.ts';
import type { Engine } from '../context.ts';
import { isEngineError } from '../engine-error.ts';
import { containerPaths } from '../engine-paths.ts';
import { isFullId } from '../full-id.ts';
import { namesIn } from '../layers/used-layers.ts';
import { begunMark } from './begun-mark.ts';
import { settle } from './settle.ts';
import { livingShim } from './shim-record.ts';

const bootId = '/proc/sys/kernel/random/boot_id';

/**
 * Brings records up to what is true: of containers that somebody was killed over, or whose shim was, and
 * after the machine's boot of all. Those that a living command works on are its own.
 */
export async function recoverContainers(engine: Engine): Promise<void> {
  const { host, paths } = engine;
  const mark = `${paths.execRoot}/rundlet/boot`;
  const { texts } = await host.call('readFiles', { paths: [bootId, mark] });
  const [boot, seen] = texts;
  if (boot === seen) {
    for (const id of await namesIn(engine, paths.bundles)) {
      if (isFullId(id) && (await isUnfinished(engine, id))) await settleAlone(engine, id);
    }
    return;
  }
  const booted = await bootTime(engine);
  for (const id of await containerIds(engine)) {
    if (!(await isOthers(engine, id, booted))) await settleAlone(engine, id);
  }
  const directory = `${paths.execRoot}/rundlet`;
  await host.call('makeDirectory', { path: directory, mode: 0o755, parents: true });
  await host.call('writeRecord', { path: mark, text: boot ?? '', mode: 0o600, durable: false });
}

/** Milliseconds since 1970 of the machine's start. */
async function bootTime({ host }: Engine): Promise<number> {
  const text = await host.call('readText', { path: '/proc/stat', max: 1 << 20 });
  return Number(/^btime (\d+)$/m.exec(text)?.[1] ?? 0) * 1000;
}

/** Whether it runs, but not by us: a daemon's on its data root, which is only looked at. */
async function isOthers(engine: Engine, id: string, booted: number): Promise<boolean> {
  const { host, paths } = engine;
  if (await pathExists(host, containerPaths(paths, id).bundle)) return false;
  const state = (await readById(engine, id))?.config.State;
  if (!state?.Running || state.Pid <= 0 || Date.parse(state.StartedAt) < booted) return false;
  return pathExists(host, `/proc/${state.Pid}`);
}

async function isUnfinished(engine: Engine, id: string): Promise<boolean> {
  return (
    (await pathExists(engine.host, begunMark(engine, id))) ||
    (await livingShim(engine, id)) === undefined
  );
}

async function settleAlone(engine: Engine, id: string): Promise<void> {
  const { host, paths } = engine;
  let lock: { handle: number };
  try {
    const path = containerPaths(paths, id).directory;
    lock = await host.call('tryLockDirectory', { path });
  } catch (error) {
    if (isHostError(error, 'ENOENT', 'ENOTDIR')) return;
    throw error;
  }
  if (lock.handle === 0) return;
  try {
    await settle(engine, id);
  } catch (error) {
    if (!isEngineError(error, 'ERR_RUNDLET_NO_SUCH_OBJECT')) {
      engine.warn(`cannot recover the container ${id}: ${(error as Error).message}`);
    }
  } finally {
    await host.call('unlock', lock);
  }
}
