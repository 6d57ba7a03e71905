import { pause as pauseContainer } from '../../lifecycle/pause.ts';
import { defineCommand } from '../command.ts';
import { pauseTable } from '../table/pause.ts';

export const pause = defineCommand(pauseTable, async ({ runtime }, _flags, [id = '']) => {
  await pauseContainer(runtime, id);
  return 0;
});
