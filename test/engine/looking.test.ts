// The verbs that only look, on containers laid by hand, in both hosts.
import { appendFileSync, mkdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ContainerFile } from '../../src/engine/containers/record.ts';
import { emptyEndpoint, emptyNetworkSettings } from '../../src/engine/containers/record.ts';
import { requires } from '../support/index.ts';
import { type EngineRoots, makeEngineRoots } from './support/engine-roots.ts';
import { type LaidContainer, layContainer } from './support/lay-container.ts';
import type { LaidImage } from './support/lay-image.ts';

const one = `1${'a'.repeat(63)}`;
const two = `2${'b'.repeat(63)}`;
const three = `3${'c'.repeat(63)}`;
let roots: EngineRoots;
let image: LaidImage;
let laid: LaidContainer;

/** Output of both hosts, which is the same. */
function shown(args: string[]): string {
  const executable = roots.rundlet(args);
  expect(executable).toEqual(roots.node(args));
  expect(executable.stderr).toBe('');
  expect(executable.status).toBe(0);
  return executable.stdout;
}

function refused(args: string[], status = 1): string {
  const executable = roots.rundlet(args);
  expect(executable).toEqual(roots.node(args));
  expect(executable.status).toBe(status);
  return executable.stderr;
}

beforeAll(async () => {
  if (process.getuid?.() !== 0) return;
  roots = makeEngineRoots();
  image = roots.image({ layers: 3, config: { Cmd: ['sh'] } });
  const ago = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString();
  const network: Partial<ContainerFile> = {
    NetworkSettings: {
      ...emptyNetworkSettings(),
      Networks: { bridge: { ...emptyEndpoint(), IPAddress: '172.17.0.2', IPPrefixLen: 16 } },
      Ports: {
        '53/udp': null,
        '80/tcp': [{ HostIp: '0.0.0.0', HostPort: '8080' }],
        '9000/tcp': [{ HostIp: '127.0.0.1', HostPort: '9000' }],
        '9001/tcp': [{ HostIp: '127.0.0.1', HostPort: '9001' }],
      },
    },
  };
  laid = await layContainer(roots, {
    id: one,
    name: 'up',
    image,
    file: {
      ...network,
      Created: ago(7201),
      Args: ['-c', 'sleep 1000; echo done'],
      MountPoints: {
        '/vol': {
          Source: '',
          Destination: '/vol',
          RW: true,
          Name: 'v1',
          Driver: 'local',
          Type: 'volume',
          Relabel: 'z',
          SkipMountpointCreation: false,
        },
        '/host': {
          Source: join(roots.dir, 'bound'),
          Destination: '/host',
          RW: false,
          Name: '',
          Driver: '',
          Type: 'bind',
          Mode: 'ro',
          Propagation: 'rprivate',
          SkipMountpointCreation: false,
        },
      },
    },
    config: {
      Labels: { 'org.x-y': '1', b: '2' },
      ExposedPorts: { '80/tcp': {} },
      Entrypoint: ['sh'],
      Healthcheck: { Test: ['CMD', 'true'] },
    },
    state: {
      Running: true,
      Pid: process.pid,
      StartedAt: ago(185),
      Health: { Status: 'healthy', FailingStreak: 0, Log: [] },
    },
    host: { Tmpfs: { '/t': '' }, NetworkMode: 'default' },
  });
  mkdirSync(join(roots.dir, 'bound'));
  await layContainer(roots, {
    id: two,
    name: 'over',
    image,
    file: { Created: ago(300) },
    config: { Image: 'nosuch:1' },
    state: { StartedAt: ago(200), FinishedAt: ago(100), ExitCode: 3 },
  });
  await layContainer(roots, { id: three, name: 'made', image, file: { Created: ago(400) } });
  mkdirSync(join(laid.diff, 'srv/new'), { recursive: true });
  writeFileSync(join(laid.diff, 'srv/new/file'), 'x'.repeat(1500));
});

afterAll(() => roots?.remove());
beforeEach((ctx) => requires(ctx, 'root'));

