import { RundletError } from '../errors/rundlet-error.ts';
import type { ExitStatus, ProgramResult } from '../host/generated/plan.ts';
import { failureReason, isHostError } from '../host/host-error.ts';
import {
  type HookKind,
  type LibcontainerHook,
  type StateRecord,
  splitLabels,
} from '../state/state-record.ts';
import type { ContainerStatus, RuntimeContext } from './types.ts';

/**
 * Runs the hooks of one kind in the runtime's namespaces, one after the other, each with the
 * container's state on stdin. The first failure ends it, with runc's words; unless `failed` takes
 * failures, then all hooks run.
 */
export async function runHooks(
  context: RuntimeContext,
  kind: HookKind,
  record: StateRecord,
  status: ContainerStatus,
  failed?: (error: RundletError) => void,
): Promise<void> {
  const hooks = record.config.Hooks?.[kind] ?? [];
  if (hooks.length === 0) return;
  const { bundle, annotations } = splitLabels(record.config.labels);
  const stdin = JSON.stringify({
    ociVersion: record.config.version,
    id: record.id,
    status,
    ...(status !== 'stopped' && { pid: record.init_process_pid }),
    bundle,
    ...(Object.keys(annotations).length > 0 && { annotations }),
  });
  for (const [index, hook] of hooks.entries()) {
    const fault = await hookFault(context, hook, stdin, bundle);
    if (fault === undefined) continue;
    const message = `error running ${kind} hook #${index}: ${fault}`;
    const error = new RundletError('ERR_RUNDLET_HOOK', message, {
      pointer: `/hooks/${kind}/${index}`,
    });
    if (failed === undefined) throw error;
    failed(error);
  }
}

/** What went wrong with one hook, or undefined. */
async function hookFault(
  { host }: RuntimeContext,
  hook: LibcontainerHook,
  stdin: string,
  cwd: string,
): Promise<string | undefined> {
  const seconds = hook.timeout == null ? undefined : Number(hook.timeout) / 1e9;
  let result: ProgramResult;
  try {
    result = await host.call('runProgram', {
      path: hook.path,
      args: hook.args ?? [],
      ...(hook.env && { env: hook.env }),
      cwd: hook.dir || cwd,
      stdin,
      timeout: seconds === undefined ? 0 : Math.min(Math.ceil(seconds * 1000), 0xffff_ffff),
    });
  } catch (error) {
    if (!isHostError(error)) throw error;
    return `fork/exec ${hook.path}: ${failureReason(error.failure)}`;
  }
  if (result.timedOut) return `hook ran past specified timeout of ${(seconds ?? 0).toFixed(1)}s`;
  const exit = exitText(result.status);
  return exit && `${exit}, stdout: ${result.stdout}, stderr: ${result.stderr}`;
}

function exitText({ kind, value }: ExitStatus): string | undefined {
  if (kind === 'signaled') return `signal: ${signalWords[value] ?? value}`;
  return value === 0 ? undefined : `exit status ${value}`;
}

/** Go's words for the signals that end programs. */
const signalWords: Record<number, string> = {
  1: 'hangup',
  2: 'interrupt',
  3: 'quit',
  4: 'illegal instruction',
  6: 'aborted',
  7: 'bus error',
  8: 'floating point exception',
  9: 'killed',
  11: 'segmentation fault',
  13: 'broken pipe',
  14: 'alarm clock',
  15: 'terminated',
};
