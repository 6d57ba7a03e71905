import type { LinuxResources } from '../spec/generated/config.ts';
import { dropEmpty, limits } from './libcontainer-cgroup.ts';
import type { LibcontainerCgroup } from './state-record.ts';

type Int = number | bigint;

/**
 * What an update asks with the other half of what the kernel checks together (memory and memory+swap,
 * quota and period) from the record. 0 leaves a value alone.
 */
export function completeResources(
  current: LibcontainerCgroup,
  asked: LinuxResources,
): LinuxResources {
  const { memory, cpu } = asked;
  const { devices: _, ...rest } = asked;
  return {
    ...rest,
    ...(memory && { memory: { ...memory, ...memoryPair(current, memory) } }),
    ...(cpu && { cpu: { ...cpu, ...quotaPair(current, cpu) } }),
  };
}

/** As runc: an explicit 0 takes a value out of the record, so that it is not written again. */
function memoryPair(
  current: LibcontainerCgroup,
  { limit, swap }: NonNullable<LinuxResources['memory']>,
): { limit?: Int; swap?: Int } {
  if (!limit && !swap) return {};
  // Without a limit on memory none on both together can be kept.
  const unlimited = limit !== undefined && BigInt(limit) === -1n;
  return {
    limit: limit ?? number(current.memory),
    swap: swap ?? (unlimited ? 0 : number(current.memory_swap)),
  };
}

function quotaPair(
  current: LibcontainerCgroup,
  { quota, period }: NonNullable<LinuxResources['cpu']>,
): { quota?: Int; period?: Int } {
  if (!quota && !period) return {};
  return {
    quota: quota || number(current.cpu_quota),
    period: period || number(current.cpu_period),
  };
}

function number(value: unknown): Int {
  return typeof value === 'number' || typeof value === 'bigint' ? value : 0;
}

/** Whose zero is a value; everywhere else it says nothing. */
const zeroCounts: ReadonlySet<string> = new Set([
  'pids_limit',
  'cpu_burst',
  'cpu_idle',
  'memory_swappiness',
]);

/** Lists that hold one entry for each of these. */
const listKeys: Readonly<Record<string, readonly string[]>> = {
  blkio_weight_device: ['major', 'minor'],
  blkio_throttle_read_bps_device: ['major', 'minor'],
  blkio_throttle_write_bps_device: ['major', 'minor'],
  blkio_throttle_read_iops_device: ['major', 'minor'],
  blkio_throttle_write_iops_device: ['major', 'minor'],
  hugetlb_limit: ['page_size'],
  net_prio_ifpriomap: ['interface'],
};

type Fields = Record<string, unknown>;

/** The record's cgroup after an update, in libcontainer's words. */
export function updatedCgroup(
  current: LibcontainerCgroup,
  resources: LinuxResources,
): LibcontainerCgroup {
  const updated: LibcontainerCgroup = { ...current };
  for (const [key, value] of Object.entries(dropEmpty(limits(resources)))) {
    if (key in listKeys) {
      updated[key] = upsert(updated[key], value as Fields[], listKeys[key] ?? []);
    } else if (key === 'unified' || key === 'rdma') {
      updated[key] = { ...(updated[key] as Fields | undefined), ...(value as Fields) };
    } else if (value || zeroCounts.has(key)) {
      updated[key] = value;
    } else if (key === 'memory' || key === 'memory_swap') {
      delete updated[key];
    }
  }
  return updated;
}

function upsert(current: unknown, added: readonly Fields[], keys: readonly string[]): Fields[] {
  const list: Fields[] = Array.isArray(current) ? [...current] : [];
  for (const entry of added) {
    // Of two for one device the last counts.
    const at = list.findLastIndex((one) => keys.every((key) => one[key] === entry[key]));
    if (at === -1) list.push(entry);
    else list[at] = { ...list[at], ...withoutUnset(entry) };
  }
  return list;
}

/** A weight that is not given stands there as 0; other zeros are limits. */
function withoutUnset(entry: Fields): Fields {
  const unset = new Set(['weight', 'leafWeight']);
  return Object.fromEntries(
    Object.entries(entry).filter(([key, value]) => value !== 0 || !unset.has(key)),
  );
}
