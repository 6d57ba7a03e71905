import type { Engine } from '../context.ts';
import { isEngineError } from '../engine-error.ts';
import { type Digest, isDigest } from './layer-store.ts';
import { findLayer, type ImageLayer } from './read-layer.ts';
import { findRwLayer } from './rw-layer.ts';
import { findText } from './store-text.ts';

/** All layers that a container's root is made of. */
export interface ContainerLayers {
  mountId: string;
  /** Empty for a container without init layer. */
  initId: string;
  /** Of its image, topmost first. */
  image: ImageLayer[];
}

/** undefined when the container has no layer record. A damaged layer of the image ends the list. */
export async function containerLayers(
  engine: Engine,
  containerId: string,
): Promise<ContainerLayers | undefined> {
  const own = await findRwLayer(engine, containerId);
  if (own === undefined) return undefined;
  const parent = await findText(engine.host, `${engine.paths.layerMounts}/${containerId}/parent`);
  const image = parent !== undefined && isDigest(parent) ? await layerChain(engine, parent) : [];
  return { ...own, image };
}

/** The layers below and with `top`, topmost first. */
export async function layerChain(engine: Engine, top: Digest | null): Promise<ImageLayer[]> {
  const layers: ImageLayer[] = [];
  for (let chain: Digest | null = top; chain !== null; ) {
    const layer = await readable(engine, chain);
    if (layer === undefined) break;
    layers.push(layer);
    chain = layer.parent;
  }
  return layers;
}

async function readable(engine: Engine, chain: Digest): Promise<ImageLayer | undefined> {
  try {
    return await findLayer(engine, chain);
  } catch (error) {
    if (!isEngineError(error, 'ERR_RUNDLET_STORE_DAMAGED')) throw error;
    engine.warn(error.message);
    return undefined;
  }
}

/** Directories of the overlay below the container's own, topmost first. */
export function lowerDirectories(
  { paths }: Engine,
  { initId, image }: Pick<ContainerLayers, 'initId' | 'image'>,
): string[] {
  const ids = [...(initId === '' ? [] : [initId]), ...image.map(({ cacheId }) => cacheId)];
  return ids.map((id) => `${paths.overlay2}/${id}/diff`);
}
