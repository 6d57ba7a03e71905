import { describe, expect, test } from 'vitest';
import type { CgroupPlan, HostFacts } from '../../../src/host/generated/plan.ts';
import type { LinuxResources } from '../../../src/spec/generated/config.ts';
import { factsRootless, factsV1, factsV2 } from '../../plan/facts.ts';
import { faultOf, planOf, specOf } from './spec-of.ts';

function cgroupOf(
  resources: LinuxResources,
  facts: HostFacts = factsV1,
  cgroupsPath?: string,
): CgroupPlan {
  const linux = { resources, ...(cgroupsPath === undefined ? {} : { cgroupsPath }) };
  const { cgroup } = planOf(specOf(linux), {}, facts);
  if (!cgroup) throw new Error('no cgroup plan');
  return cgroup;
}

/** `file = value` of all groups. */
function writesOf(resources: LinuxResources, facts: HostFacts = factsV1): string[] {
  const { groups } = cgroupOf(resources, facts);
  return groups.flatMap(({ writes }) => writes.map(({ file, value }) => `${file} = ${value}`));
}

describe('the group’s path', () => {
  test.each([
    ['v1', factsV1, undefined, '/user.slice/session-1.scope/box'],
    ['v1', factsV1, '/docker/one', '/docker/one'],
    ['v1', factsV1, '/../../docker//./one/', '/docker/one'],
    ['v1', factsV1, 'docker/one', '/user.slice/session-1.scope/docker/one'],
    ['v1', factsV1, '../../one', '/user.slice/session-1.scope/one'],
    [
      'v1',
      factsV1,
      'system.slice:docker:one',
      '/user.slice/session-1.scope/system.slice:docker:one',
    ],
    ['v2', factsV2, undefined, '/user.slice/box'],
    ['v2', factsV2, '', '/user.slice/box'],
    ['v2', factsV2, '/docker/one', '/docker/one'],
    ['v2', factsV2, '../one', '/user.slice/one'],
  ])('%s: %#', (_version, facts, cgroupsPath, path) => {
    const { groups } = cgroupOf({}, facts, cgroupsPath);
    expect(new Set(groups.map((group) => group.path))).toEqual(new Set([path]));
  });

  test('v2: in the root group the parent is the root', () => {
    const [fact] = factsV2.cgroup.hierarchies;
    if (!fact) throw new Error('no hierarchy');
    const facts: HostFacts = {
      ...factsV2,
      cgroup: { version: 'v2', hierarchies: [{ ...fact, own: '/' }] },
    };
    expect(cgroupOf({}, facts).groups[0]?.path).toBe('/box');
  });

  test.each(['/', '//', '/..', '.', '..', 'a/..', '/a/../..'])('%s is refused', (cgroupsPath) => {
    for (const facts of [factsV1, factsV2]) {
      expect(faultOf(() => cgroupOf({}, facts, cgroupsPath))).toMatchObject({
        code: 'ERR_RUNDLET_CONFIG_INVALID',
        pointer: '/linux/cgroupsPath',
      });
    }
  });
});

