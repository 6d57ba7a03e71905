import { nearNameHint } from '../spec/near-name.ts';
import type { FlagTable } from './table/types.ts';

/** What was probably meant by a flag that is not there; hidden flags are not proposed. */
export function nearFlagHint(written: string, flags: FlagTable): string | undefined {
  const shown = Object.keys(flags).filter((name) => !flags[name]?.hidden);
  return nearNameHint(
    `--${written.replace(/=.*$/s, '')}`,
    shown.map((name) => `--${name}`),
  );
}
