import type { Engine } from '../context.ts';
import { isFullId } from '../full-id.ts';
import { withLayers } from './layer-store.ts';
import { namesIn, unusedLayers } from './used-layers.ts';
import { dropWriteSet, listWriteSets, removeLayer } from './write-set.ts';

/**
 * Removes layers that came or went when their command died, and layers of no image and no container. The
 * caller has the images' lock.
 */
export async function recoverLayers(engine: Engine): Promise<void> {
  for (const set of await listWriteSets(engine)) await dropWriteSet(engine, set);
  await sweepConfigs(engine);
  await withLayers(engine, 'remove', () => sweepLayers(engine));
}

/** Half configs, and what is told of images that are not there. */
async function sweepConfigs(engine: Engine): Promise<void> {
  const { host, paths } = engine;
  const images = new Set(await namesIn(engine, paths.imageContent));
  for (const name of images) {
    if (isFullId(name)) continue;
    await host.call('removeFile', { path: `${paths.imageContent}/${name}` });
  }
  for (const name of await namesIn(engine, paths.imageMetadata)) {
    if (images.has(name)) continue;
    await host.call('removeTree', { path: `${paths.imageMetadata}/${name}` });
  }
}

/** Removes layers that nobody needs, the upper ones first; → their chain ids. */
export async function sweepLayers(engine: Engine): Promise<string[]> {
  const unused = await unusedLayers(engine);
  for (const { chain } of unused) await removeLayer(engine, chain);
  return unused.map(({ chain }) => chain);
}
