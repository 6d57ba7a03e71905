// rundlet's command line inside the test's own process, on the Node host.
import { executeEngine } from '../../../src/cli/engine/execute-engine.ts';
import { runProgram } from '../../../src/cli/program.ts';
import { readFlags } from '../../../src/cli/read-flags.ts';
import type { Host } from '../../../src/host/host.ts';
import { nodeHost } from '../../../src/host/node-host.ts';

export interface Ran {
  status: number;
  stdout: string;
  stderr: string;
}

export async function runInProcess(
  args: string[],
  { cwd, env }: Pick<Host, 'cwd' | 'env'>,
): Promise<Ran> {
  const ran: Ran = { status: -1, stdout: '', stderr: '' };
  const real = nodeHost();
  const host: Host = {
    cwd,
    env,
    pid: real.pid,
    call(op, given) {
      if (op !== 'print') return real.call(op, given);
      const { fd, text } = given as { fd: number; text: string };
      ran[fd === 1 ? 'stdout' : 'stderr'] += text;
      return null as never;
    },
  };
  const program = { host, version: 'test', commit: 'test', now: () => 0 };
  ran.status = await runProgram(
    program,
    {
      readFlags,
      dispatch: () => Promise.reject(new Error('no verb of the engine')),
      dispatchEngine: ({ command, tokens, args: words }, globals, log) =>
        executeEngine(
          program,
          log,
          command,
          globals,
          readFlags(command.table.flags, tokens),
          words,
        ),
    },
    args,
  );
  return ran;
}
