import { describe, expect, test } from 'vitest';
import { sysctlPath } from '../../../src/spec/rules/sysctl.ts';
import { faultsOf, type Loose } from './config-of.ts';

type Change = (spec: Loose) => void;
/** What is done to the default config, and the start of the one error; null when it is right. */
type Case = [name: string, change: Change, error: string | null];

const map = (containerID: number, hostID: number, size: number) => ({ containerID, hostID, size });
const addNamespace = (s: Loose, type: string, path?: string) =>
  s.linux.namespaces.push(path === undefined ? { type } : { type, path });
const dropNamespace = (s: Loose, gone: string) => {
  s.linux.namespaces = s.linux.namespaces.filter(({ type }: Loose) => type !== gone);
};
const userNamespace = (s: Loose) => {
  addNamespace(s, 'user');
  s.linux.uidMappings = [map(0, 1000, 10)];
  s.linux.gidMappings = [map(0, 1000, 10)];
};
const bind =
  (more: object): Change =>
  (s) =>
    s.mounts.push({ destination: '/d', type: 'none', source: '/s', options: ['rbind'], ...more });
const seccomp =
  (profile: object): Change =>
  (s) =>
    (s.linux.seccomp = { defaultAction: 'SCMP_ACT_ERRNO', ...profile });
const resources =
  (value: object): Change =>
  (s) =>
    Object.assign(s.linux.resources, value);
const device =
  (value: object): Change =>
  (s) =>
    (s.linux.devices = [{ path: '/dev/x', type: 'c', major: 1, minor: 3, ...value }]);
const capability =
  (name: string): Change =>
  (s) =>
    s.process.capabilities.bounding.push(name);

function check(subject: string, cases: Case[]): void {
  describe(subject, () => {
    test.each(cases)('%s', (_name, change, error) => {
      const faults = faultsOf(change);
      if (error === null) expect(faults).toEqual([]);
      else expect(faults.map((fault) => fault.slice(0, error.length))).toEqual([error]);
    });
  });
}

check('ociVersion', [
  ['1.0.2-dev', (s) => (s.ociVersion = '1.0.2-dev'), null],
  ['1.1.0+dev', (s) => (s.ociVersion = '1.1.0+dev'), null],
  ['a later 1.x', (s) => (s.ociVersion = '1.99.0'), null],
  ['a draft of 1.0', (s) => (s.ociVersion = '0.5.0-dev'), null],
  ['9.0.0', (s) => (s.ociVersion = '9.0.0'), '/ociVersion: version 9.0.0 of the runtime-spec'],
  ['two numbers', (s) => (s.ociVersion = '1.0'), '/ociVersion: "1.0" is not a version'],
  ['with v', (s) => (s.ociVersion = 'v1.0.0'), '/ociVersion: "v1.0.0" is not a version'],
  ['empty', (s) => (s.ociVersion = ''), '/ociVersion: "" is not a version'],
]);

check('root', [
  ['absolute', (s) => (s.root.path = '/srv/rootfs'), null],
  ['missing', (s) => delete s.root, '/root: root must be specified'],
  ['empty path', (s) => (s.root.path = ''), '/root/path: the path must not be empty'],
]);

check('process', [
  ['no args', (s) => (s.process.args = []), '/process/args: args must not be empty'],
  ['args absent', (s) => delete s.process.args, '/process/args: args must not be empty'],
  ['relative cwd', (s) => (s.process.cwd = 'tmp'), '/process/cwd: Cwd must be an absolute path'],
  ['empty cwd', (s) => (s.process.cwd = ''), '/process/cwd: Cwd property must not be empty'],
  ['empty value', (s) => s.process.env.push('A='), null],
  [
    'no value',
    (s) => s.process.env.push('A'),
    '/process/env/2: invalid environment variable: missing',
  ],
  [
    'no name',
    (s) => s.process.env.push('=A'),
    '/process/env/2: invalid environment variable: name',
  ],
  ['largest uid', (s) => (s.process.user.uid = 4294967294), null],
  ['uid -1', (s) => (s.process.user.uid = 4294967295), '/process/user/uid: 4294967295 is not'],
  ['gid -1', (s) => (s.process.user.gid = 4294967295), '/process/user/gid: 4294967295 is not'],
  [
    'group -1',
    (s) => (s.process.user.additionalGids = [5, 4294967295]),
    '/process/user/additionalGids/1: 4294967295 is not',
  ],
  ['umask', (s) => (s.process.user.umask = 0o1777), '/process/user/umask: 1023 is more than 511'],
  [
    'console too high',
    (s) => (s.process.consoleSize = { height: 65536, width: 80 }),
    '/process/consoleSize/height: 65536 is more than 65535',
  ],
  [
    'console size without a terminal',
    (s) => Object.assign(s.process, { terminal: false, consoleSize: { height: 65536, width: 1 } }),
    null,
  ],
  ['oom score', (s) => (s.process.oomScoreAdj = 1001), '/process/oomScoreAdj: 1001 is not from'],
]);

