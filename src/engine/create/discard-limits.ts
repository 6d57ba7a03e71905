import type { HostFacts } from '../../host/generated/plan.ts';
import type { Host } from '../../host/host.ts';
import type { HostConfig } from '../containers/record.ts';

/** A limit of the host config, and the cgroup file (v1, v2) without which it cannot be. */
interface Limit {
  key: keyof HostConfig;
  controller: string;
  v1: string;
  v2: string;
  warning: string;
  none: unknown;
}

const missing = 'or the cgroup is not mounted.';
const throttle = (key: keyof HostConfig, v1: string, what: string, discarded: string): Limit => ({
  key,
  controller: 'blkio',
  v1: `blkio.throttle.${v1}_device`,
  v2: 'io.max',
  warning: `Your kernel does not support ${what} limit ${missing} Block I/O ${discarded} limit discarded.`,
  none: [],
});

const limits: readonly Limit[] = [
  {
    key: 'Memory',
    controller: 'memory',
    v1: 'memory.limit_in_bytes',
    v2: 'memory.max',
    warning: `Your kernel does not support memory limit capabilities ${missing} Limitation discarded.`,
    none: 0,
  },
  {
    key: 'MemoryReservation',
    controller: 'memory',
    v1: 'memory.soft_limit_in_bytes',
    v2: 'memory.low',
    warning: `Your kernel does not support memory soft limit capabilities ${missing} Limitation discarded.`,
    none: 0,
  },
  {
    key: 'MemorySwappiness',
    controller: 'memory',
    v1: 'memory.swappiness',
    v2: '',
    warning: `Your kernel does not support memory swappiness capabilities ${missing} Memory swappiness discarded.`,
    none: null,
  },
  {
    key: 'OomKillDisable',
    controller: 'memory',
    v1: 'memory.oom_control',
    v2: '',
    warning: 'Your kernel does not support OomKillDisable. OomKillDisable discarded.',
    none: null,
  },
  {
    key: 'PidsLimit',
    controller: 'pids',
    v1: '',
    v2: 'pids.max',
    warning: `Your kernel does not support PIDs limit capabilities ${missing} PIDs limit discarded.`,
    none: null,
  },
  {
    key: 'CpuShares',
    controller: 'cpu',
    v1: 'cpu.shares',
    v2: 'cpu.weight',
    warning: `Your kernel does not support CPU shares ${missing} Shares discarded.`,
    none: 0,
  },
  {
    key: 'BlkioWeight',
    controller: 'blkio',
    v1: 'blkio.weight',
    v2: 'io.weight',
    warning: `Your kernel does not support Block I/O weight ${missing} Weight discarded.`,
    none: 0,
  },
  {
    key: 'BlkioWeightDevice',
    controller: 'blkio',
    v1: 'blkio.weight_device',
    v2: 'io.weight',
    warning: `Your kernel does not support Block I/O weight_device ${missing} Weight-device discarded.`,
    none: [],
  },
  throttle('BlkioDeviceReadBps', 'read_bps', 'BPS Block I/O read', 'BPS read'),
  throttle('BlkioDeviceWriteBps', 'write_bps', 'BPS Block I/O write', 'BPS write'),
  throttle('BlkioDeviceReadIOps', 'read_iops', 'IOPS Block read', 'IOPS read'),
  throttle('BlkioDeviceWriteIOps', 'write_iops', 'IOPS Block write', 'IOPS write'),
];

/** Takes out of `config` what this kernel cannot limit. @returns Docker's warnings. */
export async function discardLimits(
  host: Host,
  facts: HostFacts,
  config: HostConfig,
): Promise<string[]> {
  const asked = limits.filter(({ key }) => isSet(config[key]));
  if (asked.length === 0) return [];
  const places = asked.map((limit) => limitPlace(facts, limit));
  const { texts } = await host.call('readFiles', {
    paths: places.map((place) => place.file ?? '/proc/self/status'),
  });
  const warnings: string[] = [];
  asked.forEach((limit, at) => {
    const { known, file } = places[at] ?? { known: false, file: undefined };
    if (known && (file === undefined || texts[at] !== null)) return;
    Object.assign(config, { [limit.key]: limit.none });
    warnings.push(limit.warning);
  });
  return warnings;
}

/** Whether the controller is there, and the file that has to be beside it; v2 has none in the root group. */
function limitPlace(facts: HostFacts, limit: Limit): { known: boolean; file?: string } {
  const { version, hierarchies } = facts.cgroup;
  if (version === 'v2') {
    const controller = limit.controller === 'blkio' ? 'io' : limit.controller;
    const known = hierarchies.some(({ controllers }) => controllers.includes(controller));
    return { known: known && limit.v2 !== '' };
  }
  const hierarchy = hierarchies.find(({ controllers }) => controllers.includes(limit.controller));
  if (hierarchy === undefined) return { known: false };
  if (limit.v1 === '') return { known: true };
  return { known: true, file: `${hierarchy.mount}/${limit.v1}` };
}

function isSet(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  return value !== null && value !== undefined && value !== 0 && value !== false;
}
