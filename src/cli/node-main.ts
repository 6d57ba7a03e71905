import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { nodeProgram } from './node-program.ts';
import { runProgram } from './program.ts';
import { readFlags } from './read-flags.ts';

/**
 * The `rundlet` of the npm package. The command line is read like in the executable; the command
 * itself is an oclif command, loaded through the manifest.
 */
process.exitCode = await runProgram(
  nodeProgram(),
  {
    readFlags,
    dispatch: ({ command, ...words }) => runOclif(command.table.name, words),
    dispatchEngine: ({ command, ...words }) =>
      runOclif(command.table.name.replace(' ', ':'), words),
  },
  process.argv.slice(2),
);

interface Words {
  globalTokens: string[];
  tokens: string[];
  args: string[];
}

async function runOclif(id: string, { globalTokens, tokens, args }: Words): Promise<number> {
  const { Config } = await import('@oclif/core/config');
  const config = await Config.load(fileURLToPath(new URL('.', import.meta.url)));
  const { oclifGlobal } = await import('./oclif-command.ts');
  const argv = [...globalTokens.map(oclifGlobal), ...tokens, '--', ...args];
  return config.runCommand<number>(id, argv);
}
