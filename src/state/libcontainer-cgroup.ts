import { sharesToWeight } from '../plan/cgroup-conversions.ts';
import { unitPlace } from '../plan/unit-place.ts';
import type { LinuxCPU, LinuxMemory, LinuxResources, Spec } from '../spec/generated/config.ts';
import type { LibcontainerCgroup, LibcontainerDevice, LibcontainerRule } from './state-record.ts';

/** [major, minor, path]: nodes that every container gets. */
const defaultNodes: [number, number, string][] = [
  [1, 3, '/dev/null'],
  [1, 8, '/dev/random'],
  [1, 7, '/dev/full'],
  [5, 0, '/dev/tty'],
  [1, 5, '/dev/zero'],
  [1, 9, '/dev/urandom'],
];

const code = (letter: string) => letter.charCodeAt(0);

/** What runc allows beyond the config: mknod of anything, the default nodes, the container's own ptys. */
function defaultRules(nodes: readonly LibcontainerDevice[]): LibcontainerRule[] {
  const character = (major: number, minor: number): LibcontainerRule => ({
    type: code('c'),
    major,
    minor,
    permissions: 'rwm',
    allow: true,
  });
  const mknod = { major: -1, minor: -1, permissions: 'm', allow: true };
  return [
    { type: code('c'), ...mknod },
    { type: code('b'), ...mknod },
    ...nodes.map(({ major, minor }) => character(Number(major), Number(minor))),
    character(136, -1),
    character(5, 2),
  ];
}

/** Default nodes that the config does not make itself, then the config's. */
export function devicesToLibcontainer(spec: Spec): LibcontainerDevice[] {
  const own = spec.linux?.devices ?? [];
  return [
    ...defaultDevices(spec),
    ...own.map((device) => ({
      type: code(device.type),
      major: device.major ?? 0,
      minor: device.minor ?? 0,
      permissions: '',
      allow: false,
      path: device.path,
      file_mode: (device.fileMode ?? 0o666) & ~0o170000,
      uid: device.uid ?? 0,
      gid: device.gid ?? 0,
    })),
  ];
}

function defaultDevices(spec: Spec): LibcontainerDevice[] {
  const own = new Set(spec.linux?.devices?.map((device) => device.path));
  return defaultNodes
    .filter(([, , path]) => !own.has(path))
    .map(([major, minor, path]) => ({
      type: code('c'),
      major,
      minor,
      permissions: 'rwm',
      allow: true,
      path,
      file_mode: 0o666,
      uid: 0,
      gid: 0,
    }));
}

/** The container's group and limits; a later `update` by runc starts from these. */
export function cgroupToLibcontainer(
  id: string,
  spec: Spec,
  rootless: boolean,
  systemd: boolean,
): LibcontainerCgroup {
  const path = spec.linux?.cgroupsPath;
  const resources = spec.linux?.resources;
  const rules = (resources?.devices ?? []).map((rule) => ({
    type: code(rule.type ?? 'a'),
    major: rule.major ?? -1,
    minor: rule.minor ?? -1,
    permissions: rule.access ?? '',
    allow: rule.allow,
  }));
  return {
    ...(systemd ? unitPart(path, id) : path ? { path: cleanPath(path) } : { name: id }),
    devices: [...rules, ...defaultRules(defaultDevices(spec))],
    ...(resources && dropEmpty(limits(resources))),
    ...(rootless && { Rootless: true }),
  };
}

function unitPart(path: string | undefined, id: string): Partial<LibcontainerCgroup> {
  const { slice, prefix, name } = unitPlace(path, id);
  return { name, ...(slice && { parent: slice }), scope_prefix: prefix, Systemd: true };
}

/** Resources under libcontainer's names; undefined where they say nothing. */
export function limits(resources: LinuxResources): Record<string, unknown> {
  const { memory, cpu, pids, hugepageLimits, network, rdma, unified } = resources;
  return {
    ...(memory && memoryLimits(memory)),
    ...(cpu && cpuLimits(cpu)),
    ...blockIo(resources),
    pids_limit: pids?.limit,
    hugetlb_limit: hugepageLimits?.map((one) => ({ page_size: one.pageSize, limit: one.limit })),
    net_cls_classid_u: network?.classID,
    net_prio_ifpriomap: network?.priorities?.map(({ name, priority }) => ({
      interface: name,
      priority,
    })),
    rdma:
      rdma &&
      Object.fromEntries(
        Object.entries(rdma).map(([device, { hcaHandles, hcaObjects }]) => [
          device,
          dropEmpty({ hca_handles: hcaHandles, hca_objects: hcaObjects }),
        ]),
      ),
    unified,
  };
}

function memoryLimits(memory: LinuxMemory): Record<string, unknown> {
  return {
    memory: memory.limit,
    memory_reservation: memory.reservation,
    memory_swap: memory.swap,
    memory_swappiness: memory.swappiness,
    oom_kill_disable: memory.disableOOMKiller,
    memory_check_before_update: memory.checkBeforeUpdate,
  };
}

function cpuLimits(cpu: LinuxCPU): Record<string, unknown> {
  return {
    cpu_shares: cpu.shares,
    cpu_weight: cpu.shares && sharesToWeight(cpu.shares),
    cpu_quota: cpu.quota,
    cpu_burst: cpu.burst,
    cpu_period: cpu.period,
    cpu_rt_quota: cpu.realtimeRuntime,
    cpu_rt_period: cpu.realtimePeriod,
    cpuset_cpus: cpu.cpus,
    cpuset_mems: cpu.mems,
    cpu_idle: cpu.idle,
  };
}

function blockIo({ blockIO }: LinuxResources): Record<string, unknown> {
  if (!blockIO) return {};
  return {
    blkio_weight: blockIO.weight,
    blkio_leaf_weight: blockIO.leafWeight,
    blkio_weight_device: blockIO.weightDevice?.map(({ major, minor, weight, leafWeight }) => ({
      major,
      minor,
      weight: weight ?? 0,
      leafWeight: leafWeight ?? 0,
    })),
    blkio_throttle_read_bps_device: blockIO.throttleReadBpsDevice,
    blkio_throttle_write_bps_device: blockIO.throttleWriteBpsDevice,
    blkio_throttle_read_iops_device: blockIO.throttleReadIOPSDevice,
    blkio_throttle_write_iops_device: blockIO.throttleWriteIOPSDevice,
  };
}

export function dropEmpty(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** Lexically: `..` never climbs above the root. */
function cleanPath(path: string): string {
  const kept: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') kept.pop();
    else if (part !== '' && part !== '.') kept.push(part);
  }
  return (path.startsWith('/') ? '/' : '') + kept.join('/');
}
