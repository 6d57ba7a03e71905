import type { TreeEntry } from '../../host/generated/plan.ts';
import { isHostError } from '../../host/host-error.ts';
import type { Engine } from '../context.ts';
import { isFullId } from '../full-id.ts';
import { type Digest, digestHex } from './layer-store.ts';
import type { ImageLayer } from './read-layer.ts';
import { removeLayerDirectory } from './rw-layer.ts';
import { findText } from './store-text.ts';

/**
 * A layer that comes or goes: `layerdb/tmp/write-set-<cache id>` with the files of its record. It is made
 * before its directory in overlay2 and becomes the record by one rename; a layer that is removed goes
 * the other way. So what lies in layerdb/tmp after a crash names what is to be removed.
 */
export interface WriteSet {
  cacheId: string;
  /** Absolute. */
  path: string;
}

const prefix = 'write-set-';

export function writeSet({ paths }: Engine, cacheId: string): WriteSet {
  return { cacheId, path: `${paths.layerTmp}/${prefix}${cacheId}` };
}

export async function beginWriteSet(engine: Engine, cacheId: string): Promise<WriteSet> {
  const set = writeSet(engine, cacheId);
  const entries: TreeEntry[] = [
    { path: `${prefix}${cacheId}`, kind: 'directory', mode: 0o700, text: '' },
    file(set, 'cache-id', cacheId),
  ];
  await engine.host.call('makeTree', { base: engine.paths.layerTmp, entries });
  return set;
}

/** The layer is whole: from now on it is there. */
export async function commitWriteSet(
  engine: Engine,
  set: WriteSet,
  { chain, diffId, parent, size }: Omit<ImageLayer, 'cacheId'>,
): Promise<void> {
  const { host, paths } = engine;
  const entries = [file(set, 'diff', diffId), file(set, 'size', String(size))];
  if (parent !== null) entries.push(file(set, 'parent', parent));
  await host.call('makeTree', { base: paths.layerTmp, entries });
  await host.call('rename', { from: set.path, to: `${paths.layers}/${digestHex(chain)}` });
}

/** Removes a layer: its record goes first. */
export async function removeLayer(engine: Engine, chain: Digest): Promise<void> {
  const { host, paths } = engine;
  const record = `${paths.layers}/${digestHex(chain)}`;
  const cacheId = await findText(host, `${record}/cache-id`);
  if (cacheId === undefined || !isFullId(cacheId)) {
    await host.call('removeTree', { path: record });
    return;
  }
  const set = writeSet(engine, cacheId);
  await host.call('rename', { from: record, to: set.path });
  await dropWriteSet(engine, set);
}

/** Removes what a write set names, and then itself. */
export async function dropWriteSet(engine: Engine, set: WriteSet): Promise<void> {
  await removeLayerDirectory(engine, set.cacheId);
  await engine.host.call('removeTree', { path: set.path });
}

/** All that were left. */
export async function listWriteSets(engine: Engine): Promise<WriteSet[]> {
  try {
    const { names } = await engine.host.call('listDirectory', { path: engine.paths.layerTmp });
    return names
      .filter((name) => name.startsWith(prefix) && isFullId(name.slice(prefix.length)))
      .map((name) => writeSet(engine, name.slice(prefix.length)));
  } catch (error) {
    if (isHostError(error, 'ENOENT')) return [];
    throw error;
  }
}

function file({ cacheId }: WriteSet, name: string, text: string): TreeEntry {
  return { path: `${prefix}${cacheId}/${name}`, kind: 'file', mode: 0o644, text };
}