describe('cgroup v1', () => {
  test('every hierarchy gets a directory, cpuset one that inherits', () => {
    const { groups } = cgroupOf({});
    expect(groups.map(({ hierarchy }) => hierarchy)).toEqual(
      factsV1.cgroup.hierarchies.map(({ name }) => name),
    );
    expect(groups.filter((group) => group.inheritCpuset).map((group) => group.hierarchy)).toEqual([
      'cpuset',
    ]);
  });

  test('what docker writes for "unset" changes nothing', () => {
    const unset = {
      memory: { limit: 0, reservation: 0, swap: 0, disableOOMKiller: false },
      cpu: { shares: 0, quota: 0, period: 0, realtimePeriod: 0, realtimeRuntime: 0, cpus: '' },
      blockIO: { weight: 0, leafWeight: 0 },
      network: { classID: 0, priorities: [] },
    };
    expect(writesOf(unset)).toEqual([]);
  });

  test.each<[LinuxResources, string[]]>([
    [
      { memory: { limit: 1000, swap: 2000 } },
      ['memory.limit_in_bytes = 1000', 'memory.memsw.limit_in_bytes = 2000'],
    ],
    [
      { memory: { limit: 1000, swap: -1 } },
      ['memory.limit_in_bytes = 1000', 'memory.memsw.limit_in_bytes = -1'],
    ],
    [{ memory: { limit: -1 } }, ['memory.limit_in_bytes = -1', 'memory.memsw.limit_in_bytes = -1']],
    [{ memory: { limit: 9223372036854775807n } }, ['memory.limit_in_bytes = 9223372036854775807']],
    [{ memory: { swappiness: 0 } }, ['memory.swappiness = 0']],
    [{ memory: { swappiness: -1 } }, []],
    [{ cpu: { quota: -1 } }, ['cpu.cfs_quota_us = -1']],
    [
      { cpu: { quota: 50000, period: 100000, burst: 1 } },
      ['cpu.cfs_period_us = 100000', 'cpu.cfs_quota_us = 50000', 'cpu.cfs_burst_us = 1'],
    ],
    [{ cpu: { cpus: '0-1', mems: '0' } }, ['cpuset.cpus = 0-1', 'cpuset.mems = 0']],
    [{ pids: { limit: -1 } }, ['pids.max = max']],
    [{ pids: { limit: 0 } }, ['pids.max = 1']],
    [{ pids: {} }, []],
    [{ rdma: { mlx: { hcaHandles: 2 } } }, ['rdma.max = mlx hca_handle=2']],
  ])('%o', (resources, writes) => {
    expect(writesOf(resources)).toEqual(writes);
  });

  test.each<[LinuxResources, string]>([
    [{ cpu: { shares: 1 } }, 'the minimum allowed cpu-shares is 2'],
    [{ cpu: { shares: 262145 } }, 'the maximum allowed cpu-shares is 262144'],
    [
      { memory: { swappiness: 101 } },
      'invalid memory swappiness value: 101 (valid range is 0-100)',
    ],
    [{ unified: { 'memory.high': '1' } }, 'invalid configuration: cannot use unified on cgroup v1'],
  ])('%o is refused', (resources, message) => {
    expect(faultOf(() => cgroupOf(resources)).message).toBe(message);
  });

  test('a limit without its controller is refused, and names what asked for it', () => {
    const hierarchies = factsV1.cgroup.hierarchies.filter(({ name }) => name !== 'pids');
    const facts: HostFacts = { ...factsV1, cgroup: { version: 'v1', hierarchies } };
    expect(faultOf(() => cgroupOf({ pids: { limit: 5 } }, facts))).toMatchObject({
      code: 'ERR_RUNDLET_UNSUPPORTED',
      pointer: '/linux/resources/pids/limit',
      message: 'cannot set pids limit: container could not join or create cgroup',
    });
    expect(cgroupOf({ pids: {} }, facts).groups).toHaveLength(hierarchies.length);
  });

  test('without the devices hierarchy nothing starts', () => {
    const hierarchies = factsV1.cgroup.hierarchies.filter(({ name }) => name !== 'devices');
    const facts: HostFacts = { ...factsV1, cgroup: { version: 'v1', hierarchies } };
    expect(faultOf(() => cgroupOf({}, facts)).code).toBe('ERR_RUNDLET_UNSUPPORTED');
  });
});

