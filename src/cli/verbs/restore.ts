import { checkContainerId } from '../../state/container-id.ts';
import { defineCommand } from '../command.ts';
import { checkCriuFlags, unsupported } from '../criu.ts';
import { restoreTable } from '../table/restore.ts';

export const restore = defineCommand(restoreTable, async (_context, flags, [id = '']) => {
  checkContainerId(id);
  checkCriuFlags(flags);
  throw unsupported('restore');
});
