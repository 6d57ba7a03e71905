import { systemError } from '../../errors/system-error.ts';
import { pathExists } from '../../host/path-exists.ts';
import type { Engine } from '../context.ts';
import { invalidParameter } from '../engine-error.ts';
import { withImagesAlone } from '../layers/image-lock.ts';
import { sweepLayers } from '../layers/recover-layers.ts';
import { removeLayerDirectory, removeRwLayer } from '../layers/rw-layer.ts';
import { findOrphans, type Orphan } from './find-orphans.ts';

/**
 * Removes what nothing needs from the data root, while nobody adds layers. What belongs to the life of a
 * container is left to the next command that uses it. @returns what was removed.
 */
export async function removeOrphans(engine: Engine): Promise<Orphan[]> {
  const { host, paths } = engine;
  if (!(await pathExists(host, paths.own))) {
    throw invalidParameter(
      `${paths.dataRoot} is another engine's, whose work must not be disturbed; --dry-run looks only`,
    );
  }
  return withImagesAlone(engine, async () => {
    const removed: Orphan[] = [];
    for (const orphan of await findOrphans(engine)) {
      try {
        if (await removeOne(engine, orphan)) removed.push(orphan);
      } catch (error) {
        throw systemError(error, `cannot remove ${orphan.path}`);
      }
    }
    await sweepLayers(engine);
    return removed;
  });
}

async function removeOne(engine: Engine, { kind, path }: Orphan): Promise<boolean> {
  const { host, paths } = engine;
  const name = path.slice(path.lastIndexOf('/') + 1);
  switch (kind) {
    case 'layer':
      await host.call('unmount', { path: `${path}/merged` });
      await removeLayerDirectory(engine, name);
      return true;
    case 'link':
      await host.call('removeFile', { path });
      return true;
    // All of them at once afterwards, the upper ones first.
    case 'image layer':
      return true;
    case 'layer record':
      if (!path.startsWith(`${paths.layerMounts}/`)) return false;
      await removeRwLayer(engine, name);
      return true;
    case 'record':
      if (path.endsWith('.json')) return false;
      await host.call('removeTree', { path });
      return true;
    default:
      return false;
  }
}
