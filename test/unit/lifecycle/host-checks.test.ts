import { describe, expect, test } from 'vitest';
import type { HostFacts } from '../../../src/host/generated/plan.ts';
import { checkHost, type HostTexts } from '../../../src/lifecycle/host-checks.ts';

const facts: HostFacts = {
  euid: 0,
  egid: 0,
  inUserNamespace: false,
  setgroupsDenied: false,
  cgroup: {
    version: 'v2',
    hierarchies: [
      { name: '', mount: '/sys/fs/cgroup', controllers: ['cpu', 'memory', 'pids'], own: '/' },
    ],
  },
  kernel: '6.1.0-13-amd64',
  lastCap: 40,
  apparmor: false,
  selinux: false,
  pageSize: 4096,
  namespaces: ['cgroup', 'ipc', 'mount', 'network', 'pid', 'time', 'user', 'uts'],
};
const texts: HostTexts = {
  '/proc/self/status': 'CapEff:\t000001ffffffffff\n',
  '/proc/filesystems': 'nodev\tproc\nnodev\toverlay\n',
  '/proc/sys/vm/memfd_noexec': '0\n',
  '/proc/sys/user/max_user_namespaces': '15000\n',
  '/proc/sys/kernel/seccomp/actions_avail': 'kill_process allow\n',
  '/proc/sys/net/ipv4/ip_forward': '1\n',
};
const programs = { netavark: '/usr/lib/podman/netavark', nft: '/usr/sbin/nft' };

const doubts = (
  ...[first = facts, second = texts, third = programs]: Partial<Parameters<typeof checkHost>>
) => checkHost(first, second, third).filter(({ verdict }) => verdict !== 'ok');

describe('checkHost', () => {
  test('a machine that can do everything', () => {
    expect(doubts()).toEqual([]);
  });

  test.for<[string, Partial<HostFacts>, HostTexts, 'warning' | 'error', RegExp]>([
    ['kernel', { kernel: '4.19.0' }, {}, 'error', /5\.2/],
    ['kernel', { kernel: '5.10.0-27' }, {}, 'warning', /id-mapped/],
    ['memfd', {}, { '/proc/sys/vm/memfd_noexec': '2\n' }, 'error', /sysctl vm\.memfd_noexec=1/],
    ['cgroups', { cgroup: { version: 'v1', hierarchies: [] } }, {}, 'error', /mount/],
    [
      'cgroups',
      {
        cgroup: {
          version: 'v2',
          hierarchies: [{ name: '', mount: '/c', controllers: ['pids'], own: '/' }],
        },
      },
      {},
      'warning',
      /"\+cpu \+memory"/,
    ],
    ['namespaces', { namespaces: ['mount', 'user'] }, {}, 'error', /pid, network, ipc, uts/],
    [
      'user namespaces',
      {},
      { '/proc/sys/user/max_user_namespaces': '0\n' },
      'warning',
      /sysctl user/,
    ],
    [
      'user namespaces',
      {},
      { '/proc/sys/kernel/unprivileged_userns_clone': '0\n' },
      'warning',
      /rootless/,
    ],
    [
      'seccomp',
      {},
      { '/proc/sys/kernel/seccomp/actions_avail': undefined },
      'error',
      /CONFIG_SECCOMP/,
    ],
    [
      'capabilities',
      {},
      { '/proc/self/status': 'CapEff:\t000001fffeffffff\n' },
      'warning',
      /limits/,
    ],
    ['overlay', {}, { '/proc/filesystems': 'nodev\tproc\n' }, 'warning', /modprobe/],
    ['bridge network', {}, { '/proc/sys/net/ipv4/ip_forward': '0\n' }, 'warning', /ip_forward=1/],
    ['id maps', { euid: 1000 }, {}, 'warning', /uidmap/],
  ])('%s', ([name, other, files, verdict, fix]) => {
    const found = doubts({ ...facts, ...other }, { ...texts, ...files });
    expect(found).toMatchObject([{ name, verdict, fix: expect.stringMatching(fix) }]);
  });
});
