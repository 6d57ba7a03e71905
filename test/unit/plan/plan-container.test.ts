import { describe, expect, test } from 'vitest';
import { ms } from '../../../src/plan/mount-flags.ts';
import type { Linux, LinuxNamespace, Spec } from '../../../src/spec/generated/config.ts';
import { factsV1, factsV2 } from '../../plan/facts.ts';
import { acts, faultOf, names, planOf, specOf } from './spec-of.ts';

const mount: LinuxNamespace = { type: 'mount' };

function withNamespaces(...namespaces: LinuxNamespace[]): Linux {
  return { namespaces: [mount, ...namespaces] };
}

describe('namespaces', () => {
  test('are made, or joined with the place that asked for it', () => {
    const { namespaces } = planOf(
      specOf(withNamespaces({ type: 'pid' }, { type: 'network', path: '/run/netns/a' })),
    );
    expect(namespaces).toEqual({
      create: ['mount', 'pid'],
      join: [{ kind: 'network', path: '/run/netns/a', from: '/linux/namespaces/2' }],
    });
  });

  test('loopback comes up in a new network only', () => {
    const up = (...more: LinuxNamespace[]) =>
      names(planOf(specOf(withNamespaces(...more))).steps).includes('loopbackUp');
    expect(up({ type: 'network' })).toBe(true);
    expect(up({ type: 'network', path: '/run/netns/a' })).toBe(false);
    expect(up()).toBe(false);
  });

  test.each<[Linux, string]>([
    [withNamespaces({ type: 'pid' }, { type: 'pid' }), 'malformed spec file: duplicated ns "pid"'],
    [
      withNamespaces({ type: 'user' }),
      'user namespaces enabled, but no namespace path to join nor mappings to apply specified',
    ],
    [
      { uidMappings: [{ containerID: 0, hostID: 1, size: 1 }] },
      "user namespace mappings specified, but user namespace isn't enabled in the config",
    ],
    [
      { timeOffsets: { monotonic: { secs: 1 } } },
      "time namespace offsets specified, but time namespace isn't enabled in the config",
    ],
    [
      { ...withNamespaces({ type: 'time' }), timeOffsets: { realtime: { secs: 1 } } },
      'unknown clock "realtime" in time namespace offsets',
    ],
    [{ intelRdt: {} }, 'intelRdt is not supported yet'],
  ])('%j is refused', (linux, message) => {
    expect(faultOf(() => planOf(specOf(linux))).message).toBe(message);
  });

  test('a kernel without cgroup namespaces cannot make one', () => {
    const facts = { ...factsV1, namespaces: ['time'] };
    const fault = faultOf(() => planOf(specOf(withNamespaces({ type: 'cgroup' })), {}, facts));
    expect(fault).toMatchObject({
      code: 'ERR_RUNDLET_UNSUPPORTED',
      pointer: '/linux/namespaces/1',
    });
  });

  test('maps go only with a new user namespace', () => {
    const maps = [{ containerID: 0, hostID: 100000, size: 65536 }];
    const linux = (user: LinuxNamespace) => ({
      ...withNamespaces(user),
      uidMappings: maps,
      gidMappings: maps,
    });
    expect(planOf(specOf(linux({ type: 'user' }))).user).toEqual({
      uid: [{ container: 0, host: 100000, size: 65536 }],
      gid: [{ container: 0, host: 100000, size: 65536 }],
      deny_setgroups: false,
      helpers: false,
    });
    expect(planOf(specOf(linux({ type: 'user', path: '/proc/5/ns/user' }))).user).toBeUndefined();
  });
});

describe('the root', () => {
  const root = (propagation?: NonNullable<Linux['rootfsPropagation']>, more = {}) =>
    planOf(specOf(propagation ? { rootfsPropagation: propagation } : {}), more).steps;

  test('relative paths count from the bundle', () => {
    expect(acts(root(), 'rootfs')).toEqual([{ path: '/bundle/rootfs', parent: ms.private }]);
  });

  test.each([
    [undefined, ms.slave | ms.recursive, []],
    ['private' as const, ms.private, []],
    ['rslave' as const, ms.slave | ms.recursive, []],
    ['shared' as const, ms.shared, [{ flags: ms.shared }]],
    [
      'runbindable' as const,
      ms.unbindable | ms.recursive,
      [{ flags: ms.unbindable | ms.recursive }],
    ],
  ])('propagation %s', (propagation, flags, final) => {
    const steps = root(propagation);
    expect(acts(steps, 'propagation')).toEqual([{ flags }]);
    expect(acts(steps, 'rootPropagation')).toEqual(final);
  });

  test('--no-pivot moves the root, but never under a private one', () => {
    expect(names(root(undefined, { noPivot: true }))).toContain('moveRoot');
    expect(names(root(undefined, { noPivot: true }))).not.toContain('pivotRoot');
    const fault = faultOf(() => root('rprivate', { noPivot: true }));
    expect(fault.pointer).toBe('/linux/rootfsPropagation');
  });
});

