import { RundletError } from '../errors/rundlet-error.ts';
import { systemError } from '../errors/system-error.ts';
import type { Host } from '../host/host.ts';
import { isHostError } from '../host/host-error.ts';
import { isUnified } from '../state/cgroup-paths.ts';
import type { StateRecord } from '../state/state-record.ts';
import { loadContainer } from './load-container.ts';
import { hugepageSize, StatsFiles } from './stats-files.ts';
import type { ContainerStats } from './stats-types.ts';
import type { RuntimeContext } from './types.ts';

/** What a container uses at this moment. */
export async function stats(context: RuntimeContext, id: string): Promise<ContainerStats> {
  const record = await runningRecord(context, id);
  const found = await readStats(context.host, record);
  if (found) return found;
  throw notRunning(id);
}

/** The record of a container that has not stopped. */
export async function runningRecord(context: RuntimeContext, id: string): Promise<StateRecord> {
  const { record, status } = await loadContainer(context, id);
  if (status === 'stopped') throw notRunning(id);
  return record;
}

/** Undefined when its cgroups are gone. */
export async function readStats(
  host: Host,
  record: Pick<StateRecord, 'cgroup_paths'>,
): Promise<ContainerStats | undefined> {
  const paths = record.cgroup_paths ?? {};
  const pageSizes = await hugepageSizes(host);
  try {
    if (isUnified(paths)) {
      const { filesV2, statsV2 } = await import('./stats-v2.ts');
      const group = paths[''] ?? '';
      const files = await StatsFiles.read(host, filesV2(group, pageSizes));
      return files.empty ? undefined : statsV2(files, group, pageSizes);
    }
    const { filesV1, statsV1 } = await import('./stats-v1.ts');
    const files = await StatsFiles.read(host, filesV1(paths, pageSizes));
    // rootless without groups: nothing is counted, and nothing is gone
    const gone = files.empty && Object.keys(paths).length > 0;
    return gone ? undefined : statsV1(files, paths, pageSizes);
  } catch (error) {
    throw systemError(error, 'unable to get container cgroup stats');
  }
}

async function hugepageSizes(host: Host): Promise<string[]> {
  try {
    const { names } = await host.call('listDirectory', { path: '/sys/kernel/mm/hugepages' });
    return names.flatMap((name) => hugepageSize(name) ?? []);
  } catch (error) {
    if (isHostError(error)) return [];
    throw error;
  }
}

function notRunning(id: string): RundletError {
  const message = `container with id ${id} is not running`;
  return new RundletError('ERR_RUNDLET_WRONG_STATUS', message);
}
