import { RundletError } from '../../errors/rundlet-error.ts';
import type { Engine } from '../context.ts';
import { chainIds } from '../images/chain-ids.ts';
import { imageLimits } from '../images/limits.ts';
import { linkName, randomId } from './layer-ids.ts';
import { type Digest, withLayers } from './layer-store.ts';
import { layerEntries, lowerOf, type ParentLayer } from './overlay-entries.ts';
import { findLayer, readParentLayer } from './read-layer.ts';
import { beginWriteSet, commitWriteSet, type WriteSet } from './write-set.ts';

/** A layer to come, a member of an archive. */
export interface LayerSource {
  path: string;
  /** Of the member as it is, if that is known. */
  digest?: Digest;
  /** Of its tar. */
  diffId: Digest;
}

interface Coming extends LayerSource {
  chain: Digest;
  below: Digest | null;
  set: WriteSet;
}

/**
 * Unpacks the layers of an image, lowest first, several at once, and stacks them; one that exists already
 * is left as it is. The caller holds the images' lock, which removes what is half when this fails.
 */
export async function addLayers(
  engine: Engine,
  archive: number,
  layers: readonly LayerSource[],
): Promise<void> {
  if (layers.length > imageLimits.layers)
    throw new RundletError('ERR_RUNDLET_IMAGE', 'max depth exceeded');
  await withLayers(engine, 'add', async () => {
    const coming = await makeRoom(engine, layers);
    if (coming.length === 0) return;
    const { layers: unpacked } = await engine.host.call('unpackLayers', {
      handle: archive,
      layers: coming.map(({ path, digest = '', diffId, set }) => ({
        path,
        digest,
        diffId,
        root: `${engine.paths.overlay2}/${set.cacheId}/diff`,
        split: `${set.path}/tar-split.json.gz`,
      })),
      maxBytes: imageLimits.layerBytes,
      maxEntries: imageLimits.entries,
    });
    for (const [place, { chain, diffId, below, set }] of coming.entries()) {
      const size = unpacked[place]?.size ?? 0;
      await commitWriteSet(engine, set, { chain, diffId, parent: below, size });
    }
  });
}

/** Records and directories of the layers that are missing. */
async function makeRoom(engine: Engine, layers: readonly LayerSource[]): Promise<Coming[]> {
  const { host, paths } = engine;
  const chains = await chainIds(
    host,
    layers.map(({ diffId }) => diffId),
  );
  const coming: Coming[] = [];
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
    coming.push({ ...source, chain, below: chains[place - 1] ?? null, set });
    parent = { cacheId, link, lower: lowerOf(parent) };
  }
  return coming;
}
