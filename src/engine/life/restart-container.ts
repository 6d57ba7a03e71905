import { writeContainer } from '../containers/store.ts';
import type { Engine } from '../context.ts';
import { containerHappening, recordEvent } from '../events/record-event.ts';
import { startContainer } from '../start/start-container.ts';
import { type StopOptions, stopContainer } from './stop-container.ts';
import { withSettled } from './with-settled.ts';

/** Stops a container if it runs, and starts it; one with `--rm` stays meanwhile. */
export async function restartContainer(
  engine: Engine,
  id: string,
  options: StopOptions,
): Promise<void> {
  const removes = await autoRemove(engine, id, false);
  try {
    await stopContainer(engine, id, options);
    await startContainer(engine, id);
  } finally {
    if (removes) await autoRemove(engine, id, true);
  }
  await withSettled(engine, id, (container) =>
    recordEvent(engine, containerHappening(container, 'restart')),
  );
}

/** @returns what it was before. */
function autoRemove(engine: Engine, id: string, wanted: boolean): Promise<boolean> {
  return withSettled(engine, id, async (container) => {
    const { AutoRemove } = container.hostConfig;
    if (AutoRemove === wanted) return AutoRemove;
    container.hostConfig.AutoRemove = wanted;
    await writeContainer(engine, container);
    return AutoRemove;
  });
}
