import { findContainer } from '../../../engine/containers/store.ts';
import { renameContainer } from '../../../engine/life/rename-container.ts';
import { renderError } from '../../../errors/render-error.ts';
import { RundletError } from '../../../errors/rundlet-error.ts';
import { printError } from '../../print.ts';
import { daemonError } from '../daemon-error.ts';
import { defineEngineCommand } from '../engine-command.ts';

export const rename = defineEngineCommand(
  {
    name: 'container rename',
    summary: 'rename a container',
    usage: 'CONTAINER NEW_NAME',
    args: { min: 2, max: 2 },
    flags: {},
  },
  async ({ engine }, _flags, [name = '', wished = '']) => {
    if (name.trim() === '' || wished.trim() === '') {
      const message = 'Error: Neither old nor new names may be empty';
      throw new RundletError('ERR_RUNDLET_INVALID_PARAMETER', message);
    }
    try {
      await renameContainer(engine, await findContainer(engine, name.trim()), wished.trim());
    } catch (error) {
      const told = daemonError(error);
      if (!(told instanceof RundletError)) throw told;
      await printError(engine.host, `${renderError(told)}\n`);
      await printError(engine.host, `Error: failed to rename container named ${name.trim()}\n`);
      return 1;
    }
    return 0;
  },
);
