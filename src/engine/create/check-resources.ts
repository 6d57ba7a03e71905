import type { HostFacts } from '../../host/generated/plan.ts';
import type { Host } from '../../host/host.ts';
import type { HostConfig } from '../containers/record.ts';
import { invalidParameter } from '../engine-error.ts';

const smallestMemory = 6 * 1024 * 1024;

/**
 * Checks limits against each other and against this host. What the kernel cannot limit is taken out of
 * `host`. @returns Docker's warnings.
 */
export async function checkResources(
  host: Host,
  facts: HostFacts,
  config: HostConfig,
): Promise<string[]> {
  checkMemory(config);
  const warnings = [...memoryWarnings(config)];
  checkCpuTime(config);
  const limited = ['NanoCpus', 'CpusetCpus', 'CpusetMems'] as const;
  if (limited.some((key) => config[key])) await checkProcessors(host, config);
  warnings.push(...(await discardUnknown(host, facts, config)));
  checkWeight(config);
  return warnings;
}

function checkMemory(config: HostConfig): void {
  const { Memory, MemorySwap, MemoryReservation, KernelMemory, MemorySwappiness } = config;
  if (Memory !== 0 && Memory < smallestMemory) {
    throw invalidParameter('Minimum memory limit allowed is 6MB');
  }
  if (Memory > 0 && MemorySwap > 0 && MemorySwap < Memory) {
    throw invalidParameter(
      'Minimum memoryswap limit should be larger than memory limit, see usage',
    );
  }
  if (Memory === 0 && MemorySwap > 0) {
    throw invalidParameter(
      'You should always set the Memory limit when using Memoryswap limit, see usage',
    );
  }
  if (MemorySwappiness !== null && (MemorySwappiness < -1 || MemorySwappiness > 100)) {
    throw invalidParameter(
      `Invalid value: ${MemorySwappiness}, valid memory swappiness range is 0-100`,
    );
  }
  if (MemoryReservation > 0 && MemoryReservation < smallestMemory) {
    throw invalidParameter('Minimum memory reservation allowed is 6MB');
  }
  if (Memory > 0 && MemoryReservation > 0 && Memory < MemoryReservation) {
    throw invalidParameter(
      'Minimum memory limit can not be less than memory reservation limit, see usage',
    );
  }
  if (KernelMemory > 0 && KernelMemory < smallestMemory) {
    throw invalidParameter('Minimum kernel memory limit allowed is 6MB');
  }
}

function* memoryWarnings({ KernelMemory, OomKillDisable, Memory }: HostConfig): Generator<string> {
  if (KernelMemory > 0) {
    yield 'Specifying a kernel memory limit is deprecated and will be removed in a future release.';
  }
  if (OomKillDisable && Memory === 0) {
    yield 'OOM killer is disabled for the container, but no memory limit is set, this can result in the system running out of resources.';
  }
}

function checkCpuTime({ NanoCpus, CpuPeriod, CpuQuota }: HostConfig): void {
  for (const [name, value] of [
    ['Period', CpuPeriod],
    ['Quota', CpuQuota],
  ] as const) {
    if (NanoCpus > 0 && value > 0) {
      throw invalidParameter(`Conflicting options: Nano CPUs and CPU ${name} cannot both be set`);
    }
  }
  if (CpuPeriod !== 0 && (CpuPeriod < 1000 || CpuPeriod > 1_000_000)) {
    throw invalidParameter(
      'CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)',
    );
  }
  if (CpuQuota > 0 && CpuQuota < 1000) {
    throw invalidParameter('CPU cfs quota can not be less than 1ms (i.e. 1000)');
  }
}

const onlineFiles = {
  cpus: [
    '/sys/fs/cgroup/cpuset/cpuset.cpus',
    '/sys/fs/cgroup/cpuset.cpus.effective',
    '/sys/devices/system/cpu/online',
  ],
  mems: [
    '/sys/fs/cgroup/cpuset/cpuset.mems',
    '/sys/fs/cgroup/cpuset.mems.effective',
    '/sys/devices/system/node/online',
  ],
};

async function checkProcessors(host: Host, config: HostConfig): Promise<void> {
  const { NanoCpus, CpusetCpus, CpusetMems } = config;
  const available = async (files: string[]) => {
    const { texts } = await host.call('readFiles', { paths: files });
    return texts.map((text) => text?.trim()).find(Boolean) ?? '';
  };
  const cpus = await available(onlineFiles.cpus);
  const count = parseCpuList(cpus)?.length ?? 0;
  if (NanoCpus !== 0 && count > 0 && (NanoCpus < 0 || NanoCpus > count * 1e9)) {
    throw invalidParameter(
      `Range of CPUs is from 0.01 to ${count}.00, as there are only ${count} CPUs available`,
    );
  }
  checkSet(CpusetCpus, cpus, 'cpuset cpus', 'CPUs');
  if (CpusetMems !== '') {
    checkSet(CpusetMems, await available(onlineFiles.mems), 'cpuset mems', 'memory nodes');
  }
}

function checkSet(wanted: string, available: string, name: string, what: string): void {
  if (wanted === '') return;
  const list = parseCpuList(wanted);
  if (list === undefined) {
    throw invalidParameter(`Invalid value ${wanted} for ${name}: invalid format: ${wanted}`);
  }
  const known = parseCpuList(available);
  if (known === undefined || list.every((cpu) => known.includes(cpu))) return;
  throw invalidParameter(
    `Requested ${what} are not available - requested ${wanted}, available: ${available}`,
  );
}

/** `0-3,7`; undefined for what is none. */
function parseCpuList(text: string): number[] | undefined {
  const numbers: number[] = [];
  for (const part of text.split(',')) {
    const [, first, last = first] = /^(\d{1,4})(?:-(\d{1,4}))?$/.exec(part) ?? [];
    if (first === undefined || Number(last) < Number(first)) return undefined;
    for (let cpu = Number(first); cpu <= Number(last); cpu++) numbers.push(cpu);
  }
  return numbers;
}

/** Where the kernel has no weights at all, docker has discarded it before. */
function checkWeight({ BlkioWeight }: HostConfig): void {
  if (BlkioWeight === 0 || (BlkioWeight >= 10 && BlkioWeight <= 1000)) return;
  throw invalidParameter('Range of blkio weight is from 10 to 1000');
}

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

async function discardUnknown(host: Host, facts: HostFacts, config: HostConfig): Promise<string[]> {
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
