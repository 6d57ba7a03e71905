import { Command as OclifCommand } from '@oclif/core/command';
import { finishValues } from '../flag-values.ts';
import { Log } from '../log.ts';
import { nodeProgram } from '../node-program.ts';
import { globalPrefix, globalValues, oclifFlags } from '../oclif-command.ts';
import type { EngineCommand } from './engine-command.ts';
import { engineFlags } from './engine-flags.ts';
import { executeEngine } from './execute-engine.ts';

/** The oclif command of a verb, `container:create`; `run` gives the exit code. */
export function oclifEngineCommand(command: EngineCommand): typeof OclifCommand {
  const { table } = command;
  return class extends OclifCommand {
    static override readonly summary = table.summary;
    static override readonly usage = `${table.name} ${table.usage}`;
    static override readonly hidden = table.hidden ?? false;
    static override readonly strict = false;
    static override readonly baseFlags = oclifFlags(engineFlags, globalPrefix);
    static override readonly flags = oclifFlags(table.flags);

    override async run(): Promise<number> {
      const { flags, argv } = await this.parse({
        strict: false,
        flags: { ...oclifFlags(engineFlags, globalPrefix), ...oclifFlags(table.flags) },
      });
      const program = nodeProgram();
      const globals = finishValues(engineFlags, globalValues(engineFlags, flags));
      const log = new Log(program.host, {});
      return executeEngine(program, log, command, globals, flags, argv as string[]);
    }
  } as unknown as typeof OclifCommand;
}
