import type { UnpackedLayer } from '../../host/generated/plan.ts';
import type { Engine } from '../context.ts';
import { addLayers, type ComingLayer } from '../layers/add-layers.ts';
import { type Digest, digestHex, isDigest } from '../layers/layer-store.ts';
import { type ArchivedImage, type ArchivedLayer, imageError } from './image-archive.ts';
import { parseConfig } from './image-store.ts';
import { imageLimits } from './limits.ts';

/** Layers and then the config of an image, whose id is returned. The caller holds the images' lock. */
export async function addImage(
  engine: Engine,
  archive: number,
  { configText, layers, parent }: ArchivedImage,
): Promise<Digest> {
  const config = parseConfig(configText, 'image config');
  const diffIds = config.rootfs?.diff_ids ?? [];
  if (config.os !== undefined && config.os !== '' && config.os !== 'linux') {
    throw imageError(`cannot load ${config.os} image on linux`);
  }
  if (diffIds.length !== layers.length) {
    throw imageError(
      `invalid manifest, layers length mismatch: expected ${diffIds.length}, got ${layers.length}`,
    );
  }
  const sources = layers.map((layer, place) => ({ ...layer, diffId: diffIds[place] as Digest }));
  await addLayers(engine, sources, (coming) => unpackMembers(engine, archive, coming));
  return writeConfig(engine, configText, parent);
}

/** Members of an archive become layers, several at once. */
async function unpackMembers(
  { host }: Engine,
  archive: number,
  coming: readonly (ArchivedLayer & ComingLayer)[],
): Promise<UnpackedLayer[]> {
  if (coming.length === 0) return [];
  const { layers } = await host.call('unpackLayers', {
    handle: archive,
    layers: coming.map(({ path, digest = '', diffId, root, split }) => ({
      path,
      digest,
      diffId,
      root,
      split,
    })),
    maxBytes: imageLimits.layerBytes,
    maxEntries: imageLimits.entries,
  });
  return layers;
}

/** Keeps a config byte for byte; its digest is the image's id. */
export async function writeConfig(
  { host, paths }: Engine,
  text: string,
  parent?: string,
): Promise<Digest> {
  const id: Digest = `sha256:${await host.call('sha256', { text })}`;
  const path = `${paths.imageContent}/${digestHex(id)}`;
  await host.call('writeRecord', { path, text, mode: 0o600, durable: true });
  if (parent !== undefined && isDigest(parent))
    await writeMetadata({ host, paths }, id, 'parent', parent);
  return id;
}

/** `imagedb/metadata/sha256/<id>/<name>`. */
export async function writeMetadata(
  { host, paths }: Pick<Engine, 'host' | 'paths'>,
  id: Digest,
  name: 'parent' | 'lastUpdated',
  text: string,
): Promise<void> {
  const directory = `${paths.imageMetadata}/${digestHex(id)}`;
  await host.call('makeDirectory', { path: directory, mode: 0o700, parents: true });
  await host.call('writeRecord', {
    path: `${directory}/${name}`,
    text,
    mode: 0o600,
    durable: false,
  });
}
