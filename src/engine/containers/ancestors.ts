import type { Engine } from '../context.ts';
import { isEngineError } from '../engine-error.ts';
import { listImageIds } from '../images/image-store.ts';
import { resolveImage } from '../images/resolve-image.ts';
import { digestHex } from '../layers/layer-store.ts';
import { findText } from '../layers/store-text.ts';

/**
 * Ids of the images that `ancestor` filters name, and of all that were built on them. A name of no image adds
 * nothing, with a warning as in Docker.
 */
export async function ancestorIds(engine: Engine, names: readonly string[]): Promise<Set<string>> {
  const found = new Set<string>();
  if (names.length === 0) return found;
  for (const name of names) {
    try {
      found.add((await resolveImage(engine, name)).id);
    } catch (error) {
      if (!isEngineError(error, 'ERR_RUNDLET_NO_SUCH_OBJECT', 'ERR_RUNDLET_INVALID_PARAMETER'))
        throw error;
      engine.warn(`ancestor filter: ${error.message}`);
    }
  }
  if (found.size > 0) await addChildren(engine, found);
  return found;
}

async function addChildren(engine: Engine, found: Set<string>): Promise<void> {
  const parents: [child: string, parent: string][] = [];
  for (const id of await listImageIds(engine)) {
    const path = `${engine.paths.imageMetadata}/${digestHex(id)}/parent`;
    const parent = await findText(engine.host, path);
    if (parent !== undefined) parents.push([id, parent]);
  }
  for (let before = -1; before !== found.size; ) {
    before = found.size;
    for (const [child, parent] of parents) if (found.has(parent)) found.add(child);
  }
}
