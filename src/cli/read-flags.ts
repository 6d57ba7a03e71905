import minimist from 'minimist';
import type { RawValues } from './flag-values.ts';
import type { FlagTable } from './table/types.ts';

/** Reads canonical tokens in the executable, where oclif cannot be. */
export function readFlags(flags: FlagTable, tokens: string[]): RawValues {
  const names = (boolean: boolean) =>
    Object.keys(flags).filter((name) => (flags[name]?.type === 'boolean') === boolean);
  return minimist(tokens, { string: names(false), boolean: names(true) });
}
