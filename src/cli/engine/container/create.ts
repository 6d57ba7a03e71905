import { RundletError } from '../../../errors/rundlet-error.ts';
import { defineEngineCommand } from '../engine-command.ts';
import { createTable } from './create-table.ts';

export const create = defineEngineCommand(createTable, async () => {
  throw new RundletError('ERR_RUNDLET_UNSUPPORTED', 'container create is not in this build yet');
});
