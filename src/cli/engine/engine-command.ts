import type { Engine } from '../../engine/context.ts';
import type { Host } from '../../host/host.ts';
import type { CommandTable, FlagValues } from '../table/types.ts';

/** What a verb of the engine gets. */
export interface EngineContext {
  engine: Engine;
  host: Host;
  /** Of rundlet. */
  version: string;
}

/** One verb of a topic: `rundlet container create`. */
export interface EngineCommand<T extends CommandTable = CommandTable> {
  /** `name` is the whole, `container create`. */
  table: T;
  /** The result is the exit code. */
  run(context: EngineContext, flags: FlagValues<T['flags']>, args: string[]): Promise<number>;
}

/** Ties `run` to its table's types. */
export function defineEngineCommand<const T extends CommandTable>(
  table: T,
  run: EngineCommand<T>['run'],
): EngineCommand {
  return { table, run } as unknown as EngineCommand;
}
