import { invalidParameter } from '../engine-error.ts';

/** `--filter key=value` by key, values in order. */
export type Filters = ReadonlyMap<string, readonly string[]>;

/** Throws Docker's text for a filter that does not exist. */
export function parseFilters(words: readonly string[], known: readonly string[]): Filters {
  const filters = new Map<string, string[]>();
  for (const word of words) {
    const equals = word.indexOf('=');
    if (equals === -1)
      throw invalidParameter(
        `invalid argument "${word}" for "-f, --filter" flag: bad format of filter (expected name=value)`,
      );
    const key = word.slice(0, equals).trim().toLowerCase();
    if (!known.includes(key)) throw invalidParameter(`invalid filter '${key}'`);
    filters.set(key, [...(filters.get(key) ?? []), word.slice(equals + 1).trim()]);
  }
  return filters;
}
