import { type Native, quickjsHost } from '../host/quickjs-host.ts';
import type { Program } from './command.ts';
import { execute } from './execute.ts';
import { runProgram } from './program.ts';
import { readFlags } from './read-flags.ts';

/** Entry of the executable's bytecode; crates/rundlet/src/main.rs calls it and exits with the result. */
export function main(native: Native): Promise<number> {
  const { version, commit, argv } = native;
  const program: Program = { host: quickjsHost(native), version, commit };
  return runProgram(
    program,
    {
      readFlags,
      dispatch: ({ command, tokens, args }, globals, log) =>
        execute(program, log, command, globals, readFlags(command.table.flags, tokens), args),
      dispatchEngine: async ({ command, tokens, args }, globals, log) => {
        const { executeEngine } = await import('./engine/execute-engine.ts');
        const raw = readFlags(command.table.flags, tokens);
        return executeEngine(program, log, command, globals, raw, args);
      },
    },
    argv,
  );
}
