import { systemError } from '../errors/system-error.ts';
import { processGroup } from '../state/cgroup-paths.ts';
import { readState } from '../state/store.ts';
import type { RuntimeContext } from './types.ts';

/** Host pids of all processes of the container, ascending; none when it has stopped. */
export async function ps({ host, root }: RuntimeContext, id: string): Promise<number[]> {
  const record = await readState(host, root, id);
  try {
    const { pids } = await host.call('cgroupProcesses', {
      paths: processGroup(record.cgroup_paths),
    });
    return pids;
  } catch (error) {
    throw systemError(error, 'unable to get all container pids');
  }
}
