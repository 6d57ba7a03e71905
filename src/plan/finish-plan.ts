import type { LaunchPlan } from '../host/generated/plan.ts';
import type { Draft } from './draft.ts';

/** What the planners of a container and of an exec found apart from the steps. */
export type PlanParts = Omit<
  LaunchPlan,
  'id' | 'prepare' | 'steps' | 'preserveFds' | 'stdio' | 'consoleSocket' | 'pidfdSocket'
> & {
  terminal: boolean;
};

/** Puts the parts and the caller's flags together. */
export function finishPlan(draft: Draft, { terminal, ...parts }: PlanParts): LaunchPlan {
  const { id, consoleSocket, pidfdSocket, preserveFds = 0, stdio = [0, 1, 2] } = draft.options;
  return {
    id,
    ...parts,
    prepare: draft.prepare,
    steps: draft.steps,
    ...(terminal && consoleSocket ? { consoleSocket } : {}),
    ...(pidfdSocket ? { pidfdSocket } : {}),
    preserveFds,
    stdio,
  };
}
