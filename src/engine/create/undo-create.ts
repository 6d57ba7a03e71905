import type { Engine } from '../context.ts';
import { containerPaths } from '../engine-paths.ts';
import type { JournalEntry } from '../journal.ts';
import { removeRwLayer } from '../layers/rw-layer.ts';
import { findText } from '../layers/store-text.ts';
import { undoVolumes } from '../volumes/remove-volume.ts';

/** Where a container's directory is made before it is renamed to its place. */
export function stagingPath({ paths }: Engine, id: string): string {
  return `${paths.own}/create-${id}`;
}

/**
 * Takes back what an unfinished create has made: layers, records, and volumes that nobody else has come to
 * use. A create that got as far as its record is finished, and stays.
 */
export async function undoCreate(engine: Engine, entry: JournalEntry): Promise<void> {
  const { id } = entry;
  const record = containerPaths(engine.paths, id).config;
  if ((await findText(engine.host, record, 16 << 20)) !== undefined) return;
  await removeRwLayer(engine, id);
  await engine.host.call('removeTree', { path: stagingPath(engine, id) });
  await undoVolumes(engine, entry);
}
