import { RundletError } from '../../errors/rundlet-error.ts';
import type { Engine } from '../context.ts';
import { damagedRecord } from '../engine-error.ts';
import { isFullId } from '../full-id.ts';
import { type Digest, digestHex, isDigest } from './layer-store.ts';
import type { ParentLayer } from './overlay-entries.ts';
import { findText } from './store-text.ts';

/** An image layer as `layerdb/sha256/<chain>` tells it. */
export interface ImageLayer {
  chain: Digest;
  cacheId: string;
  /** Digest of the uncompressed tar. */
  diffId: Digest;
  parent: Digest | null;
  /** Bytes of its files and of the targets of its symlinks. */
  size: number;
}

/** Reads a layer's record; undefined if there is no such layer. */
export async function findLayer(engine: Engine, chain: Digest): Promise<ImageLayer | undefined> {
  const directory = `${engine.paths.layers}/${digestHex(chain)}`;
  const cacheId = await findText(engine.host, `${directory}/cache-id`);
  if (cacheId === undefined) return undefined;
  const diffId = (await findText(engine.host, `${directory}/diff`)) ?? '';
  const parent = (await findText(engine.host, `${directory}/parent`)) ?? null;
  const size = Number((await findText(engine.host, `${directory}/size`)) ?? 0);
  if (!isFullId(cacheId)) throw damagedRecord(`${directory}/cache-id`);
  if (!isDigest(diffId)) throw damagedRecord(`${directory}/diff`);
  if (parent !== null && !isDigest(parent)) throw damagedRecord(`${directory}/parent`);
  return { chain, cacheId, diffId, parent, size };
}

/** What a layer on top of this one needs. */
export async function readParentLayer(engine: Engine, chain: Digest): Promise<ParentLayer> {
  const { layers, overlay2: home } = engine.paths;
  const cacheId = await findText(engine.host, `${layers}/${digestHex(chain)}/cache-id`);
  if (cacheId === undefined || !isFullId(cacheId)) {
    throw new RundletError('ERR_RUNDLET_IMAGE', `layer does not exist: ${chain}`);
  }
  const link = await findText(engine.host, `${home}/${cacheId}/link`);
  if (link === undefined) throw damagedRecord(`${home}/${cacheId}/link`);
  const lower = (await findText(engine.host, `${home}/${cacheId}/lower`)) ?? '';
  return { cacheId, link, lower };
}
