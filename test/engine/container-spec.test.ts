// The OCI config that the engine writes, against those that a real dockerd 20.10 wrote (when they are at hand).
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { emptyHostConfig } from '../../src/engine/containers/host-config.ts';
import {
  type ContainerConfig,
  emptyConfig,
  emptyContainer,
  type HostConfig,
  type MountPoint,
} from '../../src/engine/containers/record.ts';
import { dockerJson } from '../../src/engine/docker-json.ts';
import { enginePaths } from '../../src/engine/engine-paths.ts';
import {
  containerSpec,
  type JoinedNamespaces,
  type SpecFacts,
  type SpecInput,
} from '../../src/engine/spec/container-spec.ts';
import { containerMounts } from '../../src/engine/spec/mount-list.ts';
import { capabilityNames } from '../../src/spec/capability-names.ts';
import { repository } from '../support/tools.ts';

const fixtures = join(repository, '../shared/fixtures/docker-configs');
const places = [fixtures, '/work/shared/fixtures/docker-configs'];
const directory = places.find((place) => existsSync(place));
if (directory === undefined) {
  console.log(`container-spec: real configs are compared only where ${fixtures} is`);
}

const id = 'c'.repeat(64);
const facts: SpecFacts = {
  kernel: '6.18.5',
  arch: 'amd64',
  capabilities: capabilityNames().slice(0, 38),
  apparmor: false,
  selinux: false,
  user: { uid: 0, gid: 0, additionalGids: [0] },
  devices: { all: [], mapped: {} },
  blockDevices: {},
};

interface Case {
  config?: Partial<ContainerConfig>;
  host?: Partial<HostConfig>;
  facts?: Partial<SpecFacts>;
  path?: string;
  args?: string[];
  points?: MountPoint[];
  joined?: JoinedNamespaces;
  shm?: string;
  init?: string;
}

function input(wish: Case, hostname = id.slice(0, 12), own = id): SpecInput {
  const container = {
    id: own,
    config: {
      ...emptyContainer(own),
      Path: wish.path ?? 'true',
      Args: wish.args ?? [],
      Config: {
        ...emptyConfig(),
        Hostname: hostname,
        Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'LANG=C.UTF-8'],
        ...wish.config,
      },
      MountPoints: Object.fromEntries(
        (wish.points ?? []).map((point) => [point.Destination, point]),
      ),
    },
    hostConfig: { ...emptyHostConfig(), ...wish.host },
  };
  const paths = enginePaths('/var/lib/docker', '/var/run/docker');
  return {
    container,
    rootfs: '/var/lib/docker/overlay2/MID/merged',
    mounts: containerMounts(container, paths, wish.shm),
    joined: wish.joined ?? {},
    facts: { ...facts, ...wish.facts },
    ...(wish.init && { init: wish.init }),
  };
}

const point = (given: Partial<MountPoint>): MountPoint => ({
  Source: '',
  Destination: '',
  RW: true,
  Name: '',
  Driver: '',
  Type: 'bind',
  SkipMountpointCreation: false,
  ...given,
});

