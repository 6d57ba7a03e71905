import { describe, expect, test } from 'vitest';
import type { HostFacts, SystemdUnit, UnitProperty } from '../../../src/host/generated/plan.ts';
import type { PlanOptions } from '../../../src/plan/plan-options.ts';
import { resourceProperties, roundedResources } from '../../../src/plan/unit-resources.ts';
import type { LinuxResources, Spec } from '../../../src/spec/generated/config.ts';
import { factsV1, factsV2 } from '../../plan/facts.ts';
import { faultOf, planOf, specOf } from './spec-of.ts';

const options: Partial<PlanOptions> = {
  cgroupManager: 'systemd',
  systemd: { manager: {}, version: 252, controlGroup: '' },
};

function planned(
  linux: Spec['linux'],
  facts: HostFacts = factsV2,
  more: Partial<PlanOptions> = {},
) {
  const { cgroup } = planOf(specOf(linux), { ...options, ...more }, facts);
  if (!cgroup?.systemd) throw new Error('no unit');
  return { unit: cgroup.systemd, paths: [...new Set(cgroup.groups.map(({ path }) => path))] };
}

function propertyOf({ properties }: { properties: UnitProperty[] }, name: string): unknown {
  const value = properties.findLast((property) => property.name === name)?.value;
  return value && Object.values(value)[0];
}

const shown = (list: UnitProperty[]) =>
  Object.fromEntries(list.map(({ name, value }) => [name, Object.values(value)[0]]));

describe('the unit', () => {
  test.each([
    [undefined, false, 'rundlet-box.scope', 'system.slice', '/system.slice/rundlet-box.scope'],
    ['a.slice:x:y', false, 'x-y.scope', 'a.slice', '/a.slice/x-y.scope'],
    [
      'a-b-c.slice:x:y',
      false,
      'x-y.scope',
      'a-b-c.slice',
      '/a.slice/a-b.slice/a-b-c.slice/x-y.scope',
    ],
    ['-.slice:x:y', false, 'x-y.scope', '-.slice', '/x-y.scope'],
    [':x:y', false, 'x-y.scope', 'system.slice', '/system.slice/x-y.scope'],
    [':x:y', true, 'x-y.scope', 'user.slice', '/user.slice/u.service/user.slice/x-y.scope'],
    ['a.slice:x:y', true, 'x-y.scope', 'a.slice', '/user.slice/u.service/a.slice/x-y.scope'],
  ])('%s, rootless %s', (cgroupsPath, rootless, name, slice, path) => {
    const more = {
      rootless,
      systemd: { manager: {}, version: 252, controlGroup: rootless ? '/user.slice/u.service' : '' },
    };
    const { unit, paths } = planned(
      cgroupsPath === undefined ? {} : { cgroupsPath },
      factsV2,
      more,
    );
    expect([unit.name, propertyOf(unit, 'Slice'), paths]).toEqual([name, slice, [path]]);
  });

  test('v1: every hierarchy has the group', () => {
    expect(planned({ cgroupsPath: 'a.slice:x:y' }, factsV1).paths).toEqual(['/a.slice/x-y.scope']);
  });

  test('a slice lies where its name says', () => {
    const { unit } = planned({ cgroupsPath: 'a.slice:x:b.slice' });
    expect([unit.name, propertyOf(unit, 'Wants'), propertyOf(unit, 'Delegate')]).toEqual([
      'b.slice',
      { of: 's', items: [{ string: 'a.slice' }] },
      undefined,
    ]);
  });

  test.each([
    [
      '/a/b',
      'expected cgroupsPath to be of format "slice:prefix:name" for systemd cgroups, got "/a/b" instead',
    ],
    ['a:b:c:d', 'expected cgroupsPath to be of format'],
    ['a:b:c', 'invalid slice name: a'],
    ['a--b.slice:b:c', 'invalid slice name: a--b.slice'],
    ['a/b.slice:b:c', 'invalid slice name: a/b.slice'],
  ])('%s is refused', (cgroupsPath, words) => {
    const fault = faultOf(() => planned({ cgroupsPath }));
    expect(fault.pointer).toBe('/linux/cgroupsPath');
    expect(fault.message).toContain(words);
  });
});

describe('annotations', () => {
  const unitOf = (annotations: Record<string, string>): SystemdUnit =>
    planOf({ ...specOf(), annotations }, options, factsV2).cgroup?.systemd as SystemdUnit;

  test('are properties, seconds as microseconds', () => {
    const unit = unitOf({
      'org.systemd.property.CollectMode': "'inactive-or-failed'",
      'org.systemd.property.TimeoutStopSec': 'uint64 5',
      'org.systemd.property.RuntimeMaxSec': '1.5',
      other: 'x',
    });
    expect(propertyOf(unit, 'CollectMode')).toBe('inactive-or-failed');
    expect(propertyOf(unit, 'TimeoutStopUSec')).toBe(5_000_000n);
    expect(propertyOf(unit, 'RuntimeMaxUSec')).toBe(1_500_000);
  });

  test.each([
    ['org.systemd.property.A1', 'true', 'name incorrect: too short'],
    ['org.systemd.property.A1b', 'true', 'name incorrect: contains non-alphabetic character'],
    ['org.systemd.property.Abc', 'nonsense', 'value parse error: '],
    ['org.systemd.property.AbcSec', "'five'", 'value parse error: not a number'],
  ])('%s=%s is refused', (key, text, words) => {
    const fault = faultOf(() => unitOf({ [key]: text }));
    expect(fault.message).toContain(words);
    expect(fault.pointer).toBe(`/annotations/${key}`);
  });
});

