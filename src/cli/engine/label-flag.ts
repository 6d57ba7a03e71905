import { engineUsage } from '../../engine/engine-error.ts';
import type { CommandTable } from '../table/types.ts';
import { FlagReader } from './container/request/flag-reader.ts';
import { readLabel } from './container/request/read-environment.ts';
import { FlagFault } from './scan-docker-flags.ts';

/** What `--label` gave a command. @throws a usage error of the command. */
export function readLabels(
  { name, flags }: CommandTable,
  given: readonly string[],
): Record<string, string> {
  try {
    return Object.fromEntries(new FlagReader(flags).list('label', given, readLabel));
  } catch (error) {
    throw error instanceof FlagFault ? engineUsage(error.message, name) : error;
  }
}