check('capabilities', [
  ['newest', capability('CAP_CHECKPOINT_RESTORE'), null],
  ['one of a newer kernel is a warning', capability('CAP_NET_ADMN'), null],
]);

test('an unknown capability is told of, with the name that may be meant', () => {
  const [warning] = faultsOf(capability('CAP_NET_ADMN'), 'warning');
  expect(warning).toBe(
    '/process/capabilities/bounding/3: unknown capability "CAP_NET_ADMN", did you mean "CAP_NET_ADMIN"?',
  );
});

const rlimit =
  (value: object): Change =>
  (s) =>
    s.process.rlimits.push({ type: 'RLIMIT_CORE', soft: 0, hard: 0, ...value });
check('rlimits', [
  ['infinity', rlimit({ hard: 18446744073709551615n }), null],
  [
    'twice',
    rlimit({ type: 'RLIMIT_NOFILE' }),
    '/process/rlimits/1/type: a second entry for RLIMIT_NOFILE',
  ],
  [
    'unknown',
    rlimit({ type: 'RLIMIT_NOFILES' }),
    '/process/rlimits/1/type: unknown rlimit "RLIMIT_NOFILES", did you mean "RLIMIT_NOFILE"?',
  ],
  [
    'soft above hard',
    rlimit({ soft: 18446744073709551615n, hard: 1024 }),
    '/process/rlimits/1/soft: 18446744073709551615 is more than the hard limit 1024',
  ],
]);

const scheduler =
  (value: object): Change =>
  (s) =>
    (s.process.scheduler = value);
const sched = '/process/scheduler';
check('scheduler and affinity', [
  ['batch', scheduler({ policy: 'SCHED_BATCH', nice: 19 }), null],
  ['fifo', scheduler({ policy: 'SCHED_FIFO', priority: 10 }), null],
  ['deadline', scheduler({ policy: 'SCHED_DEADLINE', runtime: 1, deadline: 2, period: 3 }), null],
  ['nice', scheduler({ policy: 'SCHED_OTHER', nice: 20 }), `${sched}/nice: 20 is not from`],
  ['fifo 0', scheduler({ policy: 'SCHED_FIFO' }), `${sched}/priority: SCHED_FIFO needs`],
  ['other 5', scheduler({ policy: 'SCHED_OTHER', priority: 5 }), `${sched}/priority: only`],
  ['runtime', scheduler({ policy: 'SCHED_RR', priority: 1, runtime: 1 }), `${sched}/runtime: only`],
  ['cpu list', (s) => (s.process.execCPUAffinity = { initial: '0-3,7', final: '' }), null],
  [
    'no cpu list',
    (s) => (s.process.execCPUAffinity = { initial: '0-3,x' }),
    '/process/execCPUAffinity/initial: "0-3,x" is not a list of numbers',
  ],
]);