describe('container ls', () => {
  it('shows what runs, newest first, in docker’s columns', () => {
    const [head, row] = shown(['container', 'ls']).split('\n');
    expect(head).toBe(
      'CONTAINER ID   IMAGE     COMMAND                  CREATED       STATUS                   PORTS                                                              NAMES',
    );
    expect(row).toBe(
      '1aaaaaaaaaaa   busybox   "sh -c \'sleep 1000; …"   2 hours ago   Up 3 minutes (healthy)   53/udp, 127.0.0.1:9000-9001->9000-9001/tcp, 0.0.0.0:8080->80/tcp   up',
    );
  });

  it('-a, -q, -n, -l, -s and --no-trunc', () => {
    const columns = (args: string[]) =>
      shown(['container', 'ps', ...args])
        .trimEnd()
        .split('\n')
        .slice(1)
        .map((line) => line.split(/ {2,}/));
    expect(columns(['-a']).map((row) => row.at(-1))).toEqual(['over', 'made', 'up']);
    expect(columns(['-a'])[0]?.[1]).toBe(image.id.slice(7, 19));
    expect(columns(['-a'])[0]?.slice(3, 5)).toEqual([
      '5 minutes ago',
      'Exited (3) About a minute ago',
    ]);
    expect(shown(['container', 'ls', '-aq'])).toBe(
      `${[two, three, one].map((id) => id.slice(0, 12)).join('\n')}\n`,
    );
    expect(shown(['container', 'ls', '-lq', '--no-trunc'])).toBe(`${two}\n`);
    expect(columns(['-n', '2'])).toHaveLength(2);
    expect(columns(['-s'])[0]?.at(-1)).toBe('1.5kB (virtual 1.5kB)');
  });

  it('filters', () => {
    const names = (...filters: string[]) =>
      shown([
        'container',
        'ls',
        '-a',
        '--format',
        '{{.Names}}',
        ...filters.flatMap((filter) => ['-f', filter]),
      ])
        .split('\n')
        .filter(Boolean)
        .join(' ');
    expect(names('status=exited')).toBe('over');
    expect(names('exited=3')).toBe('over');
    expect(names('ancestor=busybox')).toBe('over made up');
    expect(names('ancestor=busybox', 'name=^up$')).toBe('up');
    expect(names('label=b=2', 'health=healthy', 'network=bridge', 'expose=80')).toBe('up');
    expect(names('volume=/vol')).toBe('up');
    expect(names('since=made')).toBe('over');
    expect(names('before=made')).toBe('up');
    expect(refused(['container', 'ls', '-f', 'frob=1'])).toContain("daemon: invalid filter 'frob'");
    expect(refused(['container', 'ls', '-f', 'frob'])).toContain('bad format of filter');
  });

  it('templates', () => {
    const format = (template: string) => shown(['container', 'ls', '--format', template]);
    expect(format('table {{.Names}}\\t{{.Label "org.x-y"}}\\t{{.Mounts}}')).toBe(
      `NAMES     x y       MOUNTS\nup        1         ${`${roots.dir}/bound`.slice(0, 14)}…,v1\n`,
    );
    expect(format('{{.Labels}} {{.LocalVolumes}} {{.State}}')).toBe('b=2,org.x-y=1 1 running\n');
    expect(Object.keys(JSON.parse(format('json')))).toEqual([
      ...['Command', 'CreatedAt', 'ID', 'Image', 'Labels', 'LocalVolumes', 'Mounts', 'Names'],
      ...['Networks', 'Ports', 'RunningFor', 'Size', 'State', 'Status'],
    ]);
    expect(format('{{json .}}')).toContain('127.0.0.1:9000-9001-\\u003e9000-9001/tcp');
    expect(format('raw')).toContain(
      '\nstate: running\nstatus: Up 3 minutes (healthy)\nnames: up\n',
    );
    expect(refused(['container', 'ls', '--format', '{{'])).toContain('unclosed action');
    expect(refused(['container', 'ls', 'x'])).toContain('accepts no arguments');
  });

  it('an empty data root lists nothing', () => {
    const empty = ['--data-root', join(roots.dir, 'none')];
    expect(roots.ok([...empty, 'container', 'ls', '-a'])).toBe(
      'CONTAINER ID   IMAGE     COMMAND   CREATED   STATUS    PORTS     NAMES',
    );
  });
});

