import { systemError } from '../../errors/system-error.ts';
import { containerCgroups } from '../containers/cgroups.ts';
import type { Container } from '../containers/record.ts';
import { writeContainer } from '../containers/store.ts';
import type { Engine } from '../context.ts';
import { notRunning, wrongState } from '../engine-error.ts';
import { containerHappening, recordEvent } from '../events/record-event.ts';
import { withSettled } from './with-settled.ts';

export function pauseContainer(engine: Engine, id: string): Promise<void> {
  return withSettled(engine, id, async (container) => {
    const { State } = container.config;
    if (!State.Running) throw notRunning(id);
    if (State.Paused) throw wrongState(`Container ${id} is already paused`);
    if (State.Restarting) {
      throw wrongState(`Container ${id} is restarting, wait until the container is running`);
    }
    await change(engine, container, true);
  });
}

export function unpauseContainer(engine: Engine, id: string): Promise<void> {
  return withSettled(engine, id, async (container) => {
    if (!container.config.State.Paused) throw wrongState(`Container ${id} is not paused`);
    await change(engine, container, false);
  });
}

async function change(engine: Engine, container: Container, frozen: boolean): Promise<void> {
  await setFrozen(engine, container, frozen);
  container.config.State.Paused = frozen;
  await writeContainer(engine, container);
  await recordEvent(engine, containerHappening(container, frozen ? 'pause' : 'unpause'));
}

/** Stops all processes of a container, or lets them run again; the record is the caller's. */
export async function setFrozen(
  { host }: Engine,
  { id, config }: Container,
  frozen: boolean,
): Promise<void> {
  const groups = await containerCgroups(host, id, config.State.Pid);
  const path = groups.freezer ?? groups[''];
  if (path === undefined) throw wrongState(`Container ${id} has no cgroup that can be frozen`);
  try {
    await host.call('freeze', { path, frozen });
  } catch (error) {
    throw systemError(error);
  }
}
