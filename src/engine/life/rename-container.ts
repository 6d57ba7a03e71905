import { RundletError } from '../../errors/rundlet-error.ts';
import { checkName } from '../containers/container-name.ts';
import { claimName, writeContainer } from '../containers/store.ts';
import type { Engine } from '../context.ts';
import { invalidParameter, isEngineError } from '../engine-error.ts';
import { containerHappening, recordEvent } from '../events/record-event.ts';
import { withSettled } from './with-settled.ts';

/** Gives a container another name, also while it runs. */
export function renameContainer(engine: Engine, id: string, wished: string): Promise<void> {
  return withSettled(engine, id, async (container) => {
    const { config } = container;
    const oldName = config.Name;
    if (oldName === `/${wished.replace(/^\//, '')}`) {
      throw invalidParameter('Renaming a container with the same name as its current name');
    }
    try {
      const name = checkName(wished);
      await claimName(engine, name, id, async () => {
        config.Name = `/${name}`;
        config.NetworkSettings.IsAnonymousEndpoint = false;
        await writeContainer(engine, container);
      });
    } catch (error) {
      if (!isEngineError(error, 'ERR_RUNDLET_CONFLICT', 'ERR_RUNDLET_INVALID_PARAMETER'))
        throw error;
      throw new RundletError(error.code, `Error when allocating new name: ${error.message}`, {
        cause: error,
      });
    }
    await recordEvent(engine, containerHappening(container, 'rename', { oldName }));
  });
}
