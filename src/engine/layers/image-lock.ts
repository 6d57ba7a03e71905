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
  const { host } = engine;
  await prepareLayerStore(engine);
  const mark = markPath(engine);
  const lock = await host.call('lock', { path: lockPath(engine) });
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

/** Removes what a command that died has left half; nothing while another works on images. */
export async function recoverImages(engine: Engine): Promise<void> {
  const { host } = engine;
  const lock = await host.call('tryLock', { path: lockPath(engine) });
  if (lock.handle === 0) return;
  try {
    if (!(await pathExists(host, markPath(engine)))) return;
    await recoverLayers(engine);
    await host.call('removeFile', { path: markPath(engine) });
  } finally {
    await host.call('unlock', lock);
  }
}

function lockPath({ paths }: Engine): string {
  return `${paths.own}/images.lock`;
}

function markPath({ paths }: Engine): string {
  return `${paths.own}/images.begun`;
}

/** As `withImages`, while no container is made either. */
export function withImagesAlone<T>(engine: Engine, work: () => Promise<T>): Promise<T> {
  return withImages(engine, () => withLayers(engine, 'remove', work));
}