check('namespaces', [
  [
    'twice',
    (s) => addNamespace(s, 'pid'),
    '/linux/namespaces/6: malformed spec file: duplicated ns "pid"',
  ],
  ['absolute path', (s) => (s.linux.namespaces[1].path = '/run/netns/x'), null],
  ['empty path', (s) => (s.linux.namespaces[1].path = ''), null],
  [
    'relative path',
    (s) => (s.linux.namespaces[1].path = 'ns'),
    '/linux/namespaces/1/path: the path must be absolute, not "ns"',
  ],
  ['mapped user', userNamespace, null],
  ['joined user', (s) => addNamespace(s, 'user', '/proc/5/ns/user'), null],
  [
    'user without maps',
    (s) => addNamespace(s, 'user'),
    '/linux/namespaces/6: user namespaces enabled, but no namespace path to join nor mappings',
  ],
  [
    'user with one map',
    (s) => {
      userNamespace(s);
      delete s.linux.gidMappings;
    },
    '/linux/namespaces/6: a user namespace needs linux.gidMappings, too',
  ],
  [
    'maps without user',
    (s) => (s.linux.uidMappings = [map(0, 0, 1)]),
    "/linux/uidMappings: user namespace mappings specified, but user namespace isn't enabled",
  ],
]);

const uids =
  (...mappings: object[]): Change =>
  (s) => {
    userNamespace(s);
    s.linux.uidMappings = mappings;
  };
check('id mappings', [
  ['side by side', uids(map(0, 100, 10), map(10, 200, 10)), null],
  ['all ids', uids(map(0, 0, 4294967295)), null],
  ['empty', uids(map(0, 100, 0)), '/linux/uidMappings/0/size: the size must be at least 1'],
  ['too far', uids(map(1, 0, 4294967295)), '/linux/uidMappings/0/size: containerID 1 + 4294967295'],
  [
    'overlap inside',
    uids(map(0, 100, 10), map(9, 200, 10)),
    '/linux/uidMappings/1: overlaps /linux/uidMappings/0 in its containerIDs',
  ],
  [
    'overlap outside',
    uids(map(0, 100, 10), map(10, 109, 10)),
    '/linux/uidMappings/1: overlaps /linux/uidMappings/0 in its hostIDs',
  ],
  [
    'too many',
    uids(...Array.from({ length: 341 }, (_, i) => map(i, i, 1))),
    '/linux/uidMappings: 341 mappings, the kernel takes 340',
  ],
]);

test('the maps of a joined user namespace are doubtful, as containerd sends them', () => {
  const change: Change = (s) => {
    userNamespace(s);
    s.linux.namespaces.at(-1).path = '/proc/5/ns/user';
  };
  expect(faultsOf(change)).toEqual([]);
  expect(faultsOf(change, 'warning')).toEqual([
    '/linux/namespaces/6: the mappings of a joined user namespace are its own',
  ]);
});

const offsets =
  (value: object): Change =>
  (s) => {
    addNamespace(s, 'time');
    s.linux.timeOffsets = value;
  };
check('time offsets', [
  ['both clocks', offsets({ monotonic: { secs: -5 }, boottime: { nanosecs: 999999999 } }), null],
  [
    'without a namespace',
    (s) => (s.linux.timeOffsets = { boottime: { secs: 1 } }),
    "/linux/timeOffsets: time namespace offsets specified, but time namespace isn't enabled",
  ],
  [
    'joined',
    (s) => {
      addNamespace(s, 'time', '/proc/5/ns/time');
      s.linux.timeOffsets = { boottime: { secs: 1 } };
    },
    '/linux/timeOffsets: a time namespace that is joined',
  ],
  ['other clock', offsets({ realtime: {} }), '/linux/timeOffsets/realtime: unknown clock'],
  ['a second', offsets({ boottime: { nanosecs: 1e9 } }), '/linux/timeOffsets/boottime/nanosecs: 1'],
]);

check('host and domain name', [
  ['domain', (s) => (s.domainname = 'example.org'), null],
  [
    'none',
    (s) => {
      dropNamespace(s, 'uts');
      delete s.hostname;
    },
    null,
  ],
  ['host without uts', (s) => dropNamespace(s, 'uts'), '/hostname: unable to set hostname without'],
  [
    'domain without uts',
    (s) => {
      dropNamespace(s, 'uts');
      delete s.hostname;
      s.domainname = 'x';
    },
    '/domainname: unable to set domainname without a private UTS namespace',
  ],
  ['65 characters', (s) => (s.hostname = 'x'.repeat(65)), '/hostname: 65 characters'],
]);