describe('cgroup v2', () => {
  test.each<[LinuxResources, string[]]>([
    [{ cpu: { shares: 1024 } }, ['cpu.weight = 100']],
    [{ cpu: { quota: -1 } }, ['cpu.max = max 100000']],
    [{ cpu: { period: 50000 } }, ['cpu.max = max 50000']],
    [
      { cpu: { quota: 1000, period: 2000, burst: 0 } },
      ['cpu.max = 1000 2000', 'cpu.max.burst = 0'],
    ],
    [{ cpu: { idle: 1 } }, ['cpu.idle = 1']],
    [
      { memory: { limit: 1000, swap: 3000, reservation: 500 } },
      ['memory.swap.max = 2000', 'memory.max = 1000', 'memory.low = 500'],
    ],
    [{ memory: { limit: -1 } }, ['memory.swap.max = max', 'memory.max = max']],
    [{ memory: { limit: 1000, swap: 1000 } }, ['memory.swap.max = 0', 'memory.max = 1000']],
    [{ blockIO: { weight: 10 } }, ['io.bfq.weight = 10', 'io.weight = 1']],
    [{ pids: { limit: 7 } }, ['pids.max = 7']],
    [
      { hugepageLimits: [{ pageSize: '2MB', limit: 9223372036854771712n }] },
      ['hugetlb.2MB.max = 9223372036854771712', 'hugetlb.2MB.rsvd.max = 9223372036854771712'],
    ],
    [{ network: { classID: 5 } }, []],
  ])('%o', (resources, writes) => {
    expect(writesOf(resources, factsV2)).toEqual(writes);
  });

  test('unified comes last and as it is', () => {
    const resources = { unified: { 'pids.max': ' 5 ' }, pids: { limit: 7 }, cpu: { cpus: '0' } };
    expect(writesOf(resources, factsV2)).toEqual([
      'pids.max = 7',
      'cpuset.cpus = 0',
      'pids.max =  5 ',
    ]);
  });

  test.each([
    ['../pids.max', 'unified resource "../pids.max" must be a file name (no slashes)'],
    ['freeze', 'unified resource "freeze" must be in the form CONTROLLER.PARAMETER'],
  ])('unified %s is refused', (file, message) => {
    const fault = faultOf(() => cgroupOf({ unified: { [file]: '1' } }, factsV2));
    expect(fault.message).toBe(message);
  });

  test('what it has no file for is told', () => {
    const warnings: string[] = [];
    const resources = { memory: { swappiness: 5 }, network: { classID: 1 } };
    planOf(specOf({ resources }), { warn: (text) => warnings.push(text) }, factsV2);
    expect(warnings).toEqual([
      'ignoring linux.resources.memory.swappiness: cgroup v2 has no such limit',
      'ignoring linux.resources.network: cgroup v2 has no such limit',
    ]);
  });
});

test('a group is optional only without root and path', () => {
  const rootless = { ...factsRootless, euid: 0, inUserNamespace: true };
  expect(cgroupOf({}, factsV2).optional).toBe(false);
  expect(cgroupOf({}, rootless).optional).toBe(true);
  expect(cgroupOf({}, rootless, '/one').optional).toBe(false);
  expect(cgroupOf({ pids: { limit: 1 } }, rootless).optional).toBe(true);
  expect(cgroupOf({}, rootless).devices).toEqual([]);
  expect(planOf(specOf(), { rootless: true }, factsV2).cgroup?.optional).toBe(true);
  expect(planOf(specOf(), { rootless: false }, rootless).cgroup?.optional).toBe(false);
});

test('none mounted, none wanted', () => {
  const none = { ...factsV2, cgroup: { version: 'v1' as const, hierarchies: [] } };
  const fault = faultOf(() => planOf(specOf(), {}, none));
  expect(fault.message).toBe('no cgroup mount found in mountinfo');
  expect(planOf(specOf(), { cgroupManager: 'disabled' }, none).cgroup).toBeUndefined();
});

test('every write says what asked for it', () => {
  const { groups } = cgroupOf({ cpu: { shares: 5 }, rdma: { 'a/b': { hcaObjects: 1 } } });
  const froms = groups.flatMap(({ writes }) => writes.map(({ from }) => from));
  expect(froms).toEqual(['/linux/resources/cpu/shares', '/linux/resources/rdma/a~1b']);
});
