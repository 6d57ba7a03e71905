import type { FlagTable, FlagValues } from './table/types.ts';

/** What a flag reader (minimist, oclif) makes of canonical tokens. */
export type RawValues = Record<string, unknown>;

/** Raw values with the table's types and defaults; the same for every reader. */
export function finishValues<T extends FlagTable>(flags: T, raw: RawValues): FlagValues<T> {
  const values: Record<string, unknown> = {};
  for (const [name, flag] of Object.entries(flags)) {
    const value = raw[name] ?? (flag.type === 'boolean' ? undefined : flag.default);
    if (flag.type === 'boolean') values[name] = value === true;
    else if (flag.repeatable) values[name] = list(value);
    else if (flag.type === 'integer')
      values[name] = value === undefined ? undefined : Number(value);
    else values[name] = value;
  }
  return values as FlagValues<T>;
}

function list(value: unknown): string[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value as string];
}
