import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { nodeHost } from '../host/node-host.ts';
import { buildInfo } from './build-info.ts';
import { runProgram } from './program.ts';
import { readFlags } from './read-flags.ts';

/**
 * The `rundlet` of the npm package. The command line is read like in the executable; the command
 * itself is an oclif command, loaded through the manifest.
 */
process.exitCode = await runProgram(
  { host: nodeHost(), ...buildInfo },
  {
    readFlags,
    async dispatch({ command, globalTokens, tokens, args }) {
      const { Config } = await import('@oclif/core/config');
      const config = await Config.load(fileURLToPath(new URL('.', import.meta.url)));
      const { oclifGlobal } = await import('./oclif-command.ts');
      const argv = [...globalTokens.map(oclifGlobal), ...tokens, '--', ...args];
      return config.runCommand<number>(command.table.name, argv);
    },
  },
  process.argv.slice(2),
);
