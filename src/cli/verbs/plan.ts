import { planBundle } from '../../lifecycle/plan-bundle.ts';
import { renderPlan } from '../../plan/render-plan.ts';
import { stringifyJson } from '../../spec/stringify-json.ts';
import { defineCommand } from '../command.ts';
import { createOptions } from '../launch-options.ts';
import { print } from '../print.ts';
import { planTable } from '../table/plan.ts';

export const plan = defineCommand(planTable, async (context, flags, [id = 'plan']) => {
  const launchFlags = {
    bundle: flags.bundle,
    config: undefined,
    'console-socket': undefined,
    'pidfd-socket': undefined,
    'pid-file': undefined,
    'no-pivot': false,
    'no-new-keyring': false,
    'preserve-fds': 0,
    'no-subreaper': false,
  };
  const planned = await planBundle(context.runtime, createOptions(context, launchFlags, id));
  const text = flags.json ? stringifyJson(planned.plan, 2) : renderPlan(planned.plan);
  await print(context.host, `${text.trimEnd()}\n`);
  return 0;
});
