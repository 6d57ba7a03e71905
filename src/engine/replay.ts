import { isHostError } from '../host/host-error.ts';
import { pathExists } from '../host/path-exists.ts';
import type { Engine } from './context.ts';
import { type JournalEntry, replayJournal } from './journal.ts';
import { recoverContainers } from './life/recover-containers.ts';

/**
 * Undoes or finishes what commands that were killed had begun. What cannot be undone now is warned of and
 * tried again by the next command. In a data root that rundlet has never worked in nothing is touched.
 */
export async function replay(engine: Engine): Promise<void> {
  const { host, paths } = engine;
  if (!(await pathExists(host, paths.own))) return;
  try {
    await recoverContainers(engine);
    const undo = async (entry: JournalEntry) => {
      const { undoCreate } = await import('./create/undo-create.ts');
      await undoCreate(engine, entry);
    };
    await replayJournal(engine, {
      create: undo,
      // A removal that has taken the record away ends as a create does that never wrote it.
      remove: undo,
      volume: async (entry) => {
        const { undoVolumes } = await import('./volumes/remove-volume.ts');
        await undoVolumes(engine, entry);
      },
    });
    if (await pathExists(host, `${paths.own}/images.begun`)) {
      const { recoverImages } = await import('./layers/image-lock.ts');
      await recoverImages(engine);
    }
  } catch (error) {
    // Who may not read the data root, or write to it, is told so by the command itself.
    if (isHostError(error, 'EACCES', 'EPERM', 'EROFS')) return;
    engine.warn(`cannot undo what a killed command had begun: ${(error as Error).message}`);
  }
}
