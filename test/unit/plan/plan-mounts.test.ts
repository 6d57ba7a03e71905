import { describe, expect, test } from 'vitest';
import { attr, ms } from '../../../src/plan/mount-flags.ts';
import type { Linux, Mount } from '../../../src/spec/generated/config.ts';
import { factsV1, factsV2 } from '../../plan/facts.ts';
import { acts, faultOf, names, planOf, specOf } from './spec-of.ts';

const bind = (more: Partial<Mount> = {}): Mount => ({
  destination: '/data',
  source: '/srv/data',
  options: ['rbind'],
  ...more,
});

function planMount(mount: Mount, rootfsPropagation?: 'shared' | 'rprivate' | 'slave' | 'rshared') {
  return planOf(specOf(rootfsPropagation ? { rootfsPropagation } : {}, [mount]));
}

describe('bind mounts', () => {
  test('the source is opened before the clone, the tree attached inside', () => {
    const plan = planMount(bind());
    expect(acts(plan.prepare, 'openSource')).toEqual([
      { slot: 0, path: '/srv/data', recursive: true, nofollow: false, copySymlink: false },
    ]);
    expect(acts(plan.steps, 'bind')).toMatchObject([
      { slot: 0, target: '/data', set: 0, clear: 0 },
    ]);
  });

  test.each([
    ['relative', '/bundle/relative'],
    ['./a/../b', '/bundle/b'],
    ['../up', '/up'],
    ['/abs/../path', '/abs/../path'],
  ])('source %s is %s', (source, path) => {
    const { prepare } = planMount(bind({ source }));
    expect(acts(prepare, 'openSource')[0].path).toBe(path);
  });

  test('the type means nothing, and type bind is enough', () => {
    expect(acts(planMount(bind({ type: 'ext4' })).steps, 'bind')).toHaveLength(1);
    const typed = planMount({ destination: '/data', source: '/srv', type: 'bind' });
    expect(acts(typed.prepare, 'openSource')[0].recursive).toBe(false);
  });

  test('flags are set, and only what was asked off is cleared', () => {
    const { steps } = planMount(bind({ options: ['bind', 'ro', 'nosuid', 'exec'] }));
    expect(acts(steps, 'bind')[0]).toMatchObject({
      set: attr.readonly | attr.nosuid,
      clear: attr.noexec,
    });
  });

  test.each([
    [undefined, ms.slave | ms.recursive],
    ['slave' as const, ms.slave | ms.recursive],
    ['rprivate' as const, ms.private | ms.recursive],
    ['shared' as const, 0],
    ['rshared' as const, 0],
  ])('under a %s root the tree is cut off with %i', (propagation, detach) => {
    expect(acts(planMount(bind(), propagation).steps, 'bind')[0].detach).toBe(detach);
  });

  test.each<[Partial<Mount>, string]>([
    [{ options: ['bind', 'size=5'] }, '/mounts/0/options'],
    [{ source: '' }, '/mounts/0/source'],
  ])('%j is refused', (more, pointer) => {
    const fault = faultOf(() => planMount(bind(more)));
    expect(fault).toMatchObject({ code: 'ERR_RUNDLET_CONFIG_INVALID', pointer });
  });

  test.each<Partial<Mount>>([
    { options: ['bind', 'idmap'] },
    { options: ['bind', 'idmap=uids=0-1-10'] },
    { options: ['bind', 'idmap=uids=0-1;gids=0-1-1'] },
    { options: ['bind', 'idmap=uids=@0-1-1;gids=0-1-1'] },
    { options: ['bind', 'idmap=users=0-1-1;gids=0-1-1'] },
    { options: ['bind', 'copy-symlink', 'src-nofollow'] },
    { uidMappings: [{ containerID: 0, hostID: 1, size: 1 }] },
  ])('%j is refused', (more) => {
    expect(faultOf(() => planMount(bind(more))).code).toBe('ERR_RUNDLET_CONFIG_INVALID');
  });

  test('owners are mapped by own maps, by words, or as the user namespace has it', () => {
    const maps = (host: number) => [{ containerID: 0, hostID: host, size: 10 }];
    const ids = (mount: Partial<Mount>, linux: Linux = {}) => {
      const plan = planOf({ ...specOf(linux), mounts: [bind(mount)] });
      return acts(plan.prepare, 'openSource')[0].idmap;
    };
    const ten = (host: number) => [{ container: 0, host, size: 10 }];
    const own = { uidMappings: maps(5), gidMappings: maps(6) };
    expect(ids(own)).toEqual({ recursive: false, namespace: '', uid: ten(5), gid: ten(6) });
    const words = { options: ['rbind', 'ridmap=uids=0-7-10;gids=@0-3-10'] };
    const user: Linux = {
      namespaces: [{ type: 'mount' }, { type: 'user' }],
      uidMappings: maps(100),
      gidMappings: maps(200),
    };
    expect(ids(words, user)).toMatchObject({ recursive: true, uid: ten(7), gid: ten(203) });
    const like = { options: ['bind', 'idmap'] };
    expect(ids(like, user)).toMatchObject({ namespace: '', uid: ten(100), gid: ten(200) });
    const joined: Linux = { namespaces: [{ type: 'mount' }, { type: 'user', path: '/ns' }] };
    expect(ids(like, joined)).toEqual({ recursive: false, namespace: '/ns', uid: [], gid: [] });
  });

  test('a source in the rootfs is opened when the mounts before it are made', () => {
    const { prepare, steps } = planMount(bind({ source: 'rootfs/srv' }));
    expect(acts(prepare, 'openSource')).toHaveLength(0);
    expect(names(steps).indexOf('openSource')).toBe(names(steps).indexOf('bind') - 1);
  });
});

