import type { Engine } from './context.ts';
import { undoCreate } from './create/undo-create.ts';
import { replayJournal } from './journal.ts';

/** Undoes or finishes what commands that were killed had begun. */
export function replay(engine: Engine): Promise<void> {
  return replayJournal(engine, {
    create: (entry) => undoCreate(engine, entry),
  });
}
