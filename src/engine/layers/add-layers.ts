import { RundletError } from '../../errors/rundlet-error.ts';
import type { UnpackedLayer } from '../../host/generated/plan.ts';
import type { Engine } from '../context.ts';
import { chainIds } from '../images/chain-ids.ts';
import { imageLimits } from '../images/limits.ts';
import { linkName, randomId } from './layer-ids.ts';
import { type Digest, withLayers } from './layer-store.ts';
import { layerEntries, lowerOf, type ParentLayer } from './overlay-entries.ts';
import { findLayer, readParentLayer } from './read-layer.ts';
import { beginWriteSet, commitWriteSet, type WriteSet } from './write-set.ts';

/** A layer that is missing, with the places that it gets. */
export interface ComingLayer {
  /** Digest of its tar. */
  diffId: Digest;
  /** Directory that gets the files. */
  root: string;
  /** The new file tar-split.json.gz. */
  split: string;
}

interface Coming<T> {
  layer: T & ComingLayer;
  chain: Digest;
  below: Digest | null;
  set: WriteSet;
}

/**
 * Unpacks the layers of an image, lowest first, and stacks them; one that exists already is left as it is.
 * The caller holds the images' lock, which removes what is half when this fails.
 * @param unpack fills the places of those that are missing, with digests verified; in their order.
 */
export async function addLayers<T extends { diffId: Digest }>(
  engine: Engine,
  layers: readonly T[],
  unpack: (coming: (T & ComingLayer)[]) => Promise<UnpackedLayer[]>,
): Promise<void> {
  if (layers.length > imageLimits.layers)
    throw new RundletError('ERR_RUNDLET_IMAGE', 'max depth exceeded');
  await withLayers(engine, 'add', async () => {
    const coming = await makeRoom(engine, layers);
    const unpacked = await unpack(coming.map(({ layer }) => layer));
    for (const [place, { chain, layer, below, set }] of coming.entries()) {
      const size = unpacked[place]?.size ?? 0;
      await commitWriteSet(engine, set, { chain, diffId: layer.diffId, parent: below, size });
    }
  });
}

/** Records and directories of the layers that are missing. */
async function makeRoom<T extends { diffId: Digest }>(
  engine: Engine,
  layers: readonly T[],
): Promise<Coming<T>[]> {
  const { host, paths } = engine;
  const chains = await chainIds(
    host,
    layers.map(({ diffId }) => diffId),
  );
  const coming: Coming<T>[] = [];
  let parent: ParentLayer | null = null;
  for (const [place, source] of layers.entries()) {
    const chain = chains[place] as Digest;
    if (coming.length === 0 && (await findLayer(engine, chain))) {
      parent = await readParentLayer(engine, chain);
      continue;
    }
    const cacheId = await randomId(host);
    const link = await linkName(host);
    const set = await beginWriteSet(engine, cacheId);
    const entries = layerEntries({ cacheId, link, parent, mounted: false });
    await host.call('makeTree', { base: paths.overlay2, entries });
    const root = `${paths.overlay2}/${cacheId}/diff`;
    const layer = { ...source, root, split: `${set.path}/tar-split.json.gz` };
    coming.push({ layer, chain, below: chains[place - 1] ?? null, set });
    parent = { cacheId, link, lower: lowerOf(parent) };
  }
  return coming;
}