const idmap = { options: ['rbind', 'idmap'] };
const maps = { uidMappings: [map(0, 5, 1)], gidMappings: [map(0, 5, 1)] };
check('mounts', [
  ['bind', bind({}), null],
  ['relative source', bind({ source: 'data' }), null],
  ['relative destination', bind({ destination: 'd' }), null],
  [
    'empty destination',
    bind({ destination: '' }),
    '/mounts/7/destination: the destination must not',
  ],
  ['no source', bind({ source: undefined }), '/mounts/7/source: a bind mount needs a source'],
  ['own maps', bind({ ...idmap, ...maps }), null],
  [
    'one map',
    bind({ ...idmap, uidMappings: maps.uidMappings }),
    '/mounts/7: id-mapped mounts must have both',
  ],
  ['no maps', bind(idmap), '/mounts/7/options/1: idmap needs uidMappings and gidMappings'],
  [
    'maps of the container',
    (s) => {
      userNamespace(s);
      bind(idmap)(s);
    },
    null,
  ],
  [
    'empty run',
    bind({ ...idmap, ...maps, gidMappings: [map(0, 0, 0)] }),
    '/mounts/7/gidMappings/0/size: the size must be at least 1',
  ],
]);

check('masked and read-only paths', [
  ['relative', (s) => (s.linux.maskedPaths = ['proc/x']), '/linux/maskedPaths/0: the path must be'],
  [
    'no mount namespace',
    (s) => {
      dropNamespace(s, 'mount');
      s.linux.maskedPaths = [];
    },
    '/linux/readonlyPaths: unable to restrict sys entries without a private MNT namespace',
  ],
]);

const sysctl =
  (key: string, ...without: string[]): Change =>
  (s) => {
    s.linux.sysctl = { [key]: '1' };
    delete s.hostname;
    for (const type of without) dropNamespace(s, type);
  };
check('sysctl', [
  ['net', sysctl('net.ipv4.ip_forward'), null],
  ['with slashes', sysctl('net/ipv4/conf/eno2.100/rp_filter'), null],
  ['ipc', sysctl('kernel.shm_rmid_forced'), null],
  ['mqueue', sysctl('fs.mqueue.msg_max'), null],
  ['domain', sysctl('kernel.domainname'), null],
  [
    'user',
    (s) => {
      sysctl('user.max_user_namespaces')(s);
      userNamespace(s);
    },
    null,
  ],
  [
    'net of the host',
    sysctl('net.ipv4.ip_forward', 'network'),
    '/linux/sysctl/net.ipv4.ip_forward: sysctl "net.ipv4.ip_forward" not allowed in host network namespace',
  ],
  [
    'ipc of the host',
    sysctl('kernel.sem', 'ipc'),
    '/linux/sysctl/kernel.sem: sysctl "kernel.sem" is not allowed in the hosts ipc namespace',
  ],
  [
    'two domains',
    (s) => {
      sysctl('kernel.domainname')(s);
      s.domainname = 'other';
    },
    '/linux/sysctl/kernel.domainname: sysctl "kernel.domainname" conflicts with the OCI "domainname"',
  ],
  [
    'the same domain twice',
    (s) => {
      sysctl('kernel.domainname')(s);
      s.domainname = '1';
    },
    null,
  ],
  [
    'domain of the host',
    sysctl('kernel.domainname', 'uts'),
    '/linux/sysctl/kernel.domainname: sysctl "kernel.domainname" is not in a separate',
  ],
  [
    'hostname',
    sysctl('kernel.hostname'),
    '/linux/sysctl/kernel.hostname: sysctl "kernel.hostname" is not allowed as it conflicts',
  ],
  [
    'user of the host',
    sysctl('user.max_user_namespaces'),
    '/linux/sysctl/user.max_user_namespaces: setting ucounts',
  ],
  [
    'not namespaced',
    sysctl('vm.swappiness'),
    '/linux/sysctl/vm.swappiness: sysctl "vm.swappiness" is not in a separate',
  ],
  [
    'way out with slashes',
    sysctl('net/../kernel/core_pattern'),
    '/linux/sysctl/net~1..~1kernel~1core_pattern: "net/../kernel/core_pattern" is not the name',
  ],
  [
    'way out with dots',
    sysctl('net.//.kernel.core_pattern'),
    '/linux/sysctl/net.~1~1.kernel.core_pattern: "net.//.kernel.core_pattern" is not the name',
  ],
  [
    'absolute',
    sysctl('/net/ipv4/ip_forward'),
    '/linux/sysctl/~1net~1ipv4~1ip_forward: "/net/ipv4/ip_forward" is not the name',
  ],
  ['double dot', sysctl('net..ipv4'), '/linux/sysctl/net..ipv4: "net..ipv4" is not the name'],
]);

