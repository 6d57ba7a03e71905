import { isEngineError } from '../../../engine/engine-error.ts';
import { removeNetwork } from '../../../engine/network/remove-network.ts';
import { renderError } from '../../../errors/render-error.ts';
import { RundletError } from '../../../errors/rundlet-error.ts';
import { print, printError } from '../../print.ts';
import { daemonError } from '../daemon-error.ts';
import { defineEngineCommand } from '../engine-command.ts';

export const rm = defineEngineCommand(
  {
    name: 'network rm',
    summary: 'remove networks that no running container is in',
    usage: '[OPTIONS] NETWORK [NETWORK...]',
    examples: [{ does: 'No error when it is gone already:', line: 'rundlet network rm -f net' }],
    args: { min: 1 },
    flags: {
      force: { type: 'boolean', alias: 'f', summary: 'Networks that are missing are no error' },
    },
  },
  async ({ engine, host }, { force }, names) => {
    let code = 0;
    for (const name of names) {
      try {
        await removeNetwork(engine, name);
      } catch (error) {
        if (!(error instanceof RundletError)) throw error;
        const missing = isEngineError(error, 'ERR_RUNDLET_NO_SUCH_OBJECT');
        if (missing && force) continue;
        const text = renderError(missing ? error : daemonError(error));
        await printError(host, `${missing ? 'Error: ' : ''}${text}\n`);
        code = 1;
        continue;
      }
      await print(host, `${name}\n`);
    }
    return code;
  },
);
