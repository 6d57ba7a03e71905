// What `container create` leaves on disk, against docker-layout of a real dockerd 20.10.24.
import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { requires } from '../../support/index.ts';
import { tree } from '../store.ts';
import { type EngineRoots, makeEngineRoots } from '../support/engine-roots.ts';
import type { LaidImage } from '../support/lay-image.ts';

let roots: EngineRoots;
let image: LaidImage;

beforeEach((ctx) => {
  requires(ctx, 'root');
  roots = makeEngineRoots();
  image = roots.image({
    name: 'five:latest',
    layers: 5,
    config: {
      Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'LANG=C.UTF-8'],
      Cmd: ['/bin/sh'],
      Labels: { 'org.example.layers': '5' },
    },
  });
});
afterEach(() => roots.remove());

const mode = (path: string) =>
  (lstatSync(join(roots.dataRoot, path)).mode & 0o7777).toString(8).padStart(3, '0');

test('the records are dockerd’s, byte for byte', () => {
  const id = roots.ok(['container', 'create', '-it', '--name', 'docker_runtime_test', 'five']);
  expect(id).toMatch(/^[0-9a-f]{64}$/);
  const config = roots.read(`containers/${id}/config.v2.json`) ?? '';
  const created = /"Created":"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z)"/.exec(config)?.[1];
  expect(config).toBe(
    `{"StreamConfig":{},"State":{"Running":false,"Paused":false,"Restarting":false,"OOMKilled":false,"RemovalInProgress":false,"Dead":false,"Pid":0,"ExitCode":0,"Error":"","StartedAt":"0001-01-01T00:00:00Z","FinishedAt":"0001-01-01T00:00:00Z","Health":null},"ID":"${id}","Created":"${created}","Managed":false,"Path":"/bin/sh","Args":[],"Config":{"Hostname":"${id.slice(0, 12)}","Domainname":"","User":"","AttachStdin":true,"AttachStdout":true,"AttachStderr":true,"Tty":true,"OpenStdin":true,"StdinOnce":true,"Env":["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin","LANG=C.UTF-8"],"Cmd":["/bin/sh"],"Image":"five","Volumes":null,"WorkingDir":"","Entrypoint":null,"OnBuild":null,"Labels":{"org.example.layers":"5"}},"Image":"${image.id}","NetworkSettings":{"Bridge":"","SandboxID":"","HairpinMode":false,"LinkLocalIPv6Address":"","LinkLocalIPv6PrefixLen":0,"Networks":{"bridge":{"IPAMConfig":null,"Links":null,"Aliases":null,"NetworkID":"","EndpointID":"","Gateway":"","IPAddress":"","IPPrefixLen":0,"IPv6Gateway":"","GlobalIPv6Address":"","GlobalIPv6PrefixLen":0,"MacAddress":"","DriverOpts":null,"IPAMOperational":false}},"Service":null,"Ports":null,"SandboxKey":"","SecondaryIPAddresses":null,"SecondaryIPv6Addresses":null,"IsAnonymousEndpoint":false,"HasSwarmEndpoint":false},"LogPath":"","Name":"/docker_runtime_test","Driver":"overlay2","OS":"linux","MountLabel":"","ProcessLabel":"","RestartCount":0,"HasBeenStartedBefore":false,"HasBeenManuallyStopped":false,"MountPoints":{},"SecretReferences":null,"ConfigReferences":null,"AppArmorProfile":"","HostnamePath":"","HostsPath":"","ShmPath":"","ResolvConfPath":"","SeccompProfile":"","NoNewPrivileges":false,"LocalLogCacheMeta":{"HaveNotifyEnabled":false}}\n`,
  );
  expect(roots.read(`containers/${id}/hostconfig.json`)).toBe(
    '{"Binds":null,"ContainerIDFile":"","LogConfig":{"Type":"json-file","Config":{}},"NetworkMode":"default","PortBindings":{},"RestartPolicy":{"Name":"no","MaximumRetryCount":0},"AutoRemove":false,"VolumeDriver":"","VolumesFrom":null,"CapAdd":null,"CapDrop":null,"CgroupnsMode":"host","Dns":[],"DnsOptions":[],"DnsSearch":[],"ExtraHosts":null,"GroupAdd":null,"IpcMode":"private","Cgroup":"","Links":null,"OomScoreAdj":0,"PidMode":"","Privileged":false,"PublishAllPorts":false,"ReadonlyRootfs":false,"SecurityOpt":null,"UTSMode":"","UsernsMode":"","ShmSize":67108864,"Runtime":"runc","ConsoleSize":[0,0],"Isolation":"","CpuShares":0,"Memory":0,"NanoCpus":0,"CgroupParent":"","BlkioWeight":0,"BlkioWeightDevice":[],"BlkioDeviceReadBps":[],"BlkioDeviceWriteBps":[],"BlkioDeviceReadIOps":[],"BlkioDeviceWriteIOps":[],"CpuPeriod":0,"CpuQuota":0,"CpuRealtimePeriod":0,"CpuRealtimeRuntime":0,"CpusetCpus":"","CpusetMems":"","Devices":[],"DeviceCgroupRules":null,"DeviceRequests":null,"KernelMemory":0,"KernelMemoryTCP":0,"MemoryReservation":0,"MemorySwap":0,"MemorySwappiness":null,"OomKillDisable":false,"PidsLimit":null,"Ulimits":[],"CpuCount":0,"CpuPercent":0,"IOMaximumIOps":0,"IOMaximumBandwidth":0,"MaskedPaths":["/proc/asound","/proc/acpi","/proc/kcore","/proc/keys","/proc/latency_stats","/proc/timer_list","/proc/timer_stats","/proc/sched_debug","/proc/scsi","/sys/firmware"],"ReadonlyPaths":["/proc/bus","/proc/fs","/proc/irq","/proc/sys","/proc/sysrq-trigger"]}\n',
  );
});

