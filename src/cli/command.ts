import type { Host } from '../host/host.ts';
import type { RuntimeContext } from '../lifecycle/types.ts';
import type { globalFlags } from './table/globals.ts';
import type { CommandTable, FlagValues } from './table/types.ts';

export type GlobalValues = FlagValues<typeof globalFlags>;

/** Who runs: the host and what `--version` prints. */
export interface Program {
  host: Host;
  version: string;
  commit: string;
  /** Milliseconds since 1970, with a fraction. */
  now: () => number;
}

/** What a command's `run` gets. */
export interface CommandContext {
  program: Program;
  host: Host;
  globals: GlobalValues;
  runtime: RuntimeContext;
}

/** One command: its table and what it does; the result is the exit code. */
export interface Command<T extends CommandTable = CommandTable> {
  table: T;
  run(context: CommandContext, flags: FlagValues<T['flags']>, args: string[]): Promise<number>;
}

/** Ties `run` to its table's types. */
export function defineCommand<const T extends CommandTable>(
  table: T,
  run: Command<T>['run'],
): Command {
  return { table, run } as unknown as Command;
}
