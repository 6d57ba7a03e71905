import type { Host } from '../host/host.ts';
import { isHostError } from '../host/host-error.ts';
import { freezerPath } from '../state/cgroup-paths.ts';
import type { StateRecord } from '../state/state-record.ts';

/**
 * Lets a frozen container run again: on v1 a frozen process does not even die. A group that is gone
 * needs no thawing.
 */
export async function thaw(host: Host, record: StateRecord): Promise<void> {
  const path = freezerPath(record.cgroup_paths);
  if (!path) return;
  try {
    await host.call('freeze', { path, frozen: false });
  } catch (error) {
    if (!isHostError(error, 'ENOENT', 'ENODEV')) throw error;
  }
}
