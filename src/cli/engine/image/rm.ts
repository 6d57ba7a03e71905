import { isEngineError } from '../../../engine/engine-error.ts';
import { type Removed, removeImage } from '../../../engine/images/remove-image.ts';
import { renderError } from '../../../errors/render-error.ts';
import { RundletError } from '../../../errors/rundlet-error.ts';
import { print, printError } from '../../print.ts';
import { daemonError } from '../daemon-error.ts';
import { defineEngineCommand } from '../engine-command.ts';

export const rm = defineEngineCommand(
  {
    name: 'image rm',
    summary: 'remove images, or names of them',
    usage: '[OPTIONS] IMAGE [IMAGE...]',
    args: { min: 1 },
    flags: {
      force: {
        type: 'boolean',
        alias: 'f',
        summary: 'Also what a stopped container uses or several repositories name',
      },
      'no-prune': {
        type: 'boolean',
        summary: 'Leave images without a name on which a removed one was built',
      },
    },
  },
  async ({ engine, host }, { force, ...flags }, names) => {
    let code = 0;
    for (const name of names) {
      try {
        const removed = await removeImage(engine, name, { force, noPrune: flags['no-prune'] });
        await print(host, removed.map(line).join(''));
      } catch (error) {
        if (!(error instanceof RundletError)) throw error;
        await printError(host, `${renderError(daemonError(error))}\n`);
        if (!force || !isEngineError(error, 'ERR_RUNDLET_NO_SUCH_OBJECT')) code = 1;
      }
    }
    return code;
  },
);

function line(removed: Removed): string {
  return 'untagged' in removed
    ? `Untagged: ${removed.untagged}\n`
    : `Deleted: ${removed.deleted}\n`;
}
