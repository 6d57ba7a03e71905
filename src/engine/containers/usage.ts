import type { Host } from '../../host/host.ts';
import { readStats } from '../../lifecycle/stats.ts';
import type { ContainerStats } from '../../lifecycle/stats-types.ts';
import { containerCgroups } from './cgroups.ts';
import type { Container } from './record.ts';

/** What a container uses at one moment. Bytes; 0 of what it does not use or is not counted. */
export interface Usage {
  /** Nanoseconds of processor time since it was started. */
  cpu: number;
  /** Nanoseconds of the clock. */
  at: number;
  /** Without page cache that the kernel may drop, as docker counts it. */
  memory: number;
  memoryLimit: number;
  received: number;
  sent: number;
  read: number;
  written: number;
  pids: number;
}

/** undefined when it does not run. */
export async function containerUsage(
  host: Host,
  { id, config: { State }, hostConfig }: Container,
): Promise<Usage | undefined> {
  if (!State.Running || State.Pid <= 0) return undefined;
  const cgroup_paths = await containerCgroups(host, id, State.Pid);
  if (Object.keys(cgroup_paths).length === 0) return undefined;
  const stats = await readStats(host, { cgroup_paths });
  if (stats === undefined) return undefined;
  const { seconds, nanoseconds } = await host.call('clock', null);
  const { texts } = await host.call('readFiles', {
    paths: [`/proc/${State.Pid}/net/dev`, '/proc/meminfo'],
  });
  const [devices, meminfo] = texts;
  // The host's traffic is not the container's.
  const network = traffic(hostConfig.NetworkMode === 'host' ? '' : (devices ?? ''));
  const total = Number(/^MemTotal:\s+(\d+) kB/m.exec(meminfo ?? '')?.[1] ?? 0) * 1024;
  return {
    cpu: Number(stats.cpu.usage?.total ?? 0),
    at: seconds * 1e9 + nanoseconds,
    memory: usedMemory(stats.memory),
    memoryLimit: memoryLimit(stats.memory, total),
    ...network,
    read: blockBytes(stats, 'read'),
    written: blockBytes(stats, 'write'),
    pids: Number(stats.pids.current ?? 0),
  };
}

function usedMemory({ usage, raw }: ContainerStats['memory']): number {
  const used = Number(usage?.usage ?? 0);
  const idle = Number(raw?.total_inactive_file ?? raw?.inactive_file ?? 0);
  return idle < used ? used - idle : used;
}

/** What the host has, where the group may have more. */
function memoryLimit({ usage }: ContainerStats['memory'], total: number): number {
  const limit = Number(usage?.limit ?? 0);
  return limit === 0 || limit > total ? total : limit;
}

function blockBytes({ blkio }: ContainerStats, direction: 'read' | 'write'): number {
  return (blkio.ioServiceBytesRecursive ?? [])
    .filter(({ op }) => op?.toLowerCase() === direction)
    .reduce((sum, { value }) => sum + Number(value ?? 0), 0);
}

/** Of all devices but the loopback (proc_net_dev). */
function traffic(table: string): { received: number; sent: number } {
  let [received, sent] = [0, 0];
  for (const line of table.split('\n')) {
    const [, name, counts] = /^\s*(\S+?):\s*(.*)$/.exec(line) ?? [];
    if (name === undefined || name === 'lo') continue;
    const numbers = (counts ?? '').split(/\s+/).map(Number);
    received += numbers[0] ?? 0;
    sent += numbers[8] ?? 0;
  }
  return { received, sent };
}