test.each([
  ['net.ipv4.conf.eno2/100.rp_filter', ['net', 'ipv4', 'conf', 'eno2.100', 'rp_filter']],
  ['net/ipv4/conf/eno2.100/rp_filter', ['net', 'ipv4', 'conf', 'eno2.100', 'rp_filter']],
  ['kernel.sem', ['kernel', 'sem']],
])('sysctlPath of %s', (key, path) => {
  expect(sysctlPath(key)).toEqual(path);
});

check('devices', [
  ['char', device({}), null],
  ['fifo without numbers', device({ type: 'p', major: undefined, minor: undefined }), null],
  ['relative', device({ path: 'dev/x' }), '/linux/devices/0/path: the path must be absolute'],
  ['no minor', device({ minor: undefined }), '/linux/devices/0: a device of type c needs a minor'],
  ['negative', device({ major: -1 }), '/linux/devices/0/major: -1 is not from 0 to 4095'],
  [
    'too large',
    device({ minor: 1048576 }),
    '/linux/devices/0/minor: 1048576 is not from 0 to 1048575',
  ],
]);

const rule = (value: object) => resources({ devices: [{ allow: true, access: 'r', ...value }] });
const at = '/linux/resources';
check('resources', [
  ['device rule for all', rule({ type: 'c', major: -1, minor: -1, access: 'rmw' }), null],
  [
    'no access',
    rule({ access: undefined }),
    `${at}/devices/0: device access at 0 field cannot be empty`,
  ],
  ['major -2', rule({ major: -2 }), `${at}/devices/0/major: -2 is neither`],
  ['swap alike', resources({ memory: { limit: 5, swap: 5 } }), null],
  ['swap unlimited', resources({ memory: { limit: 5, swap: -1 } }), null],
  ['swap below', resources({ memory: { limit: 5, swap: 4 } }), `${at}/memory/swap: 4 is less than`],
  ['burst', resources({ cpu: { quota: 5, burst: 5 } }), null],
  ['burst alone', resources({ cpu: { quota: -1, burst: 6 } }), null],
  ['burst above', resources({ cpu: { quota: 5, burst: 6 } }), `${at}/cpu/burst: 6 is more than`],
  ['idle', resources({ cpu: { idle: 2 } }), `${at}/cpu/idle: 2 is neither 0 nor 1`],
  ['cpus', resources({ cpu: { cpus: '0-1,3, 5', mems: '0-30:2/4' } }), null],
  ['mems', resources({ cpu: { mems: 'all' } }), `${at}/cpu/mems: "all" is not a list`],
  ['weight 0, as Docker writes it', resources({ blockIO: { weight: 0 } }), null],
  [
    'weightless device',
    resources({ blockIO: { weightDevice: [{ major: 8, minor: 0 }] } }),
    `${at}/blockIO/weightDevice/0: needs weight or leafWeight`,
  ],
  ['rdma', resources({ rdma: { mlx5_1: { hcaObjects: 1 } } }), null],
  ['empty rdma', resources({ rdma: { mlx5_1: {} } }), `${at}/rdma/mlx5_1: needs hcaHandles`],
  ['unified', resources({ unified: { 'memory.high': 'max', 'hugetlb.1GB.max': '0' } }), null],
  [
    'unified path',
    resources({ unified: { '../cgroup.procs': '1' } }),
    `${at}/unified/..~1cgroup.procs: "../cgroup.procs" is not the name of a file`,
  ],
]);

const cgroup =
  (path: string): Change =>
  (s) =>
    (s.linux.cgroupsPath = path);
