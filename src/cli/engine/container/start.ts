import { readById } from '../../../engine/containers/store.ts';
import type { Engine } from '../../../engine/context.ts';
import { detachKeys } from '../../../engine/life/detach-keys.ts';
import { runAttached } from '../../../engine/start/run-attached.ts';
import { startContainer } from '../../../engine/start/start-container.ts';
import { RundletError } from '../../../errors/rundlet-error.ts';
import { printError } from '../../print.ts';
import { eachContainer } from '../each-container.ts';
import { defineEngineCommand } from '../engine-command.ts';

export const start = defineEngineCommand(
  {
    name: 'container start',
    summary: 'start one or more stopped containers',
    usage: '[OPTIONS] CONTAINER [CONTAINER...]',
    examples: [{ does: 'And be its terminal:', line: 'rundlet container start -ai box' }],
    args: { min: 1 },
    flags: {
      attach: { type: 'boolean', alias: 'a', summary: 'Attach standard output, error and signals' },
      interactive: { type: 'boolean', alias: 'i', summary: 'Attach standard input' },
      'detach-keys': { type: 'string', summary: 'Keys that detach from the container' },
    },
  },
  async ({ engine, host }, { attach, interactive, 'detach-keys': keys }, names) => {
    const failed = (failing: readonly string[]) =>
      printError(host, `Error: failed to start containers: ${failing.join(', ')}\n`);
    if (!attach && !interactive) {
      return eachContainer(engine, names, (id) => startContainer(engine, id), { failed });
    }
    if (names.length > 1) {
      const message = 'you cannot start and attach multiple containers at once';
      throw new RundletError('ERR_RUNDLET_USAGE', message);
    }
    let code = 0;
    const options = { detachKeys: detachKeys(keys), signalProxy: true };
    const fault = await eachContainer(
      engine,
      names,
      async (id) => {
        const streams = await wantedStreams(engine, id, { attach, interactive });
        code = (await runAttached(engine, id, streams, options))?.exitCode ?? 0;
      },
      { failed, silent: true },
    );
    return fault || code;
  },
);

async function wantedStreams(
  engine: Engine,
  id: string,
  { attach, interactive }: { attach: boolean; interactive: boolean },
) {
  const container = await readById(engine, id);
  const stdin = interactive && (container?.config.Config.OpenStdin ?? false);
  return { stdin, stdout: attach || interactive, stderr: attach || interactive };
}
