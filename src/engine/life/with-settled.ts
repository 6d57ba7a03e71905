import type { Container } from '../containers/record.ts';
import { lockContainer } from '../containers/store.ts';
import type { Engine } from '../context.ts';
import { isEngineError, noSuchContainer } from '../engine-error.ts';
import { settle } from './settle.ts';
import { livingShim } from './shim-record.ts';

/** Runs `work` alone among the commands that use a container, with the container as it is now. */
export function withSettled<T>(
  engine: Engine,
  id: string,
  work: (container: Container) => Promise<T>,
): Promise<T> {
  return lockContainer(engine, id, async () => {
    const container = await settle(engine, id);
    if (container === undefined) throw noSuchContainer(id);
    return work(container);
  });
}

/** Returns when a container whose process ends has ended altogether, and nothing of its run is left. */
export async function awaitSettled(engine: Engine, id: string): Promise<void> {
  const shim = await livingShim(engine, id);
  const { host, cancel } = engine;
  if (shim) {
    await host.call('awaitEnd', { process: shim, ...(cancel !== undefined && { cancel }) });
  }
  try {
    await lockContainer(engine, id, () => settle(engine, id));
  } catch (error) {
    // With `--rm` it has gone meanwhile.
    if (!isEngineError(error, 'ERR_RUNDLET_NO_SUCH_OBJECT')) throw error;
  }
}
