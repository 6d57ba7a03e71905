import { start as startContainer } from '../../lifecycle/start.ts';
import { defineCommand } from '../command.ts';
import { notifyOption } from '../launch-options.ts';
import { startTable } from '../table/start.ts';

export const start = defineCommand(startTable, async ({ host, runtime }, _flags, [id = '']) => {
  await startContainer(runtime, id, notifyOption(host));
  return 0;
});
