import { isHostError } from '../host/host-error.ts';
import type { Engine } from './context.ts';
import { replayJournal } from './journal.ts';

/**
 * Undoes or finishes what commands that were killed had begun. What cannot be undone now is warned of and
 * tried again by the next command.
 */
export async function replay(engine: Engine): Promise<void> {
  try {
    await replayJournal(engine, {
      create: async (entry) => {
        const { undoCreate } = await import('./create/undo-create.ts');
        await undoCreate(engine, entry);
      },
      volume: async (entry) => {
        const { undoVolumes } = await import('./volumes/remove-volume.ts');
        await undoVolumes(engine, entry);
      },
    });
  } catch (error) {
    // Who may not read the data root is told so by the command itself.
    if (isHostError(error, 'EACCES', 'EPERM')) return;
    engine.warn(`cannot undo what a killed command had begun: ${(error as Error).message}`);
  }
}
