import { isHostError } from '../../host/host-error.ts';
import { pathExists } from '../../host/path-exists.ts';
import type { Container } from '../containers/record.ts';
import type { Engine } from '../context.ts';
import { isEngineError } from '../engine-error.ts';
import { containerPaths } from '../engine-paths.ts';
import { unknownExit } from './settle.ts';
import { livingShim } from './shim-record.ts';
import { withSettled } from './with-settled.ts';

/**
 * A container for verbs that only look: one whose shim or process is gone does not run, whatever its record
 * says. Ours is cleaned up after; in another engine's data root nothing is written.
 * @returns undefined when it is gone by that: one with `--rm`.
 */
export async function asItIs(engine: Engine, container: Container): Promise<Container | undefined> {
  const { host, paths } = engine;
  const { id, config } = container;
  const { State } = config;
  if (!State.Running || State.Restarting) return container;
  if (await pathExists(host, containerPaths(paths, id).bundle)) {
    if (await livingShim(engine, id)) return container;
  } else {
    if (await pathExists(host, `/proc/${State.Pid}`)) return container;
    if (!(await pathExists(host, paths.own))) return { ...container, config: ended(config) };
  }
  try {
    return await withSettled(engine, id, async (settled) => settled);
  } catch (error) {
    if (isEngineError(error, 'ERR_RUNDLET_NO_SUCH_OBJECT')) return undefined;
    // Who may not write is shown what would be written.
    const cause = (error as Error).cause;
    const readOnly = ['EROFS', 'EACCES', 'EPERM'];
    if (![error, cause].some((one) => isHostError(one, ...readOnly))) throw error;
    return { ...container, config: ended(config) };
  }
}

function ended(config: Container['config']): Container['config'] {
  const State = { ...config.State, Running: false, Paused: false, Pid: 0, ExitCode: unknownExit };
  return { ...config, State };
}