describe('/dev', () => {
  test('the host’s own gets neither nodes nor links', () => {
    const dev = { destination: '/dev/', source: '/dev', options: ['rbind', 'ro'] };
    const { steps } = planOf(specOf({}, [dev]));
    expect(names(steps)).not.toContain('device');
    expect(names(steps)).not.toContain('symlink');
    expect(acts(steps, 'bind')[0].set).toBe(0);
    expect(acts(steps, 'remount')).toHaveLength(1);
  });

  test('nodes are bound where mknod is refused', () => {
    const linux = withNamespaces({ type: 'user', path: '/proc/5/ns/user' });
    for (const plan of [
      planOf(specOf(linux)),
      planOf(specOf(), {}, { ...factsV1, inUserNamespace: true }),
    ]) {
      expect(names(plan.steps)).not.toContain('device');
      expect(acts(plan.steps, 'deviceBind').map(({ path }) => path)).toContain('/dev/null');
    }
  });

  test('config.json overrides a default, and never ptmx', () => {
    const { steps } = planOf(
      specOf({
        devices: [
          { path: '/dev//null', type: 'u', major: 5, minor: 6, fileMode: 0o20600, uid: 7 },
          { path: '/dev/ptmx', type: 'c', major: 5, minor: 2 },
        ],
      }),
    );
    const devices = acts(steps, 'device').filter(({ path }) => /null|ptmx/.test(path));
    const mode = { mode: 0o600, uid: 7, gid: 0 };
    expect(devices).toEqual([{ path: '/dev/null', kind: 'char', major: 5, minor: 6, ...mode }]);
  });
});

describe('sysctl and names', () => {
  const set = (sysctl: Record<string, string>, ...namespaces: LinuxNamespace[]) =>
    acts(planOf(specOf({ ...withNamespaces(...namespaces), sysctl })).steps, 'sysctl');

  test.each([
    ['net.ipv4.ip_forward', 'net.ipv4.ip_forward', { type: 'network' }],
    ['net/ipv4/ip_forward', 'net.ipv4.ip_forward', { type: 'network' }],
    ['net/ipv4/conf/eno2.100/rp_filter', 'net/ipv4/conf/eno2.100/rp_filter', { type: 'network' }],
    ['net.ipv4.x', 'net.ipv4.x', { type: 'network', path: '/run/netns/a' }],
    ['kernel.sem', 'kernel.sem', { type: 'ipc' }],
    ['fs.mqueue.queues_max', 'fs.mqueue.queues_max', { type: 'ipc' }],
    ['kernel.domainname', 'kernel.domainname', { type: 'uts' }],
  ] as [string, string, LinuxNamespace][])('%s is %s', (name, key, namespace) => {
    expect(set({ [name]: '1' }, namespace)).toEqual([{ key, value: '1' }]);
  });

  test.each([
    'net.ipv4.ip_forward',
    'kernel.sem',
    'fs.mqueue.queues_max',
    'kernel.domainname',
    'kernel.hostname',
    'kernel.core_pattern',
    'kernel/core_pattern',
    'vm.swappiness',
    'user.max_user_namespaces',
    'net',
    '',
  ])('%s of the host is refused', (name) => {
    expect(faultOf(() => set({ [name]: '1' })).code).toBe('ERR_RUNDLET_CONFIG_INVALID');
  });

  test.each([
    'net/../kernel/core_pattern',
    'net.ipv4.//.kernel',
    'net.ipv4/../../kernel.core_pattern',
    'net/./x',
    'net..x',
    'net.',
    'net/ipv4/',
  ])('%s is no name', (name) => {
    const fault = faultOf(() => set({ [name]: '1' }, { type: 'network' }, { type: 'ipc' }));
    expect(fault.message).toBe(`sysctl "${name}" is not a valid name`);
  });

  test.each([
    ['/run/netns/a', true],
    ['/proc/1/ns/net', false],
    ['/proc/self/ns/net', false],
  ])(
    'the network at %s is the host’s after all (found by the caller: %s) and refused',
    (path, found) => {
      const spec = specOf({
        ...withNamespaces({ type: 'network', path }),
        sysctl: { 'net.ipv4.ip_forward': '1' },
      });
      expect(faultOf(() => planOf(spec, found ? { joinsHostNetwork: true } : {})).message).toBe(
        'sysctl "net.ipv4.ip_forward" not allowed in host network namespace',
      );
    },
  );

  test.each(['hostname', 'domainname'] as const)('%s needs a UTS namespace', (key) => {
    const named = (linux: Linux): Spec => ({ ...specOf(linux), [key]: 'box' });
    expect(acts(planOf(named(withNamespaces({ type: 'uts' }))).steps, key)).toEqual([
      { name: 'box' },
    ]);
    expect(faultOf(() => planOf(named({}))).message).toBe(
      `unable to set ${key} without a private UTS namespace`,
    );
  });
});