describe('container inspect', () => {
  it('has docker’s keys in docker’s order', () => {
    const [found] = JSON.parse(shown(['container', 'inspect', '-s', 'up']));
    expect(Object.keys(found)).toEqual([
      ...['Id', 'Created', 'Path', 'Args', 'State', 'Image', 'ResolvConfPath', 'HostnamePath'],
      ...['HostsPath', 'LogPath', 'Name', 'RestartCount', 'Driver', 'Platform', 'MountLabel'],
      ...['ProcessLabel', 'AppArmorProfile', 'ExecIDs', 'HostConfig', 'GraphDriver', 'SizeRw'],
      ...['SizeRootFs', 'Mounts', 'Config', 'NetworkSettings'],
    ]);
    expect(Object.keys(found.Config).slice(6, 8)).toEqual(['ExposedPorts', 'Tty']);
    const host = Object.keys(found.HostConfig);
    expect(host[host.indexOf('Tmpfs') + 1]).toBe('UTSMode');
    expect(found.State.Status).toBe('running');
    expect(found.State).not.toHaveProperty('RemovalInProgress');
    expect(found.SizeRw).toBe(1500);
    const { UpperDir, LowerDir } = found.GraphDriver.Data;
    expect(UpperDir).toBe(laid.diff);
    expect(LowerDir.split(':')).toEqual(
      [`${laid.mountId}-init`, ...image.cacheIds.toReversed()].map((id) =>
        join(roots.dataRoot, 'overlay2', id, 'diff'),
      ),
    );
    expect(found.Mounts[1]).toEqual({
      Type: 'volume',
      Name: 'v1',
      Source: join(roots.dataRoot, 'volumes/v1/_data'),
      Destination: '/vol',
      Driver: 'local',
      Mode: 'z',
      RW: true,
      Propagation: '',
    });
    expect(found.NetworkSettings.IPAddress).toBe('172.17.0.2');
    expect(found.NetworkSettings.Networks.bridge).not.toHaveProperty('IPAMOperational');
    const [created] = JSON.parse(shown(['inspect', three.slice(0, 5)]));
    expect(created.NetworkSettings.Ports).toEqual({});
    expect(created).not.toHaveProperty('SizeRw');
  });

  it('templates, and what is not there', () => {
    const format = (template: string) => shown(['inspect', '-f', template, 'up', 'over']);
    expect(format('{{.Name}} {{.State.Status}} {{.ID}}')).toBe(
      `/up running ${one}\n/over exited ${two}\n`,
    );
    expect(format('{{.HostConfig.PidsLimit}} {{.Config.Volumes}} {{json .Config.Cmd}}')).toBe(
      '<nil> map[] null\n<nil> map[] null\n',
    );
    expect(refused(['inspect', '-f', '{{.Foo}}', 'up'])).toContain(
      'template: :1:2: executing "" at <.Foo>: map has no entry for key "Foo"',
    );
    expect(refused(['inspect', '-f', '{{frob}}', 'up'], 64)).toContain('not defined');
    const partly = roots.rundlet(['container', 'inspect', '-f', '{{.Name}}', 'nosuch', 'up']);
    expect(partly).toEqual({
      status: 1,
      stdout: '/up\n',
      stderr: 'Error: No such container: nosuch\n',
    });
    expect(roots.rundlet(['container', 'inspect', 'nosuch']).stdout).toBe('[]\n');
  });

  it('inspect finds containers, images and volumes', () => {
    expect(shown(['inspect', '-f', '{{.Id}}', 'up', 'busybox', image.id.slice(7, 19)])).toBe(
      `${one}\n${image.id}\n${image.id}\n`,
    );
    expect(shown(['inspect', '--type', 'image', '-f', '{{json .RepoTags}}', 'busybox'])).toBe(
      '["busybox:latest"]\n',
    );
    const wrong = (...args: string[]) => roots.rundlet(['inspect', ...args]);
    expect(wrong('nosuch')).toEqual({
      status: 1,
      stdout: '[]\n',
      stderr: 'Error: No such object: nosuch\n',
    });
    expect(wrong('--type', 'image', 'up').stderr).toBe('Error: No such image: up\n');
    expect(wrong('--type', 'foo', 'up').stderr).toContain('"foo" is not a valid value for --type');
    roots.ok(['volume', 'create', 'vol1']);
    expect(shown(['inspect', '-f', '{{.Mountpoint}}', 'vol1'])).toBe(
      `${roots.dataRoot}/volumes/vol1/_data\n`,
    );
    roots.ok(['volume', 'rm', 'vol1']);
  });

  it('a damaged record is one error, and a line for lists', () => {
    const path = join(roots.dataRoot, 'containers', three, 'config.v2.json');
    const text = readFileSync(path);
    writeFileSync(path, '{"Name":"/made",');
    try {
      const list = roots.rundlet(['container', 'ls', '-aq']);
      expect(list.stdout).toBe(`${two.slice(0, 12)}\n${one.slice(0, 12)}\n`);
      expect(list.stderr).toContain(`WARNING: cannot read ${path}`);
      expect(refused(['container', 'inspect', three])).toContain(`cannot read ${path}`);
    } finally {
      writeFileSync(path, text);
    }
  });
});

