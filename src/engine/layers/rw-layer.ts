import { RundletError } from '../../errors/rundlet-error.ts';
import type { OverlayLayers, TreeEntry } from '../../host/generated/plan.ts';
import { isHostError } from '../../host/host-error.ts';
import type { Engine } from '../context.ts';
import { damagedRecord } from '../engine-error.ts';
import { isFullId } from '../full-id.ts';
import { removeIfThere } from '../remove-if-there.ts';
import { initEntries } from './init-entries.ts';
import { linkName, randomId } from './layer-ids.ts';
import { isDigest, maxLowerLayers, withLayers } from './layer-store.ts';
import { countLower, layerEntries, lowerOf, type ParentLayer } from './overlay-entries.ts';
import { readParentLayer } from './read-layer.ts';
import { findText } from './store-text.ts';

export interface RwLayerOptions {
  /** 64 hexadecimal digits. */
  containerId: string;
  /** Chain id of the image's topmost layer, null for an image without layers. */
  parentChain: string | null;
  /** Make the `-init` layer between image and container; true unless said otherwise. */
  initLayer?: boolean;
}

/** A container's layer as `layerdb/mounts/<id>` tells it. */
export interface RwLayer {
  mountId: string;
  /** Empty for a container without init layer. */
  initId: string;
}

/**
 * Makes the two layers of a container: `<mount id>-init` with the mount points Docker prepares, and
 * `<mount id>` on it. The record in layerdb/mounts comes first, so that after a crash at any moment
 * `removeRwLayer` finds and removes what there is.
 */
export function createRwLayer(
  engine: Engine,
  { containerId, parentChain, initLayer = true }: RwLayerOptions,
): Promise<{ mountId: string }> {
  checkId(containerId);
  return withLayers(engine, 'add', async () => {
    const parent = await readParent(engine, parentChain);
    if (countLower(lowerOf(parent)) + (initLayer ? 1 : 0) > maxLowerLayers)
      throw layerError('max depth exceeded');
    const mountId = await randomId(engine.host);
    const initId = initLayer ? `${mountId}-init` : '';
    await writeMountRecord(engine, { containerId, parentChain, mountId, initId });
    try {
      await makeLayers(engine, parent, { mountId, initId });
    } catch (error) {
      await removeRwLayer(engine, containerId).catch(() => undefined);
      throw error;
    }
    return { mountId };
  });
}

/**
 * Mounts the container's layers on `overlay2/<mount id>/merged`; mounted already is no error. Kept by
 * the kernel until `unmountRwLayer`.
 * @param volatile what it writes goes with it: unmounting does not wait for the disk.
 */
export async function mountRwLayer(
  engine: Engine,
  containerId: string,
  { volatile = false } = {},
): Promise<{ merged: string }> {
  const { overlay2: home } = engine.paths;
  const { mountId } = await readRwLayer(engine, containerId);
  const lower = await readStoreText(engine, `${home}/${mountId}/lower`);
  const merged = `${home}/${mountId}/merged`;
  try {
    await engine.host.call('mountOverlay', {
      layers: overlayLayers(home, mountId, lower),
      target: `${mountId}/merged`,
      volatile,
    });
  } catch (error) {
    if (!isHostError(error)) throw error;
    throw layerError(
      `error creating overlay mount to ${merged}: ${error.failure.detail || error.failure.errnoText}`,
      error,
    );
  }
  return { merged };
}

/** Unmounts and removes `merged`; not mounted, or no such layer, is no error. */
export async function unmountRwLayer(engine: Engine, containerId: string): Promise<void> {
  const layer = await findRwLayer(engine, containerId);
  if (layer) await unmountMerged(engine, layer.mountId);
}

/** Removes the container's two layers, their links and the record; what is gone already is no error. */
export async function removeRwLayer(engine: Engine, containerId: string): Promise<void> {
  const { layerMounts, layerTmp } = engine.paths;
  const layer = await findRwLayer(engine, containerId);
  if (layer) {
    await unmountMerged(engine, layer.mountId);
    await removeLayerDirectory(engine, layer.mountId);
    if (layer.initId !== '') await removeLayerDirectory(engine, layer.initId);
  }
  await engine.host.call('removeTree', { path: `${layerMounts}/${containerId}` });
  await engine.host.call('removeTree', { path: `${layerTmp}/mount-${containerId}` });
}

/** Ids of a container's layers. */
export async function readRwLayer(engine: Engine, containerId: string): Promise<RwLayer> {
  const layer = await findRwLayer(engine, containerId);
  if (layer) return layer;
  throw layerError(`failed to load container mount ${containerId}: mount does not exist`);
}

