import minimist from 'minimist';
import type { RawValues } from './flag-values.ts';
import type { FlagTable } from './table/types.ts';

/** Reads canonical tokens in the executable, where oclif cannot be. */
export function readFlags(flags: FlagTable, tokens: string[]): RawValues {
  const names = (boolean: boolean) =>
    Object.keys(flags).filter((name) => (flags[name]?.type === 'boolean') === boolean);
  // Bare `--no-pivot` would be read as "pivot: false".
  const words = tokens.map((token) => (token.includes('=') ? token : `${token}=true`));
  return minimist(words, { string: names(false), boolean: names(true) });
}
