import { isHostError } from '../../host/host-error.ts';
import { readById } from '../containers/store.ts';
import type { Engine } from '../context.ts';
import { noSuchContainer } from '../engine-error.ts';
import { shimSocket } from './shim-record.ts';
import { awaitSettled } from './with-settled.ts';

/** Waits until a container does not run; the result is its exit code. */
export async function waitContainer(engine: Engine, id: string): Promise<number> {
  const code = await shimExit(engine, id);
  // Whoever waited may use the container: nothing of the run is in its way.
  await awaitSettled(engine, id);
  if (code !== undefined) return code;
  const container = await readById(engine, id);
  if (container === undefined) throw noSuchContainer(id);
  return container.config.State.ExitCode;
}

/** undefined when no shim is there to tell. */
async function shimExit(engine: Engine, id: string): Promise<number | undefined> {
  try {
    const { host, cancel } = engine;
    const socket = shimSocket(engine, id);
    const waited = await host.call('shimWait', {
      socket,
      ...(cancel !== undefined && { cancel }),
    });
    return waited.exitCode;
  } catch (error) {
    if (isHostError(error, 'ENOENT', 'ECONNREFUSED', 'ENOTDIR')) return undefined;
    throw error;
  }
}