/** The same; undefined when the container has none. */
export async function findRwLayer(
  engine: Engine,
  containerId: string,
): Promise<RwLayer | undefined> {
  checkId(containerId);
  const directory = `${engine.paths.layerMounts}/${containerId}`;
  const mountId = await findText(engine.host, `${directory}/mount-id`);
  if (mountId === undefined) return undefined;
  const initId = (await findText(engine.host, `${directory}/init-id`)) ?? '';
  for (const id of [mountId, initId]) {
    if (id !== '' && !/^[0-9a-f]{64}(-init)?$/.test(id)) throw damagedRecord(directory);
  }
  return { mountId, initId };
}

/** Removes a directory of overlay2 and its link; the link first, since only the directory knows its name. */
export async function removeLayerDirectory(engine: Engine, cacheId: string): Promise<void> {
  const { overlay2: home } = engine.paths;
  const link = await findText(engine.host, `${home}/${cacheId}/link`);
  if (link !== undefined && /^[A-Z2-7]{26}$/.test(link)) {
    await removeIfThere(engine.host, `${home}/l/${link}`);
  }
  await engine.host.call('removeTree', { path: `${home}/${cacheId}` });
}

async function readParent(engine: Engine, chain: string | null): Promise<ParentLayer | null> {
  if (chain === null) return null;
  if (!isDigest(chain)) throw layerError(`no chain id of a layer: ${chain}`);
  return readParentLayer(engine, chain);
}

interface MountRecord extends RwLayer {
  containerId: string;
  parentChain: string | null;
}

/** Made aside and renamed: dockerd refuses a mount whose record is half. */
async function writeMountRecord(
  engine: Engine,
  { containerId, parentChain, mountId, initId }: MountRecord,
): Promise<void> {
  const { layerMounts, layerTmp } = engine.paths;
  const name = `mount-${containerId}`;
  const file = (part: string, text: string): TreeEntry => ({
    path: `${name}/${part}`,
    kind: 'file',
    mode: 0o644,
    text,
  });
  await engine.host.call('removeTree', { path: `${layerTmp}/${name}` });
  const entries = [
    { path: name, kind: 'directory', mode: 0o755, text: '' },
    file('mount-id', mountId),
    ...(initId === '' ? [] : [file('init-id', initId)]),
    ...(parentChain === null ? [] : [file('parent', parentChain)]),
  ];
  await engine.host.call('makeTree', { base: layerTmp, entries });
  try {
    await engine.host.call('rename', {
      from: `${layerTmp}/${name}`,
      to: `${layerMounts}/${containerId}`,
    });
  } catch (error) {
    await engine.host.call('removeTree', { path: `${layerTmp}/${name}` });
    if (isHostError(error, 'ENOTEMPTY', 'EEXIST'))
      throw layerError(`the container ${containerId} has a layer already`, error);
    throw error;
  }
}

async function makeLayers(
  engine: Engine,
  image: ParentLayer | null,
  { mountId, initId }: RwLayer,
): Promise<void> {
  const { overlay2: home } = engine.paths;
  const { host } = engine;
  let parent = image;
  if (initId !== '') {
    const link = await linkName(host);
    const entries = layerEntries({ cacheId: initId, link, parent: image, mounted: false });
    await host.call('makeTree', { base: home, entries });
    const lower = lowerOf(image);
    await host.call('fillInitLayer', {
      layers: overlayLayers(home, initId, lower),
      target: `${initId}/merged`,
      entries: [...initEntries],
    });
    parent = { cacheId: initId, link, lower };
  }
  const link = await linkName(host);
  const entries = layerEntries({ cacheId: mountId, link, parent, mounted: parent !== null });
  await host.call('makeTree', { base: home, entries });
}

/** The layers of a container as the operations that mount them take them; undefined when it has none. */
export async function containerOverlay(
  engine: Engine,
  containerId: string,
): Promise<OverlayLayers | undefined> {
  const layer = await findRwLayer(engine, containerId);
  if (layer === undefined) return undefined;
  const { overlay2: home } = engine.paths;
  const lower = (await findText(engine.host, `${home}/${layer.mountId}/lower`)) ?? '';
  return overlayLayers(home, layer.mountId, lower);
}

function overlayLayers(home: string, cacheId: string, lower: string): OverlayLayers {
  return {
    home,
    lower: lower === '' ? [] : lower.split(':'),
    upper: `${cacheId}/diff`,
    work: `${cacheId}/work`,
  };
}

async function unmountMerged(engine: Engine, mountId: string): Promise<void> {
  await engine.host.call('unmount', { path: `${engine.paths.overlay2}/${mountId}/merged` });
}

async function readStoreText(engine: Engine, path: string): Promise<string> {
  const text = await findText(engine.host, path);
  if (text !== undefined) return text;
  throw damagedRecord(path);
}

function checkId(containerId: string): void {
  if (!isFullId(containerId)) throw layerError(`no id of a container: ${containerId}`);
}

function layerError(message: string, cause?: unknown): RundletError {
  return new RundletError('ERR_RUNDLET_IMAGE', message, { cause });
}
