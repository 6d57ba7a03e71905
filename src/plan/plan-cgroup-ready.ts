import { addStep, type Draft } from './draft.ts';
import { makesNamespace, type NamespaceSet } from './namespace-set.ts';

/**
 * The point where the process must be in its cgroups: as late as its first reader allows, because the
 * host side makes the groups meanwhile. Only the first call adds the step.
 */
export function planCgroupReady(draft: Draft, namespaces: NamespaceSet): void {
  if (draft.steps.some(({ act }) => 'cgroupReady' in act)) return;
  const unshare = makesNamespace(namespaces, 'cgroup');
  addStep(draft, '', { cgroupReady: { unshare } });
}
