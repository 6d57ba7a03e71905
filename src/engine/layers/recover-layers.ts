import type { Engine } from '../context.ts';
import { withLayers } from './layer-store.ts';
import { unusedLayers } from './used-layers.ts';
import { dropWriteSet, listWriteSets, removeLayer } from './write-set.ts';

/**
 * Removes layers that came or went when their command died, and layers of no image and no container. The
 * caller has the images' lock.
 */
export async function recoverLayers(engine: Engine): Promise<void> {
  for (const set of await listWriteSets(engine)) await dropWriteSet(engine, set);
  await withLayers(engine, 'remove', () => sweepLayers(engine));
}

/** Removes layers that nobody needs, the upper ones first; → their chain ids. */
export async function sweepLayers(engine: Engine): Promise<string[]> {
  const unused = await unusedLayers(engine);
  for (const { chain } of unused) await removeLayer(engine, chain);
  return unused.map(({ chain }) => chain);
}