/** Names of a group have no order; what a container's own ids are does not matter. */
function comparable(config: Record<string, unknown>): string {
  const copy = JSON.parse(dockerJson(config));
  delete copy.hooks;
  for (const rule of copy.linux.seccomp?.syscalls ?? []) rule.names.sort();
  const text = JSON.stringify(copy, undefined, 1);
  return text
    .replaceAll(/\/docker\/[0-9a-f]{64}"/g, '/docker/ID"')
    .replaceAll(/\/(containers)\/[0-9a-f]{64}\//g, '/$1/ID/')
    .replaceAll(/overlay2\/\w+\/merged/g, 'overlay2/MID/merged');
}

const sh = (line: string) => ({ path: 'sh', args: ['-c', line] });
const hostNetwork = { NetworkMode: 'host' };

const cases: Record<string, Case> = {
  'docker-default-config': { path: '/bin/sh', config: { Tty: true } },
  'docker-default-config-notty': {},
  'docker-config-capdropall': {
    ...sh('grep Cap /proc/self/status'),
    host: { CapDrop: ['ALL'] },
    facts: { user: { uid: 65534, gid: 0, additionalGids: [0] } },
  },
  'docker-config-hostns': {
    ...sh('echo ok; hostname'),
    host: {
      ...hostNetwork,
      PidMode: 'host',
      IpcMode: 'host',
      UTSMode: 'host',
      SecurityOpt: ['seccomp=unconfined'],
    },
    config: { Hostname: 'vm' },
    joined: { network: '/var/run/docker/netns/default' },
    shm: '/dev/shm',
  },
  'docker-config-init': { path: 'ps', host: { Init: true }, init: '/usr/bin/docker-init' },
  'docker-config-joinipc': {
    host: { IpcMode: `container:${id}` },
    joined: { ipc: '/proc/4126/ns/ipc' },
    shm: `/var/lib/docker/containers/${id}/mounts/shm`,
  },
  'docker-config-joinns': {
    path: 'ps',
    host: { NetworkMode: `container:${id}`, PidMode: `container:${id}` },
    joined: { network: '/proc/3997/ns/net', pid: '/proc/3997/ns/pid' },
  },
  'docker-config-none-cgroupns': {
    path: 'cat',
    args: ['/proc/self/cgroup'],
    host: {
      NetworkMode: 'none',
      CgroupnsMode: 'private',
      SecurityOpt: ['seccomp=unconfined'],
    },
  },
  'docker-config-oomdis': {
    host: { Memory: 33554432, MemorySwap: 67108864, OomKillDisable: true },
  },
  'docker-config-seccomp-custom': {
    path: 'mkdir',
    args: ['/tmp/x'],
    host: {
      SecurityOpt: [
        'seccomp={"defaultAction":"SCMP_ACT_ALLOW","architectures":["SCMP_ARCH_X86_64"],"syscalls":[{"names":["mkdir","mkdirat"],"action":"SCMP_ACT_ERRNO","errnoRet":5}]}',
      ],
    },
  },
  'docker-config-ulimit-high': {
    ...sh('ulimit -n'),
    host: { Ulimits: [{ Name: 'nofile', Hard: 1048576, Soft: 1048576 }] },
  },
  'docker-config-many': {
    ...sh('id; grep -E "Cap|NoNew" /proc/self/status; ulimit -n; cat /proc/sys/kernel/msgmax'),
    config: {
      Hostname: 'myhost',
      Domainname: 'ex.org',
      WorkingDir: '/tmp',
      Env: ['FOO=bar', 'LANG=C.UTF-8'],
    },
    facts: {
      user: { uid: 1000, gid: 1000, additionalGids: [1000, 2000] },
      devices: {
        all: [],
        mapped: {
          '/dev/fuse': [
            { path: '/dev/fuse', kind: 'c', major: 10, minor: 229, mode: 0o600, uid: 0, gid: 0 },
          ],
        },
      },
      blockDevices: {
        '/dev/vda': { path: '/dev/vda', kind: 'b', major: 254, minor: 0, mode: 0, uid: 0, gid: 0 },
      },
    },
    host: {
      CapAdd: ['NET_ADMIN'],
      CapDrop: ['mknod'],
      Init: true,
      SecurityOpt: ['no-new-privileges'],
      OomScoreAdj: 500,
      ReadonlyRootfs: true,
      ShmSize: 33554432,
      Ulimits: [
        { Name: 'core', Hard: 0, Soft: 0 },
        { Name: 'nofile', Hard: 2048, Soft: 1024 },
      ],
      Devices: [
        { PathOnHost: '/dev/fuse', PathInContainer: '/dev/fuse', CgroupPermissions: 'rwm' },
      ],
      DeviceCgroupRules: ['c 42:* rmw'],
      Memory: 134217728,
      MemoryReservation: 67108864,
      MemorySwap: 268435456,
      MemorySwappiness: 10,
      CpuShares: 512,
      NanoCpus: 1500000000,
      CpusetCpus: '0-1',
      PidsLimit: 100,
      BlkioDeviceReadBps: [{ Path: '/dev/vda', Rate: 1048576 }],
      Sysctls: { 'net.ipv4.ip_forward': '1', 'kernel.msgmax': '65536' },
      Tmpfs: { '/scratch': 'rw,noexec,size=16m,mode=1777' },
    },
    init: '/usr/bin/docker-init',
    points: [
      point({ Destination: '/data', Source: '/srv/data', RW: false, Propagation: 'rslave' }),
      point({ Destination: '/b2', Source: '/srv/data', Propagation: 'rprivate' }),
      point({ Destination: '/vol', Type: 'volume', Name: 'named', Driver: 'local' }),
      point({
        Destination: '/t2',
        Type: 'tmpfs',
        Spec: { TmpfsOptions: { SizeBytes: 1048576 } },
      }),
    ],
  },
};

describe.runIf(directory)('as a real dockerd', () => {
  const read = (name: string) => JSON.parse(readFileSync(join(directory ?? '', name), 'utf8'));

  test.each(Object.keys(cases))('%s', (name) => {
    const real = read(`${name}.json`);
    const wish = cases[name] ?? {};
    const made = containerSpec(input(wish, real.hostname ?? wish.config?.Hostname));
    expect(comparable(made as Record<string, unknown>)).toBe(comparable(real));
  });

  test('docker-config-privileged', () => {
    const real = read('docker-config-privileged.json');
    const all = real.linux.devices.map((device: Record<string, unknown>) => ({
      ...device,
      kind: device.type,
      mode: device.fileMode,
    }));
    const wish: Case = {
      path: real.process.args[0],
      args: real.process.args.slice(1),
      host: { Privileged: true },
      facts: { devices: { all, mapped: {} } },
    };
    const made = containerSpec(input(wish, real.hostname));
    expect(comparable(made as Record<string, unknown>)).toBe(comparable(real));
  });
});
