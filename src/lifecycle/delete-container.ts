import { RundletError } from '../errors/rundlet-error.ts';
import { StatusError } from '../errors/status-error.ts';
import { systemError } from '../errors/system-error.ts';
import { isHostError } from '../host/host-error.ts';
import { SIGKILL } from '../spec/signals.ts';
import { demandStatus, statusOf } from '../state/status.ts';
import {
  containerDirectory,
  type Found,
  type HeldLock,
  removeContainerDirectory,
  withLockedContainer,
} from '../state/store.ts';
import { destroy } from './destroy.ts';
import { signalContainer } from './kill.ts';
import type { LoadedContainer } from './load-container.ts';
import type { DeleteOptions, RuntimeContext } from './types.ts';

/**
 * Removes a container that has stopped or was never started; with `force` any, killing it first. A
 * container that does not exist is an error, but not with `force`: engines delete twice.
 */
export async function deleteContainer(
  context: RuntimeContext,
  options: DeleteOptions,
): Promise<void> {
  const { host, root } = context;
  try {
    // The lock makes one of two deletes find nothing, so that hooks run once.
    await withLockedContainer(host, root, options.id, (found, lock) =>
      deleteLocked(context, options, found, lock),
    );
  } catch (error) {
    if (!(options.force && hasCode(error, 'ERR_RUNDLET_NOT_FOUND'))) throw error;
  }
}

async function deleteLocked(
  context: RuntimeContext,
  { id, force }: DeleteOptions,
  found: Found,
  lock: HeldLock,
): Promise<void> {
  const dir = containerDirectory(context.root, id);
  if ('error' in found) {
    const { error } = found;
    const broken =
      hasCode(error, 'ERR_RUNDLET_NOT_FOUND') || hasCode(error, 'ERR_RUNDLET_STATE_CORRUPT');
    if (!force || !broken) throw error;
    return removeContainerDirectory(context.host, dir);
  }
  const container = { dir, record: found.record, status: statusOf(found.facts) };
  if (!force) demandStatus('delete', container.status, id);
  await killAndWait(context, container);
  await destroy(context, dir, container.record, [lock.unlock]);
  lock.given = true;
}

/** Milliseconds for init to die; runc's too. */
const patience = 10_000;

/** A process in the middle of something that the kernel does not interrupt, or frozen from above. */
function stillRunning(): RundletError {
  return new RundletError('ERR_RUNDLET_SYSTEM', 'container init still running', {
    hint: 'it does not die of KILL: it waits for a disk or a network file system, or a cgroup above its own is frozen',
  });
}

/** Kills init if it lives, and returns when it is gone. */
export async function killAndWait(
  context: RuntimeContext,
  container: LoadedContainer,
): Promise<void> {
  const { record, status } = container;
  if (status === 'stopped') return;
  try {
    await signalContainer(context, container, SIGKILL);
    const process = { pid: record.init_process_pid, startTime: record.init_process_start };
    const { ended } = await context.host.call('awaitEnd', { process, timeout: patience });
    if (!ended) throw stillRunning();
    await context.host.call('wait', { process, foreground: false });
  } catch (error) {
    if (error instanceof StatusError || isHostError(error, 'ESRCH')) return;
    throw systemError(error, 'container init still running');
  }
}

function hasCode(error: unknown, code: RundletError['code']): boolean {
  return error instanceof RundletError && error.code === code;
}
