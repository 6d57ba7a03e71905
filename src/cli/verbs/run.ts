import { run as runContainer } from '../../lifecycle/run.ts';
import { defineCommand } from '../command.ts';
import { createOptions } from '../launch-options.ts';
import { named } from '../named.ts';
import { runTable } from '../table/run.ts';

export const run = defineCommand(runTable, async (context, flags, [id = '']) => {
  const { detach, keep } = flags;
  const options = { ...createOptions(context, flags, id), detach, keep };
  const work = (runtime: typeof context.runtime) => named('run', runContainer(runtime, options));
  const { trace } = flags;
  const { exitCode } = trace
    ? await (await import('../trace/traced.ts')).traced(context, trace, work)
    : await work(context.runtime);
  return exitCode ?? 1;
});
