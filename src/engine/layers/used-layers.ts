import { isHostError } from '../../host/host-error.ts';
import type { Engine } from '../context.ts';
import { chainIds } from '../images/chain-ids.ts';
import { listImageIds, readConfig } from '../images/image-store.ts';
import { type Digest, isDigest } from './layer-store.ts';
import { findLayer, type ImageLayer } from './read-layer.ts';
import { findText } from './store-text.ts';

/** All layers of layerdb. */
export async function listLayers(engine: Engine): Promise<ImageLayer[]> {
  const layers: ImageLayer[] = [];
  for (const name of await namesIn(engine, engine.paths.layers)) {
    const chain = `sha256:${name}`;
    if (!isDigest(chain)) continue;
    const layer = await findLayer(engine, chain);
    if (layer) layers.push(layer);
  }
  return layers;
}

/** Layers that neither an image nor a container stands on, the upper ones first. */
export async function unusedLayers(engine: Engine): Promise<ImageLayer[]> {
  const layers = new Map((await listLayers(engine)).map((layer) => [layer.chain, layer]));
  for (const top of await usedChains(engine)) {
    for (let chain: Digest | null = top; chain !== null; ) {
      const layer: ImageLayer | undefined = layers.get(chain);
      layers.delete(chain);
      chain = layer?.parent ?? null;
    }
  }
  return upperFirst([...layers.values()]);
}

/** Topmost layers of images and those that containers stand on. */
async function usedChains(engine: Engine): Promise<Digest[]> {
  const chains: Digest[] = [];
  for (const id of await listImageIds(engine)) {
    const config = await readConfig(engine, id);
    chains.push(...(await chainIds(engine.host, config?.rootfs?.diff_ids ?? [])).slice(-1));
  }
  for (const id of await namesIn(engine, engine.paths.layerMounts)) {
    const parent = await findText(engine.host, `${engine.paths.layerMounts}/${id}/parent`);
    if (parent !== undefined && isDigest(parent)) chains.push(parent);
  }
  return chains;
}

function upperFirst(layers: ImageLayer[]): ImageLayer[] {
  const byChain = new Map(layers.map((layer) => [layer.chain, layer]));
  const depth = ({ parent }: ImageLayer): number => {
    const below = parent === null ? undefined : byChain.get(parent);
    return below ? depth(below) + 1 : 0;
  };
  return layers.sort((left, right) => depth(right) - depth(left));
}

/** Names in a directory of the store; none where it is missing. */
export async function namesIn({ host }: Engine, path: string): Promise<string[]> {
  try {
    return (await host.call('listDirectory', { path })).names;
  } catch (error) {
    if (isHostError(error, 'ENOENT')) return [];
    throw error;
  }
}