it('container port', () => {
  expect(shown(['port', 'up'])).toBe(
    '80/tcp -> 0.0.0.0:8080\n9000/tcp -> 127.0.0.1:9000\n9001/tcp -> 127.0.0.1:9001\n',
  );
  expect(shown(['port', 'up', '80'])).toBe('0.0.0.0:8080\n');
  expect(refused(['port', 'up', '80/udp'])).toContain("No public port '80/udp' published for up");
  expect(refused(['port', 'nosuch'])).toContain('No such container: nosuch');
});

it('container diff', () => {
  expect(shown(['diff', 'up'])).toBe('C /srv\nA /srv/new\nA /srv/new/file\n');
  mkdirSync(join(laid.diff, 'etc'));
  appendFileSync(join(laid.diff, 'etc/passwd'), 'x\n');
  expect(shown(['diff', 'up'])).toBe(
    'C /etc\nC /etc/passwd\nC /srv\nA /srv/new\nA /srv/new/file\n',
  );
  expect(shown(['diff', 'over'])).toBe('');
});

describe('container layout', () => {
  it('draws every place, and whether it exists now', () => {
    // The process is this one, in whose group others come and go.
    const text = `${roots.ok(['container', 'layout', 'up'])}\n`;
    expect(text).toContain('up  running  image busybox\n');
    expect(text).toContain(`├─ ● overlay2/${laid.mountId}/  the container's own layer`);
    expect(text).toContain('│  ├─ ○ merged/');
    expect(text).toMatch(/├─ ● overlay2\/[0-9a-f]{64}\/ {2}layer 3 of the image/);
    expect(text).toContain(`○ containerd/${one}/`);
    expect(text).toContain(`● init ${process.pid}  first process of the container [`);
  });

  it('as JSON and as a page', () => {
    const tree = JSON.parse(shown(['container', 'layout', '--json', 'over']));
    expect(tree).toMatchObject({ id: two, state: 'exited', dataRoot: roots.dataRoot });
    const layers = tree.places.find(({ name }: { name: string }) => name === 'layers');
    expect(layers.children).toHaveLength(5);
    const page = shown(['container', 'layout', '--html', 'over']);
    expect(page).toMatch(/^<!doctype html>/);
    expect(page).not.toMatch(/\b(src|href)=/);
    expect(refused(['container', 'layout', '--json', '--html', 'up'])).toContain('exclude');
  });
});

describe('container which', () => {
  const which = (query: string) =>
    shown(['container', 'which', '--format', '{{.Name}}: {{.Role}}', query]).trimEnd();

  it('paths, layers, links, mount lines', () => {
    expect(which(laid.diff)).toBe('up: its own layer, what it changed');
    expect(which(`${laid.mountId}-init`)).toBe('up: its init layer');
    expect(which(laid.mountId.slice(0, 12))).toBe('up: its own layer');
    const link = readFileSync(join(roots.dataRoot, 'overlay2', laid.mountId, 'link'), 'utf8');
    expect(readlinkSync(join(roots.dataRoot, 'overlay2/l', link))).toContain(laid.mountId);
    expect(which(link)).toBe('up: its own layer, what it changed');
    expect(which(`overlay on /x/overlay2/${laid.mountId}/merged type overlay (rw)`)).toBe(
      'up: its root file system',
    );
    expect(which(join(roots.dir, 'bound/file'))).toBe('up: mounted on /host');
    expect(which(join(roots.dataRoot, 'containers', two))).toBe('over: its record');
    expect(which(`/sys/fs/cgroup/pids/docker/${two}`)).toBe('over: its cgroup');
  });

  it('layers of the image belong to all its containers', () => {
    const roles = ['over', 'made', 'up'].map((name) => `${name}: image layer 1 of 3`).sort();
    expect(
      which(image.cacheIds[0] ?? '')
        .split('\n')
        .sort(),
    ).toEqual(roles);
    expect(
      which(image.chains[0]?.slice(7) ?? '')
        .split('\n')
        .sort(),
    ).toEqual(roles);
  });

  it('processes', () => {
    expect(which(String(process.pid))).toBe('up: its first process');
    expect(which(`/proc/${process.pid}/exe`)).toBe('up: its first process');
    expect(refused(['container', 'which', '1'])).toContain('No container or image');
  });

  it('an image that no container has', () => {
    const other = roots.image({ name: 'lonely:1', config: { Cmd: ['true'] } });
    expect(which(other.cacheIds[0] ?? '')).toBe('lonely:1: image layer 1 of 1');
  });
});
