import type { Engine } from '../context.ts';
import { imageLimits } from '../images/limits.ts';
import { linkName, randomId } from './layer-ids.ts';
import { type Digest, isDigest, withLayers } from './layer-store.ts';
import { layerEntries } from './overlay-entries.ts';
import { findLayer } from './read-layer.ts';
import { beginWriteSet, commitWriteSet, dropWriteSet } from './write-set.ts';

/**
 * Unpacks a tar as a lowest layer, whose digest nobody knows yet; → its diff id, which is its chain id too.
 * The caller holds the images' lock.
 */
export function importLayer(engine: Engine, archive: number): Promise<Digest> {
  return withLayers(engine, 'add', async () => {
    const { host, paths } = engine;
    const cacheId = await randomId(host);
    const set = await beginWriteSet(engine, cacheId);
    const link = await linkName(host);
    const entries = layerEntries({ cacheId, link, parent: null, mounted: false });
    await host.call('makeTree', { base: paths.overlay2, entries });
    const root = `${paths.overlay2}/${cacheId}/diff`;
    const split = `${set.path}/tar-split.json.gz`;
    const { layers } = await host.call('unpackLayers', {
      handle: archive,
      layers: [{ path: 'tar', digest: '', diffId: '', root, split }],
      maxBytes: imageLimits.layerBytes,
      maxEntries: imageLimits.entries,
    });
    const { diffId = '', size = 0 } = layers[0] ?? {};
    if (!isDigest(diffId)) throw new Error(`unpackLayers gave no digest: ${diffId}`);
    if (await findLayer(engine, diffId)) await dropWriteSet(engine, set);
    else await commitWriteSet(engine, set, { chain: diffId, diffId, parent: null, size });
    return diffId;
  });
}
