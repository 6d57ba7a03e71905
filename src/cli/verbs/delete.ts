import { deleteContainer } from '../../lifecycle/delete-container.ts';
import { defineCommand } from '../command.ts';
import { deleteTable } from '../table/delete.ts';

export const remove = defineCommand(deleteTable, async ({ runtime }, { force }, [id = '']) => {
  await deleteContainer(runtime, { id, force });
  return 0;
});
