import { state as readState } from '../../lifecycle/state.ts';
import { defineCommand } from '../command.ts';
import { print } from '../print.ts';
import { stateTable } from '../table/state.ts';

/** runc ends without a newline too. */
export const state = defineCommand(stateTable, async ({ host, runtime }, _flags, [id = '']) => {
  await print(host, JSON.stringify(await readState(runtime, id), undefined, 2));
  return 0;
});
