import { pathExists } from '../../host/path-exists.ts';
import type { Engine } from '../context.ts';
import { prepareLayerStore, withLayers } from './layer-store.ts';
import { recoverLayers } from './recover-layers.ts';

/**
 * Runs `work`, which adds images, removes them, or moves their names; one command at a time. A mark says
 * that something was begun: whoever finds it in a store that nobody works on, after a crash, removes what
 * is half or belongs to no image. The same is done when `work` fails.
 */
export async function withImages<T>(engine: Engine, work: () => Promise<T>): Promise<T> {
  const { host, paths } = engine;
  await prepareLayerStore(engine);
  const mark = `${paths.own}/images.begun`;
  const lock = await host.call('lock', { path: `${paths.own}/images.lock` });
  try {
    if (await pathExists(host, mark)) await recoverLayers(engine);
    await host.call('writeRecord', { path: mark, text: '', mode: 0o600, durable: false });
    try {
      return await work();
    } catch (error) {
      // The first error is the one to be told; what is left the next command removes.
      await recoverLayers(engine).catch(() => undefined);
      throw error;
    } finally {
      await host.call('removeFile', { path: mark });
    }
  } finally {
    await host.call('unlock', lock);
  }
}

/** As `withImages`, while no container is made either. */
export function withImagesAlone<T>(engine: Engine, work: () => Promise<T>): Promise<T> {
  return withImages(engine, () => withLayers(engine, 'remove', work));
}