check('cgroupsPath', [
  ['absolute', cgroup('/docker/abc'), null],
  ['relative', cgroup('a/b'), null],
  ['up and down', cgroup('/../a'), null],
  ['systemd', cgroup('system.slice:docker:abc'), null],
  ['empty', cgroup(''), null],
  ['root', cgroup('/'), '/linux/cgroupsPath: "/" is the root of the cgroup hierarchy'],
  ['root by dots', cgroup('a/../..'), '/linux/cgroupsPath: "a/../.." is the root'],
]);

const notify = { names: ['mkdir'], action: 'SCMP_ACT_NOTIFY' };
const sc = '/linux/seccomp';
check('seccomp', [
  ['errno', seccomp({ defaultErrnoRet: 38 }), null],
  [
    'trace',
    seccomp({ syscalls: [{ names: ['x'], action: 'SCMP_ACT_TRACE', errnoRet: 65535 }] }),
    null,
  ],
  ['notify', seccomp({ listenerPath: '/s', listenerMetadata: 'm', syscalls: [notify] }), null],
  ['listener unused', seccomp({ listenerPath: '/s' }), null],
  [
    'errno too large',
    seccomp({ defaultErrnoRet: 4096 }),
    `${sc}/defaultErrnoRet: 4096 is more than 4095`,
  ],
  [
    'errno of allow',
    seccomp({ syscalls: [{ names: ['x'], action: 'SCMP_ACT_ALLOW', errnoRet: 1 }] }),
    `${sc}/syscalls/0/errnoRet: SCMP_ACT_ALLOW does not return an errno`,
  ],
  [
    'default errno of log',
    seccomp({ defaultAction: 'SCMP_ACT_LOG', defaultErrnoRet: 1 }),
    `${sc}/defaultErrnoRet: SCMP_ACT_LOG does not return an errno`,
  ],
  ['metadata alone', seccomp({ listenerMetadata: 'm' }), `${sc}/listenerMetadata: must not be set`],
  [
    'nobody listens',
    seccomp({ syscalls: [notify] }),
    `${sc}/syscalls/0/action: SCMP_ACT_NOTIFY needs`,
  ],
  [
    'notify by default',
    seccomp({ defaultAction: 'SCMP_ACT_NOTIFY', listenerPath: '/s' }),
    `${sc}/defaultAction: SCMP_ACT_NOTIFY cannot be used as default action`,
  ],
  [
    'notify on write',
    seccomp({ listenerPath: '/s', syscalls: [{ ...notify, names: ['read', 'write'] }] }),
    `${sc}/syscalls/0/names/1: SCMP_ACT_NOTIFY cannot be used for the write syscall`,
  ],
]);

const hook =
  (value: object): Change =>
  (s) =>
    (s.hooks = { createRuntime: [{ path: '/bin/true', ...value }] });
check('hooks', [
  ['timeout', hook({ timeout: 5 }), null],
  ['relative', hook({ path: 'true' }), '/hooks/createRuntime/0/path: the path must be absolute'],
  ['no time', hook({ timeout: 0 }), '/hooks/createRuntime/0/timeout: 0 is not above zero'],
]);

const nics =
  (value: object): Change =>
  (s) =>
    (s.linux.netDevices = value);
check('network devices', [
  ['renamed', nics({ eth0: { name: 'c0' }, eth1: {} }), null],
  ['one template for two', nics({ eth0: { name: 'eth%d' }, eth1: { name: 'eth%d' } }), null],
  [
    'name of the host',
    nics({ 'a/b': {} }),
    '/linux/netDevices/a~1b: invalid network device name "a/b"',
  ],
  [
    'name inside',
    nics({ eth0: { name: '..' } }),
    '/linux/netDevices/eth0/name: invalid network device',
  ],
  [
    '16 characters',
    nics({ eth0: { name: 'x'.repeat(16) } }),
    '/linux/netDevices/eth0/name: invalid',
  ],
  [
    'one name for two',
    nics({ eth0: { name: 'eth1' }, eth1: {} }),
    '/linux/netDevices/eth1: a second device',
  ],
  [
    'no namespace',
    (s) => {
      nics({ eth0: {} })(s);
      dropNamespace(s, 'network');
    },
    '/linux/netDevices: unable to move network devices without a NET namespace',
  ],
]);

