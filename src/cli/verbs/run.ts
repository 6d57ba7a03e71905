import { run as runContainer } from '../../lifecycle/run.ts';
import { defineCommand } from '../command.ts';
import { createOptions } from '../launch-options.ts';
import { runTable } from '../table/run.ts';

export const run = defineCommand(runTable, async (context, flags, [id = '']) => {
  const { exitCode } = await runContainer(context.runtime, {
    ...createOptions(context, flags, id),
    detach: flags.detach,
    keep: flags.keep,
  });
  return exitCode ?? 1;
});
