import { kill as killContainer } from '../../lifecycle/kill.ts';
import { defineCommand } from '../command.ts';
import { killTable } from '../table/kill.ts';

export const kill = defineCommand(
  killTable,
  async ({ runtime }, { all, regex }, [id = '', signal]) => {
    const killOne = (one: string) =>
      killContainer(runtime, { id: one, all, ...(signal !== undefined && { signal }) });
    if (!regex) await killOne(id);
    else await (await import('../matching-ids.ts')).forMatchingIds(runtime, id, killOne);
    return 0;
  },
);
