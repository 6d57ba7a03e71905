import { deleteContainer } from '../../lifecycle/delete-container.ts';
import { defineCommand } from '../command.ts';
import { deleteTable } from '../table/delete.ts';

export const remove = defineCommand(
  deleteTable,
  async ({ runtime }, { force, regex }, [id = '']) => {
    const deleteOne = (one: string) => deleteContainer(runtime, { id: one, force });
    if (!regex) await deleteOne(id);
    else await (await import('../matching-ids.ts')).forMatchingIds(runtime, id, deleteOne);
    return 0;
  },
);
