// From docker's command line to the OCI config: what `container create` records gives the configs that a
// real dockerd 20.10 wrote for the same options (when those are at hand).
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readContainer } from '../../../src/engine/containers/store.ts';
import { dockerJson } from '../../../src/engine/docker-json.ts';
import { openEngine } from '../../../src/engine/open-engine.ts';
import {
  containerSpec,
  type JoinedNamespaces,
  type SpecFacts,
} from '../../../src/engine/spec/container-spec.ts';
import { containerMounts } from '../../../src/engine/spec/mount-list.ts';
import { nodeHost } from '../../../src/host/node-host.ts';
import { capabilityNames } from '../../../src/spec/capability-names.ts';
import { requires } from '../../support/index.ts';
import { repository } from '../../support/tools.ts';
import { type EngineRoots, makeEngineRoots } from '../support/engine-roots.ts';

const directory = [
  join(repository, '../shared/fixtures/docker-configs'),
  '/work/shared/fixtures/docker-configs',
].find((place) => existsSync(place));
if (directory === undefined) console.log('create/spec: real configs are not at hand');

interface Case {
  flags: string[];
  facts?: Partial<SpecFacts>;
  joined?: JoinedNamespaces;
  shm?: string;
}

const profile =
  '{ "defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86_64"],\n "syscalls": [{ "names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 5 }] }\n';
const node = { mode: 0o600, uid: 0, gid: 0 };

/** Words `@DIR@` are the test's own directory; the program and its arguments are the real config's. */
const cases: Record<string, Case> = {
  'docker-default-config': { flags: ['-it'] },
  'docker-default-config-notty': { flags: [] },
  'docker-config-capdropall': {
    flags: ['--cap-drop', 'ALL', '-u', '65534'],
    facts: { user: { uid: 65534, gid: 0, additionalGids: [0] } },
  },
  'docker-config-hostns': {
    flags: [
      ...['--network', 'host', '--pid', 'host', '--ipc', 'host', '--uts', 'host'],
      ...['--security-opt', 'seccomp=unconfined'],
    ],
    joined: { network: '/var/run/docker/netns/default' },
    shm: '/dev/shm',
  },
  'docker-config-init': { flags: ['--init'] },
  'docker-config-joinipc': {
    flags: ['--ipc', 'container:other'],
    joined: { ipc: '/proc/4126/ns/ipc' },
    shm: '/var/lib/docker/containers/OTHER/mounts/shm',
  },
  'docker-config-joinns': {
    flags: ['--network', 'container:other', '--pid', 'container:other'],
    joined: { network: '/proc/3997/ns/net', pid: '/proc/3997/ns/pid' },
  },
  'docker-config-none-cgroupns': {
    flags: [
      ...['--network', 'none', '--cgroupns', 'private'],
      ...['--security-opt', 'seccomp=unconfined'],
    ],
  },
  'docker-config-oomdis': { flags: ['-m', '32m', '--oom-kill-disable'] },
  'docker-config-privileged': { flags: ['--privileged'] },
  'docker-config-seccomp-custom': {
    flags: ['--security-opt', 'seccomp=@DIR@/profile.json'],
  },
  'docker-config-ulimit-high': { flags: ['--ulimit', 'nofile=1048576'] },
  'docker-config-many': {
    flags: [
      ...[
        '-h',
        'myhost',
        '--domainname',
        'ex.org',
        '-w',
        '/tmp',
        '-e',
        'FOO=bar',
        '-u',
        '1000:1000',
      ],
      ...['--group-add', '2000', '--cap-add', 'NET_ADMIN', '--cap-drop', 'mknod', '--init'],
      ...['--security-opt', 'no-new-privileges', '--oom-score-adj', '500', '--read-only'],
      ...['--shm-size', '32m', '--ulimit', 'nofile=1024:2048', '--ulimit', 'core=0'],
      ...['--device', '/dev/fuse', '--device-cgroup-rule', 'c 42:* rmw'],
      ...['-m', '128m', '--memory-reservation', '64m', '--memory-swap', '256m'],
      ...[
        '--memory-swappiness',
        '10',
        '--cpu-shares',
        '512',
        '--cpus',
        '1.5',
        '--cpuset-cpus',
        '0-1',
      ],
      ...['--pids-limit', '100', '--device-read-bps', '/dev/vda:1mb'],
      ...['--sysctl', 'net.ipv4.ip_forward=1', '--sysctl', 'kernel.msgmax=65536'],
      ...['--tmpfs', '/scratch:rw,noexec,size=16m,mode=1777', '-v', '/srv/data:/data:ro,rslave'],
      ...['-v', '/srv/data:/b2', '-v', 'named:/vol', '--mount', 'type=tmpfs,dst=/t2,tmpfs-size=1m'],
    ],
    facts: {
      user: { uid: 1000, gid: 1000, additionalGids: [1000, 2000] },
      devices: {
        all: [],
        mapped: { '/dev/fuse': [{ path: '/dev/fuse', kind: 'c', major: 10, minor: 229, ...node }] },
      },
      blockDevices: { '/dev/vda': { path: '/dev/vda', kind: 'b', major: 254, minor: 0, ...node } },
    },
  },
};

