import { systemError } from '../../errors/system-error.ts';
import { isHostError } from '../../host/host-error.ts';
import type { Engine } from '../context.ts';
import { prepareLayerStore } from '../layers/layer-store.ts';

/** Makes what is missing of the directories that a container needs, with Docker's modes. */
export async function prepareDataRoot(engine: Engine): Promise<void> {
  const { host, paths } = engine;
  try {
    // Made last, so that its being there says that all are.
    await host.call('stat', { path: paths.journal, follow: false });
    return;
  } catch (error) {
    if (!isHostError(error, 'ENOENT')) throw systemError(error);
  }
  try {
    await prepareLayerStore(engine);
    for (const [path, mode] of [
      [paths.containers, 0o710],
      [paths.volumes, 0o701],
      [paths.journal, 0o700],
    ] as const) {
      await host.call('makeDirectory', { path, mode, parents: true });
    }
  } catch (error) {
    throw systemError(error, 'cannot prepare the data root');
  }
}