describe('the flags of the caller', () => {
  test('go through', () => {
    const plan = planOf(specOf({}, [], { terminal: true }), {
      consoleSocket: '/c.sock',
      pidfdSocket: '/p.sock',
      preserveFds: 3,
      stdio: [-1, 5, 6],
      gate: { word: {} },
    });
    expect(plan).toMatchObject({
      id: 'box',
      consoleSocket: '/c.sock',
      pidfdSocket: '/p.sock',
      preserveFds: 3,
      stdio: [-1, 5, 6],
      gate: { word: {} },
    });
  });

  test('have runc’s defaults', () => {
    const plan = planOf(specOf());
    expect(plan).toMatchObject({ gate: { fifo: { dir: '/run/rundlet/box' } }, stdio: [0, 1, 2] });
    expect(plan).not.toHaveProperty('consoleSocket');
    expect(acts(plan.steps, 'keyring')).toEqual([{ name: '_ses.box' }]);
    expect(names(planOf(specOf(), { noNewKeyring: true }).steps)).not.toContain('keyring');
  });
});

describe('hooks and filters', () => {
  test('the state is JSON around the pid', () => {
    const hook = { path: '/h', args: ['h', '1'], timeout: 3 };
    const spec: Spec = {
      ...specOf({}, [], { env: ['A=1'] }),
      annotations: { 'a"b': 'c' },
      hooks: { createContainer: [hook], startContainer: [hook] },
    };
    const [create, start] = acts(planOf(spec).steps, 'hook');
    const state = { ociVersion: '1.3.0', id: 'box', pid: 5, bundle: '/bundle' };
    const annotations = { 'a"b': 'c' };
    expect(JSON.parse(create.state.join('5'))).toEqual({
      ...state,
      status: 'creating',
      annotations,
    });
    expect(JSON.parse(start.state.join('5'))).toEqual({ ...state, status: 'created', annotations });
    expect(create).toMatchObject({ kind: 'createContainer', index: 0, ...hook });
    expect(create).not.toHaveProperty('env');
    expect(start.env).toEqual(['A=1']);
  });

  test('a filter gets the default flag only where flags are absent', () => {
    const flags = (seccomp: Linux['seccomp']) =>
      planOf(specOf(seccomp ? { seccomp } : {})).seccomp.map(({ profile }) => profile.flags);
    const defaultAction = 'SCMP_ACT_ALLOW' as const;
    expect(flags({ defaultAction })).toEqual([['SECCOMP_FILTER_FLAG_SPEC_ALLOW']]);
    expect(flags({ defaultAction, flags: [] })).toEqual([[]]);
    expect(flags(undefined)).toEqual([]);
  });

  test('the agent of a filter gets a process state', () => {
    const seccomp = {
      defaultAction: 'SCMP_ACT_NOTIFY' as const,
      listenerPath: '/a.sock',
      listenerMetadata: 'x"y',
    };
    const { seccompListener } = planOf(specOf({ seccomp }), {}, factsV2);
    expect(seccompListener?.path).toBe('/a.sock');
    expect(JSON.parse(seccompListener?.state.join('9') ?? '')).toEqual({
      ociVersion: '1.3.0',
      fds: ['seccompFd'],
      pid: 9,
      metadata: 'x"y',
      state: { ociVersion: '1.3.0', id: 'box', status: 'creating', bundle: '/bundle' },
    });
  });
});
