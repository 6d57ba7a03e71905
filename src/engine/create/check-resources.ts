import type { HostFacts } from '../../host/generated/plan.ts';
import type { Host } from '../../host/host.ts';
import type { HostConfig } from '../containers/record.ts';
import { invalidParameter } from '../engine-error.ts';
import { discardLimits } from './discard-limits.ts';

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
  warnings.push(...(await discardLimits(host, facts, config)));
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