test('new are the container’s directory and its two layers, with docker’s modes, and nothing else', () => {
  roots.ok(['container', 'create', 'five']);
  const before = {
    containers: readdirSync(join(roots.dataRoot, 'containers')),
    layers: readdirSync(join(roots.dataRoot, 'overlay2')),
    links: readdirSync(join(roots.dataRoot, 'overlay2/l')),
    top: readdirSync(roots.dataRoot),
    own: tree(join(roots.dataRoot, 'rundlet')),
  };
  const id = roots.ok(['container', 'create', '-it', 'five']);
  expect(mode(`containers/${id}`)).toBe('710');
  expect(tree(join(roots.dataRoot, 'containers', id))).toEqual([
    '700 d checkpoints',
    '600 f config.v2.json',
    '644 f hostconfig.json',
  ]);
  const mounts = `image/overlay2/layerdb/mounts/${id}`;
  expect(mode(mounts)).toBe('755');
  const mountId = roots.read(`${mounts}/mount-id`) ?? '';
  expect(roots.read(`${mounts}/init-id`)).toBe(`${mountId}-init`);
  expect(roots.read(`${mounts}/parent`)).toBe(image.chains.at(-1));
  const added = (directory: string, old: string[]) =>
    readdirSync(join(roots.dataRoot, directory)).filter((name) => !old.includes(name));
  expect(added('containers', before.containers)).toEqual([id]);
  expect(added('overlay2', before.layers).sort()).toEqual([mountId, `${mountId}-init`].sort());
  expect(added('overlay2/l', before.links)).toHaveLength(2);
  expect(readdirSync(roots.dataRoot)).toEqual(before.top);
  expect(tree(join(roots.dataRoot, 'rundlet'))).toEqual(before.own);
  expect(tree(join(roots.dataRoot, 'overlay2', mountId))).toEqual([
    '755 d diff',
    '644 f link',
    '644 f lower',
    '700 d work',
    '000 d work/work',
  ]);
  expect(roots.read(`overlay2/${mountId}/lower`)?.split(':')).toHaveLength(6);
  // Which boot's containers have been looked after.
  expect(tree(join(roots.dir, 'exec'))).toEqual(['755 d rundlet', '600 f rundlet/boot']);
});

test('both hosts make the same', () => {
  const flags = [
    '-e',
    'A=1',
    '-v',
    '/vol',
    '-w',
    '/new/dir',
    '-p',
    '80',
    '-m',
    '64m',
    'five',
    'ls',
  ];
  const [one = '', other = ''] = [roots.rundlet, roots.node].map((run) => {
    const { status, stdout, stderr } = run(['container', 'create', '--name', 'both', ...flags]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const id = stdout.trim();
    const text = ['config.v2.json', 'hostconfig.json']
      .map((file) => roots.read(`containers/${id}/${file}`))
      .join('');
    roots.forget(id);
    return text
      .replaceAll(id.slice(0, 12), 'ID')
      .replace(/"Created":"[^"]*"/, '')
      .replace(/[0-9a-f]{52,64}/g, 'HEX');
  });
  expect(one).toBe(other);
});
