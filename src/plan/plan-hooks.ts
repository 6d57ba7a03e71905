import type { Hook as HookAct } from '../host/generated/plan.ts';
import type { Hook, Hooks, Spec } from '../spec/generated/config.ts';
import { addStep, type Draft } from './draft.ts';
import { hookState } from './hook-state.ts';

/**
 * The stop for prestart and createRuntime hooks, which the host side runs: mounts are made, the old
 * root is still there. The lifecycle knows the barrier by this name.
 */
export function planRuntimeHooks(draft: Draft, hooks: Hooks | undefined): void {
  if (!hooks?.prestart?.length && !hooks?.createRuntime?.length) return;
  const from = hooks.prestart?.length ? '/hooks/prestart' : '/hooks/createRuntime';
  addStep(draft, from, { barrier: { name: 'createRuntime' } });
}

/** createContainer hooks: the container's namespaces, but the path is still the host's. */
export function planContainerHooks(draft: Draft, spec: Spec): void {
  addHooks(draft, spec, 'createContainer', 'creating');
}

/**
 * startContainer hooks: after the gate, as the container's user and under its filter, for their
 * programs are the container's; without an environment of their own they get the program's.
 */
export function planStartHooks(draft: Draft, spec: Spec, env: string[]): void {
  addHooks(draft, spec, 'startContainer', 'created', env);
}

function addHooks(
  draft: Draft,
  spec: Spec,
  kind: 'createContainer' | 'startContainer',
  status: string,
  defaultEnv?: string[],
): void {
  for (const [index, hook] of (spec.hooks?.[kind] ?? []).entries()) {
    const state = hookState(draft.options, status, spec.annotations);
    addStep(draft, `/hooks/${kind}/${index}`, {
      hook: toAct(kind, index, hook, state, defaultEnv),
    });
  }
}

function toAct(
  kind: string,
  index: number,
  hook: Hook,
  state: [string, string],
  defaultEnv: string[] | undefined,
): HookAct {
  const env = hook.env ?? defaultEnv;
  const act: HookAct = { kind, index, path: hook.path, args: hook.args ?? [], state };
  if (env) act.env = env;
  if (!hook.env && defaultEnv) act.setHome = true;
  if (hook.timeout !== undefined) act.timeout = Number(hook.timeout);
  return act;
}
