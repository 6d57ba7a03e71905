import { containerSize } from '../containers/container-size.ts';
import { type Filters, parseFilters } from '../containers/parse-filters.ts';
import type { Container } from '../containers/record.ts';
import { listContainers } from '../containers/store.ts';
import type { Engine } from '../context.ts';
import { isEngineError } from '../engine-error.ts';
import { fitsLabels } from '../has-label.ts';
import { parseMoment } from '../parse-moment.ts';
import { parseRfc3339 } from '../parse-rfc3339.ts';
import { removeContainer } from './remove-container.ts';
import { withSettled } from './with-settled.ts';

export interface PrunedContainers {
  ids: string[];
  /** Bytes that they had written. */
  space: number;
}

/** Removes every container that does not run, but for those that the filters keep. */
export async function pruneContainers(
  engine: Engine,
  words: readonly string[],
): Promise<PrunedContainers> {
  const filters = parseFilters(words, ['label', 'label!', 'until']);
  const now = Date.parse(await engine.now());
  const pruned: PrunedContainers = { ids: [], space: 0 };
  for (const listed of await listContainers(engine)) {
    if (!fits(listed, filters, now)) continue;
    try {
      await withSettled(engine, listed.id, async (container) => {
        if (container.config.State.Running) return;
        const { own } = await containerSize(engine, container.id);
        await removeContainer(engine, container, { volumes: false });
        pruned.ids.push(container.id);
        pruned.space += own;
      });
    } catch (error) {
      // Another command was faster.
      if (!isEngineError(error, 'ERR_RUNDLET_NO_SUCH_OBJECT')) throw error;
    }
  }
  return pruned;
}

function fits({ config }: Container, filters: Filters, now: number): boolean {
  const created = BigInt(parseRfc3339(config.Created) ?? 0) * 1_000_000n;
  return (
    fitsLabels(config.Config.Labels ?? {}, filters) &&
    (filters.get('until') ?? []).every((moment) => created < parseMoment(moment, now))
  );
}