describe('targets', () => {
  test.each([
    ['/data/', '/data'],
    ['data', '/data'],
    ['/a/../../b//c/.', '/b/c'],
    ['/dev/pts', '/dev/pts'],
    ['/.hidden', '/.hidden'],
  ])('%s becomes %s', (destination, target) => {
    const { steps } = planMount({ destination, type: 'tmpfs', source: 'tmpfs' });
    expect(acts(steps, 'mount')[0].target).toBe(target);
  });

  test.each(['/', '', '/..', 'a/..'])('%j is the root and refused', (destination) => {
    const fault = faultOf(() => planMount({ destination, type: 'tmpfs' }));
    expect(fault.message).toBe(`mountpoint "${destination}" is on the top of rootfs`);
  });

  test.each([
    '/proc',
    '/proc/',
    '/proc/sys',
    '/proc/self/attr',
    '/x/../proc/sys/kernel',
    '/proc/cpuinfo/x',
    '/proc/1',
    'proc/acpi',
  ])('a tmpfs on %s is refused', (destination) => {
    const fault = faultOf(() => planMount({ destination, type: 'tmpfs', source: 'tmpfs' }));
    expect(fault.message).toMatch(/cannot be mounted because it is/);
    expect(fault.pointer).toBe('/mounts/0/destination');
  });

  test.each(['/proc/cpuinfo', '/proc/sys/kernel/ns_last_pid', '/procfoo', '/a/proc/sys'])(
    'a bind on %s is not',
    (destination) => {
      expect(acts(planMount(bind({ destination })).steps, 'bind')[0].target).toBe(destination);
    },
  );

  test('on /proc only procfs; of a bind init finds out', () => {
    planMount({ destination: '/proc', type: 'proc', source: 'proc' });
    planMount(bind({ destination: '/proc', source: '/proc' }));
    for (const type of ['tmpfs', 'sysfs', 'cgroup']) {
      expect(faultOf(() => planMount({ destination: '/proc', type })).message).toBe(
        '"/proc" cannot be mounted because it is not of type proc',
      );
    }
  });
});

