import { RundletError } from '../errors/rundlet-error.ts';
import { systemError } from '../errors/system-error.ts';
import { isHostError } from '../host/host-error.ts';
import { freezerPath } from '../state/cgroup-paths.ts';
import { demandStatus } from '../state/status.ts';
import { loadContainer } from './load-container.ts';
import type { RuntimeContext } from './types.ts';

/** Stops all processes of a container where they are; returns when the last one has stopped. */
export function pause(context: RuntimeContext, id: string): Promise<void> {
  return toggle(context, id, 'pause');
}

/** Lets the processes of a paused container go on. */
export function resume(context: RuntimeContext, id: string): Promise<void> {
  return toggle(context, id, 'resume');
}

async function toggle(
  context: RuntimeContext,
  id: string,
  verb: 'pause' | 'resume',
): Promise<void> {
  const { record, status } = await loadContainer(context, id);
  demandStatus(verb, status, id);
  const path = freezerPath(record.cgroup_paths);
  if (!path) {
    const { delegationHint } = await import('../errors/hints.ts');
    const message = 'cannot toggle freezer: cgroups not configured for container';
    throw new RundletError('ERR_RUNDLET_UNSUPPORTED', message, { hint: delegationHint });
  }
  try {
    await context.host.call('freeze', { path, frozen: verb === 'pause' });
  } catch (error) {
    const denied = isHostError(error, 'EACCES', 'EPERM', 'EROFS');
    const { delegationHint } = await import('../errors/hints.ts');
    throw systemError(error, '', 'ERR_RUNDLET_SYSTEM', {
      ...(denied && { hint: `no write access to the cgroup: ${delegationHint}` }),
    });
  }
}
