import type { CgroupDir, CgroupWrite, GroupWrites, HostFacts } from '../host/generated/plan.ts';
import type { LinuxResources } from '../spec/generated/config.ts';
import { pidsMax } from './cgroup-conversions.ts';
import { cgroupPath } from './cgroup-path.ts';
import {
  CgroupWrites,
  hugetlbWrites,
  rdmaWrites,
  resourcesPointer,
  throttleWrites,
} from './cgroup-writes.ts';
import { invalid, unsupported } from './plan-error.ts';

type Writer = (writes: CgroupWrites, resources: LinuxResources) => void;

/** A directory in every hierarchy of v1, and the files of those with limits. */
export function planCgroupV1(
  facts: HostFacts,
  resources: LinuxResources,
  cgroupsPath: string | undefined,
  id: string,
): CgroupDir[] {
  refuseUnified(resources);
  const written = new Set<string>();
  const groups = facts.cgroup.hierarchies.map((fact): CgroupDir => {
    const writes: CgroupWrite[] = [];
    for (const controller of fact.controllers) {
      written.add(controller);
      writes.push(...controllerWrites(controller, resources));
    }
    const path = cgroupPath('v1', fact, cgroupsPath, id);
    const inheritCpuset = fact.controllers.includes('cpuset');
    return {
      hierarchy: fact.name,
      mount: fact.mount,
      path,
      inheritCpuset,
      controllers: [],
      writes,
    };
  });
  refuseUnwritten(resources, written);
  return groups;
}

/** The same for groups that are there, `paths` by controller: those with something to write. */
export function updateCgroupV1(
  paths: Readonly<Record<string, string>>,
  resources: LinuxResources,
): GroupWrites[] {
  refuseUnified(resources);
  refuseUnwritten(resources, new Set(Object.keys(paths)));
  return Object.entries(paths)
    .map(([controller, path]) => ({ path, writes: controllerWrites(controller, resources) }))
    .filter(({ writes }) => writes.length > 0);
}

function refuseUnified({ unified }: LinuxResources): void {
  if (Object.keys(unified ?? {}).length === 0) return;
  throw invalid(
    `${resourcesPointer}/unified`,
    'invalid configuration: cannot use unified on cgroup v1',
  );
}

const writers: Readonly<Record<string, Writer | undefined>> = {
  __proto__: null as never,
  cpu: cpuWrites,
  cpuset: cpusetWrites,
  memory: memoryWrites,
  blkio: blkioWrites,
  hugetlb: (writes, resources) => hugetlbWrites(writes, resources, 'limit_in_bytes'),
  pids: (writes, { pids }) => {
    if (pids?.limit !== undefined) writes.add('pids.max', pidsMax(pids.limit), 'pids/limit');
  },
  net_cls: (writes, { network }) =>
    writes.addUnlessZero('net_cls.classid', network?.classID, 'network/classID'),
  net_prio: netPrioWrites,
  rdma: rdmaWrites,
};

function controllerWrites(controller: string, resources: LinuxResources): CgroupWrite[] {
  const writes = new CgroupWrites();
  writers[controller]?.(writes, resources);
  return writes.list;
}

/** A limit must not get lost because its controller is not mounted. */
function refuseUnwritten(resources: LinuxResources, written: ReadonlySet<string>): void {
  for (const controller of Object.keys(writers)) {
    if (written.has(controller)) continue;
    const [lost] = controllerWrites(controller, resources);
    if (!lost) continue;
    throw unsupported(
      lost.from,
      `cannot set ${controller} limit: container could not join or create cgroup`,
    );
  }
}

function cpuWrites(writes: CgroupWrites, { cpu }: LinuxResources): void {
  if (!cpu) return;
  // a real-time process may only enter a group that has real-time time
  writes.addUnlessZero('cpu.rt_period_us', cpu.realtimePeriod, 'cpu/realtimePeriod');
  writes.addUnlessZero('cpu.rt_runtime_us', cpu.realtimeRuntime, 'cpu/realtimeRuntime');
  if (cpu.shares) {
    checkShares(cpu.shares);
    writes.add('cpu.shares', cpu.shares, 'cpu/shares');
  }
  // the quota is checked against the period, the burst against the quota
  writes.addUnlessZero('cpu.cfs_period_us', cpu.period, 'cpu/period');
  writes.addUnlessZero('cpu.cfs_quota_us', cpu.quota, 'cpu/quota');
  if (cpu.burst !== undefined) writes.add('cpu.cfs_burst_us', cpu.burst, 'cpu/burst', true);
  if (cpu.idle !== undefined) writes.add('cpu.idle', cpu.idle, 'cpu/idle');
}

