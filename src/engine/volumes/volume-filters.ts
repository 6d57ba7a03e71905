import { type Filters, parseFilters } from '../containers/parse-filters.ts';
import type { Engine } from '../context.ts';
import { invalidParameter } from '../engine-error.ts';
import { hasLabel } from '../has-label.ts';
import { listVolumes, type Volume } from './volume-store.ts';
import { volumeUsers } from './volume-users.ts';

const keys = ['dangling', 'driver', 'label', 'name'];

/** Volumes that fit all `--filter` words, by name. Throws Docker's texts. */
export async function filteredVolumes(engine: Engine, words: readonly string[]): Promise<Volume[]> {
  const filters = parseFilters(words, keys);
  const wanted = dangling(filters);
  const users = wanted === undefined ? undefined : await volumeUsers(engine);
  const volumes = await listVolumes(engine);
  return volumes.filter(
    (volume) =>
      fits(volume, filters) && (wanted === undefined || wanted === !users?.has(volume.name)),
  );
}

function dangling(filters: Filters): boolean | undefined {
  const values = filters.get('dangling');
  if (values === undefined) return undefined;
  const [value = ''] = values;
  if (['1', 'true'].includes(value)) return true;
  if (['0', 'false'].includes(value)) return false;
  throw invalidParameter(`Invalid filter 'dangling=[${values.join(' ')}]'`);
}

function fits(volume: Volume, filters: Filters): boolean {
  const some = (key: string, test: (value: string) => boolean) =>
    filters.get(key)?.some(test) ?? true;
  return (
    some('name', (part) => volume.name.includes(part)) &&
    some('driver', (driver) => driver === 'local') &&
    (filters.get('label') ?? []).every((label) => hasLabel(volume.labels, label))
  );
}
