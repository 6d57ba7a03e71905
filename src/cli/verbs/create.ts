import { create as createContainer } from '../../lifecycle/create.ts';
import { defineCommand } from '../command.ts';
import { createOptions } from '../launch-options.ts';
import { createTable } from '../table/create.ts';

export const create = defineCommand(createTable, async (context, flags, [id = '']) => {
  await createContainer(context.runtime, createOptions(context, flags, id));
  return 0;
});
