import type { HierarchyFact, HostFacts } from '../../src/host/generated/plan.ts';

const v1Hierarchies: HierarchyFact[] = [
  ['systemd', ['name=systemd']],
  ['cpu,cpuacct', ['cpu', 'cpuacct']],
  ['cpuset', ['cpuset']],
  ['memory', ['memory']],
  ['blkio', ['blkio']],
  ['devices', ['devices']],
  ['freezer', ['freezer']],
  ['hugetlb', ['hugetlb']],
  ['net_cls,net_prio', ['net_cls', 'net_prio']],
  ['pids', ['pids']],
  ['rdma', ['rdma']],
].map(([name, controllers]) => ({
  name: name as string,
  mount: `/sys/fs/cgroup/${name as string}`,
  controllers: controllers as string[],
  own: '/user.slice/session-1.scope',
}));

/** A host with the hierarchies of cgroup v1. */
export const factsV1: HostFacts = {
  euid: 0,
  egid: 0,
  inUserNamespace: false,
  setgroupsDenied: false,
  cgroup: { version: 'v1', hierarchies: v1Hierarchies },
  kernel: '6.18.5',
  lastCap: 40,
  apparmor: false,
  selinux: false,
  pageSize: 4096,
  namespaces: ['cgroup', 'time'],
};

/** The same host with cgroup v2, AppArmor and SELinux. */
export const factsV2: HostFacts = {
  ...factsV1,
  apparmor: true,
  selinux: true,
  cgroup: {
    version: 'v2',
    hierarchies: [
      {
        name: '',
        mount: '/sys/fs/cgroup',
        controllers: ['cpuset', 'cpu', 'io', 'memory', 'hugetlb', 'pids', 'rdma'],
        own: '/user.slice/session-1.scope',
      },
    ],
  },
};

/** An ordinary user on the host with v2. */
export const factsRootless: HostFacts = {
  ...factsV2,
  apparmor: false,
  selinux: false,
  euid: 1000,
  egid: 1000,
};
