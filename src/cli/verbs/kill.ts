import { kill as killContainer } from '../../lifecycle/kill.ts';
import { defineCommand } from '../command.ts';
import { killTable } from '../table/kill.ts';

export const kill = defineCommand(killTable, async ({ runtime }, { all }, [id = '', signal]) => {
  await killContainer(runtime, { id, all, ...(signal !== undefined && { signal }) });
  return 0;
});