describe('filesystems', () => {
  test('a read-only tmpfs is so only after pivot_root', () => {
    const { steps } = planMount({ destination: '/t', type: 'tmpfs', options: ['ro', 'nosuid'] });
    expect(acts(steps, 'mount')[0]).toMatchObject({ attr: attr.nosuid, superFlags: 0 });
    expect(acts(steps, 'remount')).toMatchObject([{ target: '/t', set: attr.readonly }]);
    expect(names(steps).indexOf('remount')).toBeGreaterThan(names(steps).indexOf('pivotRoot'));
  });

  test('other filesystems are so at once, mount and superblock', () => {
    const { steps } = planMount({ destination: '/s', type: 'sysfs', options: ['ro'] });
    expect(acts(steps, 'mount')[0]).toMatchObject({
      attr: attr.readonly,
      superFlags: ms.readonly,
    });
    expect(acts(steps, 'remount')).toEqual([]);
  });

  test('tmpcopyup is for tmpfs', () => {
    const copyUp = (type: string) =>
      acts(planMount({ destination: '/t', type, options: ['tmpcopyup'] }).steps, 'mount')[0];
    expect(copyUp('tmpfs').tmpcopyup).toBe(true);
    expect(copyUp('ext4').tmpcopyup).toBe(false);
  });

  test('the mount label goes with the data, where SELinux is', () => {
    const spec = specOf({ mountLabel: 'a:b:c' }, [
      { destination: '/t', type: 'tmpfs', options: ['size=1'] },
      { destination: '/proc', type: 'proc' },
      { destination: '/sys', type: 'sysfs' },
      { destination: '/dev/mqueue', type: 'mqueue' },
    ]);
    const data = (facts: typeof factsV1) =>
      acts(planOf(spec, {}, facts).steps, 'mount').map((mount) => mount.data);
    expect(data(factsV2)).toEqual([['size=1', 'context="a:b:c"'], [], [], []]);
    expect(data(factsV1)).toEqual([['size=1'], [], [], []]);
  });

  test('neither type nor bind is refused', () => {
    expect(faultOf(() => planMount({ destination: '/t' })).pointer).toBe('/mounts/0');
  });

  test('remount changes what is there; with bind only the mount', () => {
    const remount = (options: string[]) => {
      const { steps, prepare } = planMount({ destination: '/t', source: '/x', options });
      expect(prepare).toEqual([]);
      return acts(steps, 'remount')[0];
    };
    expect(remount(['remount', 'ro'])).toMatchObject({
      set: attr.readonly,
      superFlags: ms.readonly,
    });
    expect(remount(['bind', 'remount', 'ro'])).toMatchObject({
      set: attr.readonly,
      superFlags: 0,
    });
  });
});

describe('cgroup mounts', () => {
  const mount: Mount = { destination: '/sys/fs/cgroup', type: 'cgroup', options: ['ro'] };
  const v1 = (cgroupns: boolean) => {
    const namespaces = [
      { type: 'mount' as const },
      ...(cgroupns ? [{ type: 'cgroup' as const }] : []),
    ];
    const { steps } = planOf(specOf({ namespaces, cgroupsPath: '/one' }, [mount]));
    return acts(steps, 'cgroupMount')[0];
  };

  test('v1: one entry per hierarchy, each with the own group', () => {
    const { hierarchies, links, namespaced, unified } = v1(false);
    expect(hierarchies).toHaveLength(factsV1.cgroup.hierarchies.length);
    expect(hierarchies[0]).toEqual({
      name: 'systemd',
      data: 'none,name=systemd',
      own: '/sys/fs/cgroup/systemd/one',
    });
    expect(hierarchies[1].data).toBe('cpu,cpuacct');
    expect(links).toContainEqual(['cpuacct', 'cpu,cpuacct']);
    expect([namespaced, unified]).toEqual([false, false]);
    expect(v1(true).namespaced).toBe(true);
  });

  test('hybrid: the v2 hierarchy is joined, but not shown', () => {
    const unified = { name: 'unified', mount: '/sys/fs/cgroup/unified', controllers: [], own: '/' };
    const hierarchies = [...factsV1.cgroup.hierarchies, unified];
    const plan = planOf(
      specOf({}, [mount]),
      {},
      { ...factsV1, cgroup: { version: 'v1', hierarchies } },
    );
    const shown = acts(plan.steps, 'cgroupMount')[0].hierarchies;
    expect(shown.map(({ name }: { name: string }) => name)).not.toContain('unified');
    expect(plan.cgroup?.groups.map(({ hierarchy }) => hierarchy)).toContain('unified');
  });

  test('v2: type cgroup and cgroup2 are the same', () => {
    for (const type of ['cgroup', 'cgroup2']) {
      const { steps } = planOf(specOf({ cgroupsPath: '/one' }, [{ ...mount, type }]), {}, factsV2);
      expect(acts(steps, 'cgroupMount')[0]).toMatchObject({
        unified: true,
        hierarchies: [{ name: '', own: '/sys/fs/cgroup/one' }],
        links: [],
      });
    }
  });
});
