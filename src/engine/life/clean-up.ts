import { lockContainer } from '../containers/store.ts';
import type { Engine } from '../context.ts';
import { isEngineError } from '../engine-error.ts';
import { startContainer } from '../start/start-container.ts';
import { processOf } from './first-process.ts';
import { planRestart, readRestart } from './restart-plan.ts';
import { settle } from './settle.ts';

/**
 * What a shim has done after its container's end: all of the run is taken down, and the container started
 * again when its policy says so. Whoever was quicker (a `stop`, a `rm`) has left nothing to do.
 */
export async function cleanUp(engine: Engine, id: string): Promise<void> {
  try {
    const delay = await lockContainer(engine, id, async () => {
      const container = await settle(engine, id);
      if (!container?.config.State.Restarting) return undefined;
      const plan = await readRestart(engine, id);
      const waiter = await processOf(engine, engine.host.pid);
      if (plan === undefined || waiter === undefined) return undefined;
      await planRestart(engine, id, { ...plan, waiter });
      return plan.delay;
    });
    if (delay === undefined) return;
    await engine.host.call('pause', { milliseconds: delay });
    await startContainer(engine, id, { again: true });
  } catch (error) {
    if (!isEngineError(error, 'ERR_RUNDLET_NO_SUCH_OBJECT')) throw error;
  }
}
