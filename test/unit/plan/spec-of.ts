import type { Act, HostFacts, LaunchPlan, Step } from '../../../src/host/generated/plan.ts';
import { planContainer } from '../../../src/plan/plan-container.ts';
import type { PlanOptions } from '../../../src/plan/plan-options.ts';
import type { Linux, Mount, Process, Spec } from '../../../src/spec/generated/config.ts';
import { factsV1 } from '../../plan/facts.ts';

export const options: PlanOptions = { id: 'box', bundle: '/bundle', stateDir: '/run/rundlet/box' };

/** The smallest container: a mount namespace and a program. */
export function specOf(
  linux: Linux = {},
  mounts: Mount[] = [],
  process: Partial<Process> = {},
): Spec {
  return {
    ociVersion: '1.3.0',
    process: { args: ['true'], cwd: '/', ...process },
    root: { path: 'rootfs' },
    mounts,
    linux: { namespaces: [{ type: 'mount' }], ...linux },
  };
}

export function planOf(
  spec: Spec,
  more: Partial<PlanOptions> = {},
  facts: HostFacts = factsV1,
): LaunchPlan {
  return planContainer(spec, { ...options, ...more }, facts);
}

export type ActName = Act extends infer One ? (One extends One ? keyof One : never) : never;

/** Names of the acts, in order. */
export function names(steps: readonly Step[]): ActName[] {
  return steps.map(({ act }) => Object.keys(act)[0] as ActName);
}

/** The arguments of all acts of one name. */
// biome-ignore lint/suspicious/noExplicitAny: the tests compare them as data
export function acts(steps: readonly Step[], name: ActName): any[] {
  return steps.flatMap(({ act }) => (name in act ? [(act as Record<string, unknown>)[name]] : []));
}

/** The error that a call throws. */
export function faultOf(run: () => unknown): { code: string; pointer: string; message: string } {
  try {
    run();
  } catch (error) {
    return error as { code: string; pointer: string; message: string };
  }
  throw new Error('nothing was thrown');
}
