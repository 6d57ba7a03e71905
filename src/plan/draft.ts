import type { Act, HostFacts, OpenSource, Step } from '../host/generated/plan.ts';
import type { PlanOptions } from './plan-options.ts';

/** A plan in the making: the two lists of steps, and what every planner may look at. */
export interface Draft {
  readonly options: PlanOptions;
  readonly facts: HostFacts;
  readonly prepare: Step[];
  readonly steps: Step[];
  /** Slots given to `openSource` so far. */
  slots: number;
}

export function newDraft(options: PlanOptions, facts: HostFacts): Draft {
  return { options, facts, prepare: [], steps: [], slots: 0 };
}

/** Appends an act of the container's process. */
export function addStep(draft: Draft, from: string, act: Act): void {
  draft.steps.push({ from, act });
}

/** Appends an act that precedes the clone. */
export function addPrepare(draft: Draft, from: string, act: Act): void {
  draft.prepare.push({ from, act });
}

/**
 * Has a host path opened for a later `bind` or `deviceBind`: before the clone, because the runtime may
 * see paths that the container's root may not. One that is `inside` the rootfs is opened on the way.
 */
export function openSource(
  draft: Draft,
  from: string,
  { inside, ...source }: Omit<OpenSource, 'slot'> & { inside?: boolean },
): number {
  const slot = draft.slots++;
  const act = { openSource: { slot, ...source } };
  if (inside) addStep(draft, from, act);
  else addPrepare(draft, from, act);
  return slot;
}

/** The runtime is not root of the host. */
export function isRootless(facts: HostFacts): boolean {
  return facts.euid !== 0 || facts.inUserNamespace;
}

/** Groups for which the permission is missing are done without. */
export function isRootlessCgroups({ options, facts }: Pick<Draft, 'options' | 'facts'>): boolean {
  return options.rootless ?? isRootless(facts);
}
