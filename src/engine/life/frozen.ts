import { systemError } from '../../errors/system-error.ts';
import { containerCgroups } from '../containers/cgroups.ts';
import type { Container } from '../containers/record.ts';
import type { Engine } from '../context.ts';
import { wrongState } from '../engine-error.ts';
import { containerPaths } from '../engine-paths.ts';
import { processOf } from './first-process.ts';

/** Stops all processes of a container, or lets them run again; the record is the caller's. */
export async function setFrozen(
  engine: Engine,
  container: Container,
  frozen: boolean,
): Promise<void> {
  const path = await freezer(engine, container);
  if (path === undefined) {
    throw wrongState(`Container ${container.id} has no cgroup that can be frozen`);
  }
  try {
    await engine.host.call('freeze', { path, frozen });
  } catch (error) {
    throw systemError(error);
  }
}

/** Whether its group is frozen now, whatever its record says. */
export async function isFrozen(engine: Engine, container: Container): Promise<boolean> {
  const process = await processOf(engine, container.config.State.Pid);
  const path = await freezer(engine, container);
  if (process === undefined || path === undefined) return false;
  const query = { process, dir: containerPaths(engine.paths, container.id).bundle, freezer: path };
  const facts = await engine.host.call('containerStatus', query);
  return facts.frozen;
}

/** The v1 freezer group or the v2 group. */
async function freezer({ host }: Engine, { id, config }: Container): Promise<string | undefined> {
  const groups = await containerCgroups(host, id, config.State.Pid);
  return groups.freezer ?? groups[''];
}
