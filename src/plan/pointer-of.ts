import type { LaunchPlan, StepList } from '../host/generated/plan.ts';

/** The JSON pointer of what asked for a step, for the errors that init reports by number. */
export function pointerOf(plan: LaunchPlan, list: StepList, step: number): string {
  if (list === 'stage') return '';
  return plan[list][step]?.from ?? '';
}
