import { start as startContainer } from '../../lifecycle/start.ts';
import { defineCommand } from '../command.ts';
import { startTable } from '../table/start.ts';

export const start = defineCommand(startTable, async ({ runtime }, _flags, [id = '']) => {
  await startContainer(runtime, id);
  return 0;
});