/** The kernel would cut it to its range without a word. */
function checkShares(shares: number | bigint): void {
  const from = `${resourcesPointer}/cpu/shares`;
  if (shares < 2) throw invalid(from, 'the minimum allowed cpu-shares is 2');
  if (shares > 262144) throw invalid(from, 'the maximum allowed cpu-shares is 262144');
}

function cpusetWrites(writes: CgroupWrites, { cpu }: LinuxResources): void {
  if (cpu?.cpus) writes.add('cpuset.cpus', cpu.cpus, 'cpu/cpus');
  if (cpu?.mems) writes.add('cpuset.mems', cpu.mems, 'cpu/mems');
}

function memoryWrites(writes: CgroupWrites, { memory }: LinuxResources): void {
  if (!memory) return;
  // in a fresh group both are unlimited, and memory+swap may never be the smaller one
  writes.addUnlessZero('memory.limit_in_bytes', memory.limit, 'memory/limit');
  const unlimited = memory.limit !== undefined && BigInt(memory.limit) === -1n;
  if (memory.swap) writes.add('memory.memsw.limit_in_bytes', memory.swap, 'memory/swap');
  else if (unlimited) writes.add('memory.memsw.limit_in_bytes', -1, 'memory/limit', true);
  writes.addUnlessZero('memory.soft_limit_in_bytes', memory.reservation, 'memory/reservation');
  if (memory.disableOOMKiller) writes.add('memory.oom_control', 1, 'memory/disableOOMKiller');
  const { swappiness } = memory;
  if (swappiness === undefined || isMinusOne(swappiness)) return;
  if (swappiness < 0 || swappiness > 100) {
    throw invalid(
      `${resourcesPointer}/memory/swappiness`,
      `invalid memory swappiness value: ${swappiness} (valid range is 0-100)`,
    );
  }
  writes.add('memory.swappiness', swappiness, 'memory/swappiness');
}

/** Engines write -1 for "as it is", some of them as an unsigned number. */
function isMinusOne(value: number | bigint): boolean {
  return BigInt.asIntN(64, BigInt(value)) === -1n;
}

function blkioWrites(writes: CgroupWrites, resources: LinuxResources): void {
  const { weight, leafWeight, weightDevice = [] } = resources.blockIO ?? {};
  // a kernel has one of the two, by its I/O schedulers
  if (weight) {
    writes.add('blkio.weight', weight, 'blockIO/weight', true);
    writes.add('blkio.bfq.weight', weight, 'blockIO/weight', true);
  }
  writes.addUnlessZero('blkio.leaf_weight', leafWeight, 'blockIO/leafWeight');
  for (const [index, device] of weightDevice.entries()) {
    const from = `blockIO/weightDevice/${index}`;
    const name = `${device.major}:${device.minor}`;
    if (device.weight) {
      writes.add('blkio.weight_device', `${name} ${device.weight}`, from, true);
      writes.add('blkio.bfq.weight_device', `${name} ${device.weight}`, from, true);
    }
    if (device.leafWeight)
      writes.add('blkio.leaf_weight_device', `${name} ${device.leafWeight}`, from);
  }
  blkioThrottleWrites(writes, resources);
}

function blkioThrottleWrites(writes: CgroupWrites, resources: LinuxResources): void {
  const rate = (device: { rate: number | bigint }) => String(device.rate);
  throttleWrites(
    writes,
    resources,
    'throttleReadBpsDevice',
    'blkio.throttle.read_bps_device',
    rate,
  );
  throttleWrites(
    writes,
    resources,
    'throttleWriteBpsDevice',
    'blkio.throttle.write_bps_device',
    rate,
  );
  throttleWrites(
    writes,
    resources,
    'throttleReadIOPSDevice',
    'blkio.throttle.read_iops_device',
    rate,
  );
  throttleWrites(
    writes,
    resources,
    'throttleWriteIOPSDevice',
    'blkio.throttle.write_iops_device',
    rate,
  );
}

function netPrioWrites(writes: CgroupWrites, { network }: LinuxResources): void {
  for (const [index, { name, priority }] of (network?.priorities ?? []).entries()) {
    writes.add('net_prio.ifpriomap', `${name} ${priority}`, `network/priorities/${index}`);
  }
}
