import { Command as OclifCommand } from '@oclif/core/command';
import * as Flags from '@oclif/core/flags';
import type { FlagInput } from '@oclif/core/interfaces';
import type { Command } from './command.ts';
import { execute } from './execute.ts';
import { finishValues, type RawValues } from './flag-values.ts';
import { Log } from './log.ts';
import { nodeProgram } from './node-program.ts';
import { globalFlags } from './table/globals.ts';
import type { FlagSpec, FlagTable } from './table/types.ts';

/** The oclif command of a table; `run` gives the exit code. */
export function oclifCommand(command: Command): typeof OclifCommand {
  const { table } = command;
  const { summary, description, examples = [], hidden = false, usage } = table;
  return class extends OclifCommand {
    static override readonly summary = summary;
    static override readonly description = description;
    static override readonly usage = `${table.name} ${usage}`;
    static override readonly hidden = hidden;
    static override readonly examples = examples.map(
      ({ does, line }) => `${does}\n<%= config.bin %> ${line.slice('rundlet '.length)}`,
    );
    /** The container's own command is none of oclif's business. */
    static override readonly strict = false;
    static override readonly baseFlags = oclifFlags(globalFlags, globalPrefix);
    static override readonly flags = oclifFlags(table.flags);

    override async run(): Promise<number> {
      const { flags, argv } = await this.parse({
        strict: false,
        flags: { ...oclifFlags(globalFlags, globalPrefix), ...oclifFlags(table.flags) },
      });
      const program = nodeProgram();
      const globals = finishValues(globalFlags, globalValues(globalFlags, flags));
      const log = new Log(program.host, globals);
      return execute(program, log, command, globals, flags, argv as string[]);
    }
  } as unknown as typeof OclifCommand;
}

/** A command may have a flag of a global one's name: `spec --rootless`. */
export const globalPrefix = 'global-';

/** A canonical token of a global flag as the oclif commands take it. */
export function oclifGlobal(token: string): string {
  return `--${globalPrefix}${token.slice('--'.length)}`;
}

/** What was given of a table's flags that stand behind `globalPrefix`. */
export function globalValues(table: FlagTable, flags: RawValues): RawValues {
  return Object.fromEntries(Object.keys(table).map((name) => [name, flags[globalPrefix + name]]));
}

export function oclifFlags(flags: FlagTable, prefix = ''): FlagInput {
  return Object.fromEntries(
    Object.entries(flags).map(([name, flag]) => [prefix + name, oclifFlag(flag)]),
  ) as FlagInput;
}

/** Integers stay text here: `finishValues` reads them for both hosts. */
function oclifFlag({ type, alias, repeatable = false, hidden = false, summary }: FlagSpec) {
  const common = { summary, hidden, ...(alias && { char: alias as 'a' }) };
  if (type === 'boolean') return Flags.boolean(common);
  return repeatable ? Flags.string({ ...common, multiple: true }) : Flags.string(common);
}