const standard: SpecFacts = {
  kernel: '6.18.5',
  arch: 'amd64',
  capabilities: capabilityNames().slice(0, 38),
  apparmor: false,
  selinux: false,
  user: { uid: 0, gid: 0, additionalGids: [0] },
  devices: { all: [], mapped: {} },
  blockDevices: {},
};

let roots: EngineRoots;
beforeAll(() => {
  if (directory === undefined || process.getuid?.() !== 0) return;
  roots = makeEngineRoots();
  roots.image({
    name: 'five:latest',
    config: {
      Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'LANG=C.UTF-8'],
      Cmd: ['/bin/sh'],
    },
  });
  writeFileSync(join(roots.dir, 'profile.json'), profile);
  roots.ok(['container', 'create', '--name', 'other', 'five']);
});
afterAll(() => roots?.remove());

function comparable(config: object, dataRoot: string): string {
  const copy = JSON.parse(dockerJson(config));
  delete copy.hooks;
  for (const rule of copy.linux.seccomp?.syscalls ?? []) rule.names.sort();
  return JSON.stringify(copy, undefined, 1)
    .replaceAll(dataRoot, '/var/lib/docker')
    .replaceAll(/\/docker\/[0-9a-f]{64}"/g, '/docker/ID"')
    .replaceAll(/\/(containers)\/[0-9a-zA-Z]+\//g, '/$1/ID/')
    .replaceAll(/overlay2\/\w+\/merged/g, 'overlay2/MID/merged');
}

/** The real one's words after its image. */
function command(args: string[]): string[] {
  return args[0] === '/sbin/docker-init' ? args.slice(2) : args;
}

test.skipIf(directory === undefined).each(Object.keys(cases))('%s', async (...given) => {
  const [name, context] = given as unknown as [string, never];
  requires(context, 'root');
  const real = JSON.parse(readFileSync(join(directory ?? '', `${name}.json`), 'utf8'));
  const { flags, facts = {}, joined = {}, shm } = cases[name] as Case;
  const words = flags.map((word) => word.replace('@DIR@', roots.dir));
  const id = roots.ok(['container', 'create', ...words, 'five', ...command(real.process.args)]);
  const engine = openEngine(nodeHost(), roots);
  const container = await readContainer(engine, id);
  // A name of the host's or of the id's is another one here.
  const itsName = real.hostname ?? 'vm';
  if (!flags.includes('-h')) container.config.Config.Hostname = itsName;
  const all = (real.linux.devices ?? []).map((device: Record<string, unknown>) => ({
    ...device,
    kind: device.type,
    mode: device.fileMode,
  }));
  const made = containerSpec({
    container,
    rootfs: '/var/lib/docker/overlay2/MID/merged',
    mounts: containerMounts(container, engine.paths, shm),
    joined,
    facts: {
      ...standard,
      ...(flags.includes('--privileged') && { devices: { all, mapped: {} } }),
      ...facts,
    },
    init: '/usr/bin/docker-init',
  });
  expect(comparable(made, roots.dataRoot)).toBe(comparable(real, roots.dataRoot));
});
