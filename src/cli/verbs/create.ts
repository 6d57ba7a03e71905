import { create as createContainer } from '../../lifecycle/create.ts';
import { defineCommand } from '../command.ts';
import { createOptions } from '../launch-options.ts';
import { named } from '../named.ts';
import { createTable } from '../table/create.ts';

export const create = defineCommand(createTable, async (context, flags, [id = '']) => {
  const options = createOptions(context, flags, id);
  await named('create', createContainer(context.runtime, options));
  return 0;
});
