import type { Host } from '../host/host.ts';
import { isHostError } from '../host/host-error.ts';
import { freezerPath, isUnified } from '../state/cgroup-paths.ts';
import type { StateRecord } from '../state/state-record.ts';

/**
 * Lets a frozen container run again: on v1 a frozen process does not even die. A group that is gone
 * needs no thawing.
 */
export async function thaw(host: Host, record: StateRecord): Promise<void> {
  const group = freezerPath(record.cgroup_paths);
  if (!group) return;
  const unified = isUnified(record.cgroup_paths);
  // One plain write; a control file ignores O_APPEND.
  const write = unified
    ? { path: `${group}/cgroup.freeze`, text: '0' }
    : { path: `${group}/freezer.state`, text: 'THAWED' };
  try {
    await host.call('appendText', write);
  } catch (error) {
    if (!isHostError(error, 'ENOENT', 'ENODEV')) throw error;
  }
}
