import { systemError } from '../../errors/system-error.ts';
import { processGroup } from '../../state/cgroup-paths.ts';
import type { Engine } from '../context.ts';
import { containerCgroups } from './cgroups.ts';
import type { Container } from './record.ts';
import { runningPid } from './running-pid.ts';

/** Host pids of all processes of a running container, ascending. */
export async function containerPids({ host }: Engine, container: Container): Promise<number[]> {
  const pid = runningPid(container);
  const paths = processGroup(await containerCgroups(host, container.id, pid));
  // Without groups of its own (a host that has none) there is but the one that is known.
  if (paths.length === 0) return [pid];
  try {
    return (await host.call('cgroupProcesses', { paths })).pids;
  } catch (error) {
    throw systemError(error, 'unable to get all container pids');
  }
}
