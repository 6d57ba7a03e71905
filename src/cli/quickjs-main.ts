import type { Moment } from '../host/generated/plan.ts';
import type { Host } from '../host/host.ts';
import { type Native, quickjsHost } from '../host/quickjs-host.ts';
import type { Program } from './command.ts';
import { execute } from './execute.ts';
import { runProgram } from './program.ts';
import { readFlags } from './read-flags.ts';

/** Entry of the executable's bytecode; crates/rundlet/src/main.rs calls it and exits with the result. */
export function main(native: Native): Promise<number> {
  const { version, commit, argv } = native;
  const host = quickjsHost(native);
  const program: Program = { host, version, commit, now: () => milliseconds(host) };
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

/** This host answers at once. */
function milliseconds(host: Host): number {
  const { seconds, nanoseconds } = host.call('clock', null) as Moment;
  return seconds * 1000 + nanoseconds / 1e6;
}
