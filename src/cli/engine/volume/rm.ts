import { isEngineError } from '../../../engine/engine-error.ts';
import { removeVolume } from '../../../engine/volumes/remove-volume.ts';
import { renderError } from '../../../errors/render-error.ts';
import { print, printError } from '../../print.ts';
import { daemonError } from '../daemon-error.ts';
import { defineEngineCommand } from '../engine-command.ts';

export const rm = defineEngineCommand(
  {
    name: 'volume rm',
    summary: 'remove volumes that no container uses',
    usage: '[OPTIONS] VOLUME [VOLUME...]',
    examples: [{ does: 'No error when it is gone already:', line: 'rundlet volume rm -f data' }],
    args: { min: 1 },
    flags: {
      force: { type: 'boolean', alias: 'f', summary: 'Volumes that are missing are no error' },
    },
  },
  async ({ engine, host }, { force }, names) => {
    let code = 0;
    for (const name of names) {
      try {
        await removeVolume(engine, name);
      } catch (error) {
        const missing = isEngineError(error, 'ERR_RUNDLET_NO_SUCH_OBJECT');
        if (!missing || !force) {
          await printError(host, `${renderError(daemonError(error))}\n`);
          code = 1;
          continue;
        }
      }
      await print(host, `${name}\n`);
    }
    return code;
  },
);