describe('limits', () => {
  const infinity = 2n ** 64n - 1n;
  test.each<['v1' | 'v2', LinuxResources, Record<string, unknown>]>([
    [
      'v2',
      { memory: { limit: 100, reservation: 50, swap: 150 } },
      { MemoryMax: 100, MemoryLow: 50, MemorySwapMax: 50 },
    ],
    ['v2', { memory: { limit: -1 } }, { MemoryMax: infinity, MemorySwapMax: infinity }],
    [
      'v1',
      { memory: { limit: 100, swap: 150 }, cpu: { shares: 512 } },
      { MemoryLimit: 100, CPUShares: 512 },
    ],
    ['v2', { cpu: { shares: 1024 } }, { CPUWeight: 100 }],
    ['v2', { cpu: { shares: 1024, idle: 1 } }, { CPUWeight: 0 }],
    [
      'v2',
      { cpu: { quota: 20000, period: 50000 } },
      { CPUQuotaPeriodUSec: 50000, CPUQuotaPerSecUSec: 400000 },
    ],
    ['v2', { cpu: { quota: 12345 } }, { CPUQuotaPerSecUSec: 130000 }],
    ['v2', { cpu: { quota: -1 } }, { CPUQuotaPerSecUSec: infinity }],
    ['v2', { pids: { limit: 0 } }, { TasksMax: 1 }],
    ['v2', { pids: { limit: -1 } }, { TasksMax: infinity }],
    [
      'v2',
      { cpu: { cpus: '0-2,9' } },
      { AllowedCPUs: { of: 'y', items: [{ byte: 7 }, { byte: 2 }] } },
    ],
    ['v1', { blockIO: { weight: 500 } }, { BlockIOWeight: 500 }],
    [
      'v2',
      {
        unified: {
          'memory.high': 'max',
          'pids.max': '7',
          'cpu.max': 'max',
          'cpu.weight': '5',
          'io.max': 'x',
        },
      },
      {
        MemoryHigh: infinity,
        TasksMax: 7,
        CPUQuotaPeriodUSec: 100000,
        CPUQuotaPerSecUSec: infinity,
        CPUWeight: 5,
      },
    ],
    ['v2', { unified: { 'cpu.idle': '1', 'cpu.weight': '5' } }, { CPUWeight: 0 }],
  ])('%s %j', (version, resources, wanted) => {
    expect(shown(resourceProperties(version, resources, undefined))).toEqual(wanted);
  });

  test('the file gets the quota that systemd makes of it', () => {
    const { cpu } = roundedResources({ cpu: { quota: 25333, period: 50000 } });
    expect(cpu).toEqual({ quota: 25500, period: 50000 });
    expect(roundedResources({ cpu: { quota: 25000, period: 50000 } }).cpu?.quota).toBe(25000);
    expect(roundedResources({ cpu: { quota: -1 } }).cpu?.quota).toBe(-1);
  });

  test('OOMPolicy since systemd 253', () => {
    const resources = { unified: { 'memory.oom.group': '1' } };
    expect(propertyOf(planned({ resources }).unit, 'OOMPolicy')).toBeUndefined();
    const newer = { systemd: { manager: {}, version: 253, controlGroup: '' } };
    expect(propertyOf(planned({ resources }, factsV2, newer).unit, 'OOMPolicy')).toBe('kill');
  });
});

describe('delegation', () => {
  const withMount = (option: string): Spec => ({
    ...specOf({
      namespaces: [{ type: 'mount' }, { type: 'user' }, { type: 'cgroup' }],
      uidMappings: [{ containerID: 0, hostID: 100000, size: 10 }],
      gidMappings: [{ containerID: 0, hostID: 100000, size: 10 }],
    }),
    mounts: [
      { destination: '/sys/fs/cgroup', type: 'cgroup', source: 'cgroup', options: [option] },
    ],
  });
  const ownerOf = (spec: Spec, facts = factsV2) =>
    planOf(spec, {}, facts).cgroup?.groups.map(({ owner }) => owner)[0];

  test('the group of v2 is its process’s, where it may write to it', () => {
    expect(ownerOf(withMount('rw'))).toBe(100000);
    const other = withMount('rw');
    expect(
      ownerOf({
        ...other,
        process: { ...(other.process as object), user: { uid: 5, gid: 0 } } as Spec['process'] &
          object,
      }),
    ).toBe(100005);
    expect(ownerOf(withMount('ro'))).toBeUndefined();
    expect(ownerOf(withMount('rw'), factsV1)).toBeUndefined();
    expect(ownerOf({ ...withMount('rw'), mounts: [] })).toBeUndefined();
  });
});
