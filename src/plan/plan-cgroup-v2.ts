import type { CgroupDir, CgroupWrite, HostFacts } from '../host/generated/plan.ts';
import type { LinuxResources, LinuxThrottleDevice } from '../spec/generated/config.ts';
import { joinPointer } from '../spec/json-pointer.ts';
import {
  blockWeightToIoWeight,
  limitText,
  pidsMax,
  sharesToWeight,
  swapToSwapMax,
} from './cgroup-conversions.ts';
import { cgroupPath } from './cgroup-path.ts';
import {
  CgroupWrites,
  hugetlbWrites,
  rdmaWrites,
  resourcesPointer,
  type ThrottleKey,
  throttleWrites,
} from './cgroup-writes.ts';
import { invalid, unsupported } from './plan-error.ts';

/** The one group of v2, with the limits of v1 converted and `unified` written last as it is. */
export function planCgroupV2(
  facts: HostFacts,
  resources: LinuxResources,
  cgroupsPath: string | undefined,
  id: string,
  warn?: (message: string) => void,
): CgroupDir[] {
  const [fact] = facts.cgroup.hierarchies;
  if (!fact) throw unsupported('/linux/cgroupsPath', 'cgroup v2 is not mounted');
  const writes = writesV2(resources, warn);
  const path = cgroupPath('v2', fact, cgroupsPath, id);
  const { mount, controllers } = fact;
  return [{ hierarchy: '', mount, path, inheritCpuset: false, controllers, writes }];
}

/** The files of the one group, in the order in which the kernel takes them. */
export function writesV2(
  resources: LinuxResources,
  warn?: (message: string) => void,
): CgroupWrite[] {
  const writes = new CgroupWrites();
  if (resources.pids?.limit !== undefined)
    writes.add('pids.max', pidsMax(resources.pids.limit), 'pids/limit');
  memoryWrites(writes, resources);
  ioWrites(writes, resources);
  cpuWrites(writes, resources);
  if (resources.cpu?.cpus) writes.add('cpuset.cpus', resources.cpu.cpus, 'cpu/cpus');
  if (resources.cpu?.mems) writes.add('cpuset.mems', resources.cpu.mems, 'cpu/mems');
  hugetlbWrites(writes, resources, 'max');
  rdmaWrites(writes, resources);
  unifiedWrites(writes, resources);
  if (warn) warnOfV1Only(resources, warn);
  return writes.list;
}

function memoryWrites(writes: CgroupWrites, { memory }: LinuxResources): void {
  if (!memory) return;
  const swap = swapToSwapMax(memory.swap, memory.limit);
  if (swap !== undefined) {
    const text = limitText(swap);
    // without swap accounting there is none to limit
    writes.add(
      'memory.swap.max',
      text,
      memory.swap ? 'memory/swap' : 'memory/limit',
      text === 'max' || text === '0',
    );
  }
  if (memory.limit) writes.add('memory.max', limitText(memory.limit), 'memory/limit');
  if (memory.reservation)
    writes.add('memory.low', limitText(memory.reservation), 'memory/reservation');
}

function ioWrites(writes: CgroupWrites, resources: LinuxResources): void {
  const { weight, weightDevice = [] } = resources.blockIO ?? {};
  // by its I/O schedulers a kernel has one, both or none of the two
  if (weight) {
    writes.add('io.bfq.weight', weight, 'blockIO/weight', true);
    writes.add('io.weight', blockWeightToIoWeight(weight), 'blockIO/weight', true);
  }
  for (const [index, device] of weightDevice.entries()) {
    if (!device.weight) continue;
    const value = `${device.major}:${device.minor} ${device.weight}`;
    writes.add('io.bfq.weight', value, `blockIO/weightDevice/${index}`, true);
  }
  const keys: [ThrottleKey, string][] = [
    ['throttleReadBpsDevice', 'rbps'],
    ['throttleWriteBpsDevice', 'wbps'],
    ['throttleReadIOPSDevice', 'riops'],
    ['throttleWriteIOPSDevice', 'wiops'],
  ];
  for (const [key, name] of keys) {
    // v1's 0 takes the limit off; v2 refuses it
    const value = ({ rate }: LinuxThrottleDevice) => `${name}=${rate ? rate : 'max'}`;
    throttleWrites(writes, resources, key, 'io.max', value);
  }
}

function cpuWrites(writes: CgroupWrites, { cpu }: LinuxResources): void {
  if (!cpu) return;
  if (cpu.idle !== undefined) writes.add('cpu.idle', cpu.idle, 'cpu/idle');
  writes.addUnlessZero('cpu.weight', sharesToWeight(cpu.shares ?? 0), 'cpu/shares');
  if (cpu.quota || cpu.period) {
    const quota = cpu.quota && cpu.quota > 0 ? String(cpu.quota) : 'max';
    writes.add(
      'cpu.max',
      `${quota} ${cpu.period || 100000}`,
      cpu.quota ? 'cpu/quota' : 'cpu/period',
    );
  }
  // checked against the quota, so after it
  if (cpu.burst !== undefined) writes.add('cpu.max.burst', cpu.burst, 'cpu/burst');
}

function unifiedWrites(writes: CgroupWrites, { unified }: LinuxResources): void {
  for (const [file, value] of Object.entries(unified ?? {})) {
    const from = joinPointer('unified', file);
    const pointer = `${resourcesPointer}/${from}`;
    if (file.includes('/')) {
      throw invalid(pointer, `unified resource "${file}" must be a file name (no slashes)`);
    }
    if (!file.includes('.')) {
      throw invalid(pointer, `unified resource "${file}" must be in the form CONTROLLER.PARAMETER`);
    }
    writes.add(file, value, from);
  }
}

/** What v2 has no file for; the spec does not make it an error. */
function warnOfV1Only(
  { memory, cpu, blockIO, network }: LinuxResources,
  warn: (message: string) => void,
): void {
  const ignored = [
    memory?.disableOOMKiller && 'memory.disableOOMKiller',
    memory?.swappiness !== undefined && 'memory.swappiness',
    (cpu?.realtimeRuntime || cpu?.realtimePeriod) && 'cpu.realtimeRuntime and realtimePeriod',
    blockIO?.leafWeight && 'blockIO.leafWeight',
    (network?.classID || network?.priorities?.length) && 'network',
  ].filter((name) => typeof name === 'string');
  for (const name of ignored) warn(`ignoring linux.resources.${name}: cgroup v2 has no such limit`);
}
