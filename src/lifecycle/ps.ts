import { RundletError } from '../errors/rundlet-error.ts';
import { systemError } from '../errors/system-error.ts';
import { processGroup } from '../state/cgroup-paths.ts';
import { readState } from '../state/store.ts';
import type { RuntimeContext } from './types.ts';

/** Host pids of all processes of the container, ascending; none when it has stopped. */
export async function ps({ host, root }: RuntimeContext, id: string): Promise<number[]> {
  const record = await readState(host, root, id);
  const paths = processGroup(record.cgroup_paths);
  if (paths.length === 0) {
    const { delegationHint } = await import('../errors/hints.ts');
    const message = 'unable to get all container pids: the container has no cgroup';
    throw new RundletError('ERR_RUNDLET_UNSUPPORTED', message, { hint: delegationHint });
  }
  try {
    const { pids } = await host.call('cgroupProcesses', { paths });
    return pids;
  } catch (error) {
    throw systemError(error, 'unable to get all container pids');
  }
}
