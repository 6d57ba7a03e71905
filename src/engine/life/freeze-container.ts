import type { Container } from '../containers/record.ts';
import { writeContainer } from '../containers/store.ts';
import type { Engine } from '../context.ts';
import { notRunning, wrongState } from '../engine-error.ts';
import { containerHappening, recordEvent } from '../events/record-event.ts';
import { forgetBegun, setBegun } from './begun-mark.ts';
import { setFrozen } from './frozen.ts';
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
  await setBegun(engine, container.id);
  try {
    await setFrozen(engine, container, frozen);
    container.config.State.Paused = frozen;
    await writeContainer(engine, container);
  } finally {
    await forgetBegun(engine, container.id);
  }
  await recordEvent(engine, containerHappening(container, frozen ? 'pause' : 'unpause'));
}