const policy =
  (value: object): Change =>
  (s) =>
    (s.linux.memoryPolicy = value);
check('memory policy', [
  ['bind', policy({ mode: 'MPOL_BIND', nodes: '0-1', flags: ['MPOL_F_STATIC_NODES'] }), null],
  ['preferred', policy({ mode: 'MPOL_PREFERRED' }), null],
  [
    'no nodes',
    policy({ mode: 'MPOL_INTERLEAVE' }),
    '/linux/memoryPolicy: MPOL_INTERLEAVE requires at least',
  ],
  [
    'nodes',
    policy({ mode: 'MPOL_LOCAL', nodes: '0' }),
    '/linux/memoryPolicy/nodes: MPOL_LOCAL mode requires 0 nodes but got 1',
  ],
  [
    'list',
    policy({ mode: 'MPOL_BIND', nodes: '0;1' }),
    '/linux/memoryPolicy/nodes: invalid memory policy nodes "0;1": "0;1" is not a list',
  ],
  [
    'unknown mode',
    policy({ mode: 'MPOL_BINDS' }),
    '/linux/memoryPolicy/mode: invalid memory policy mode "MPOL_BINDS", did you mean "MPOL_BIND"?',
  ],
  ['no mode', policy({ nodes: '0' }), '/linux/memoryPolicy/mode: invalid memory policy mode ""'],
  [
    'unknown flag',
    policy({ mode: 'MPOL_PREFERRED', flags: ['badflag'] }),
    '/linux/memoryPolicy/flags/0: invalid memory policy flag "badflag"',
  ],
  [
    'far too many nodes',
    policy({ mode: 'MPOL_BIND', nodes: '0-9876543210' }),
    '/linux/memoryPolicy/nodes: invalid memory policy nodes "0-9876543210": 9876543210 is more',
  ],
]);

const rdt =
  (value: object): Change =>
  (s) =>
    (s.linux.intelRdt = value);
check('intelRdt', [
  ['root group', rdt({ closID: '/' }), null],
  [
    'all',
    rdt({
      closID: 'g',
      l3CacheSchema: 'L3:0=f',
      memBwSchema: 'MB:0=20',
      schemata: ['L2:0=f'],
      enableMonitoring: true,
    }),
    null,
  ],
  ['path', rdt({ closID: 'a/b' }), '/linux/intelRdt/closID: invalid intelRdt.ClosID "a/b"'],
  ['dots', rdt({ closID: '..' }), '/linux/intelRdt/closID: invalid intelRdt.ClosID ".."'],
  ['no MB', rdt({ memBwSchema: 'L3:0=f' }), '/linux/intelRdt/memBwSchema: must start with "MB:"'],
  [
    'two lines',
    rdt({ memBwSchema: 'MB:0=2\nL3:0=f' }),
    '/linux/intelRdt/memBwSchema: must be one line',
  ],
  [
    'two lines in one',
    rdt({ schemata: ['a', 'b\nc'] }),
    '/linux/intelRdt/schemata/1: must be one line',
  ],
]);

check('annotations', [
  ['empty value', (s) => (s.annotations = { 'a.b': '' }), null],
  ['empty key', (s) => (s.annotations = { '': 'x' }), '/annotations/: the key of an annotation'],
]);

test('personality flags are ignored, and it is said', () => {
  const change: Change = (s) => (s.linux.personality = { domain: 'LINUX32', flags: ['X'] });
  expect(faultsOf(change)).toEqual([]);
  expect(faultsOf(change, 'warning')[0]).toMatch(/^\/linux\/personality\/flags: no personality/);
});

test('configs for other platforms are not held to the rules of Linux', () => {
  const change: Change = (s) => {
    delete s.linux;
    delete s.process.capabilities;
    s.freebsd = { jail: { host: 'new' } };
  };
  expect(faultsOf(change)).toEqual([]);
});

test('all faults are found, not only the first', () => {
  const change: Change = (s) => {
    s.ociVersion = '9.0.0';
    s.process.args = [];
    s.linux.cgroupsPath = '/';
  };
  expect(faultsOf(change)).toHaveLength(3);
});
