// What docker 28.2.2 with dockerd 20.10.24 answered, wrote and refused, for some 700 command lines of
// `docker create`; docker.jsonl has what differs from the first record, that of `docker create five`.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runExecutable } from '../../parity/both-hosts.ts';
import { requires } from '../../support/index.ts';
import { type EngineRoots, makeEngineRoots } from '../support/engine-roots.ts';
import { type Ran, runInProcess } from './in-process.ts';

interface Case {
  args: string[];
  status?: number;
  stderr?: string;
  /** Keys joined by spaces. */
  config?: Record<string, unknown>;
  host?: Record<string, unknown>;
}

/** Where rundlet means to differ, and why. */
const ours: Record<string, { status?: number; stderr?: string; why: string }> = {
  '-v a:b:c:d five': {
    status: 125,
    stderr: 'invalid spec: a:b:c:d: too many colons',
    why: 'docker takes `a:` for a drive of Windows',
  },
  '-v : five': {
    status: 125,
    stderr: 'invalid spec: :: empty section between colons',
    why: 'docker makes a volume on `:`',
  },
  '-v n:/vol --volume-driver local five': {
    status: 1,
    stderr:
      'Error response from daemon: create n: volume name is too short, names should be at least two alphanumeric characters',
    why: 'docker takes `n:` for a drive of Windows',
  },
  '-v a:/vol five': {
    status: 1,
    stderr:
      'Error response from daemon: create a: volume name is too short, names should be at least two alphanumeric characters',
    why: 'docker takes `a:` for a drive of Windows',
  },
  '--device vendor.com/class=name five': {
    status: 1,
    stderr: 'could not select device driver "cdi" with capabilities: []',
    why: 'docker fails when it starts the container',
  },
  '--gpus all five': {
    status: 1,
    stderr: 'could not select device driver "" with capabilities: [[gpu]]',
    why: 'docker fails when it starts the container',
  },
  '--gpus bogus,x five': {
    status: 1,
    stderr: 'could not select device driver "" with capabilities: [[gpu]]',
    why: 'no GPU request is read here',
  },
  '-m 9999999999999999999 five': {
    status: 125,
    stderr:
      'invalid argument "9999999999999999999" for "-m, --memory" flag: invalid size: \'9999999999999999999\'',
    why: 'docker lets the number overflow',
  },
  '--ipc bogus five': {
    status: 1,
    stderr: 'Error response from daemon: invalid IPC mode: bogus',
    why: 'docker fails when it starts the container',
  },
  '--ipc container: five': {
    status: 1,
    stderr: 'Error response from daemon: invalid IPC mode: container:',
    why: 'docker fails when it starts the container',
  },
  '--platform bogus/x/y/z/w five': {
    status: 1,
    stderr:
      'Error response from daemon: "bogus/x/y/z/w" is an invalid platform: it is os/architecture[/variant]',
    why: 'shorter',
  },
  '--log-driver gelf five': {
    status: 1,
    stderr:
      'Error response from daemon: error looking up logging plugin gelf: plugin "gelf" not found',
    why: 'there is no such driver here',
  },
  'bad::ref': {
    status: 1,
    stderr: 'Error response from daemon: invalid reference format',
    why: 'there is one place that reads references',
  },
  '': {
    status: 1,
    stderr: 'Error response from daemon: invalid reference format',
    why: 'there is one place that reads references',
  },
  '--log-driver syslog --log-opt syslog-address=unix:///nope five': {
    why: 'the socket may come before the container starts',
  },
  '--runtime io.containerd.runc.v2 five': {
    status: 1,
    stderr: 'Error response from daemon: Unknown runtime specified io.containerd.runc.v2',
    why: 'that is a shim of containerd, no OCI runtime',
  },
  '--mount type=volume,dst=/m,volume-subpath=a five': {
    status: 125,
    stderr:
      'invalid argument "type=volume,dst=/m,volume-subpath=a" for "--mount" flag: unexpected key \'volume-subpath\' in \'volume-subpath=a\'',
    why: 'docker 20.10 does not know it and drops it silently',
  },
};

const [first, ...lines] = readFileSync(join(import.meta.dirname, 'docker.jsonl'), 'utf8')
  .trimEnd()
  .split('\n');
const base = JSON.parse(first ?? '') as { config: object; host: object };
const cases = lines.map((line) => JSON.parse(line) as Case);
const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOSTVAR: 'from-host', HOME2: 'h2' };

let roots: EngineRoots;
let other = '';
let hostname = '';

beforeAll(() => {
  if (process.getuid?.() !== 0) return;
  roots = makeEngineRoots();
  roots.image({
    name: 'five:latest',
    layers: 5,
    config: {
      Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'LANG=C.UTF-8'],
      Cmd: ['/bin/sh'],
      Labels: { 'org.example.layers': '5' },
    },
  });
  roots.image({
    name: 'rich:latest',
    layers: 2,
    config: {
      Env: ['PATH=/bin', 'A=image', 'B=image'],
      Entrypoint: ['/bin/sh', '-c'],
      Cmd: ['echo hi'],
      User: 'user',
      WorkingDir: '/srv/w',
      Volumes: { '/data': {}, '/srv/deep/': {} },
      ExposedPorts: { '80/tcp': {}, '53/udp': {} },
      Labels: { a: '1', b: '2' },
      StopSignal: 'SIGINT',
      Healthcheck: { Test: ['CMD-SHELL', 'true'], Interval: 5000000000, Retries: 2 },
      OnBuild: ['RUN x'],
      Shell: ['/bin/bash', '-c'],
    },
  });
  roots.image({ name: 'nocmd:latest', config: { Cmd: null, Env: null } });
  hostname = readFileSync('/proc/sys/kernel/hostname', 'utf8').trim();
  const dir = join(roots.dir, 'gold/dir');
  mkdirSync(dir, { recursive: true });
  const files = {
    env: 'A=file\nB\n# comment\n\nC=file\n  D=lead\nE= spaced \nHOSTVAR\n',
    env2: 'A=second\nZ=1',
    'env-bad': 'A B=c\n',
    'env-bad2': '=x\n',
    'env-bom': '\uFEFFBOM=1\n',
    labels: 'x=file\ny=file\nz\n',
    'seccomp.json':
      '{\n  "defaultAction": "SCMP_ACT_ALLOW",\n  "syscalls": [ { "names": ["mkdir"], "action": "SCMP_ACT_ERRNO" } ]\n}\n',
    'cid-existing': 'x\n',
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text);
  const volumes = ['-v', '/ov', '-v', 'othernamed:/on', '-v', `${dir}:/ob:ro`];
  other = roots.ok(['container', 'create', ...volumes, '--name', 'other', 'five']);
});
afterAll(() => roots?.remove());

/** Both sides without what differs from run to run. */
function plain(text: string, id: string): string {
  const named = text.replaceAll(roots.dir, '@ROOT@').replaceAll(other, '@OTHER@');
  const own = id ? named.replaceAll(id, '@ID@').replaceAll(id.slice(0, 12), '@ID12@') : named;
  return own
    .replace(/overlay2\/[0-9a-f]{64}/g, 'overlay2/@HEX@')
    .replace(/("Name":"|volumes\/|create )[0-9a-f]{64}/g, '$1@HEX@')
    .replace(/("Image":")sha256:[0-9a-f]{64}","Network/, '$1@IMAGE@","Network');
}

function record(id: string, file: string): Record<string, unknown> {
  return JSON.parse(plain(roots.read(`containers/${id}/${file}`) ?? '', id));
}

function changed(from: object, changes: Record<string, unknown> = {}): Record<string, unknown> {
  const copy = structuredClone(from) as Record<string, unknown>;
  for (const [path, value] of Object.entries(changes)) {
    const keys = path.split(' ');
    const last = keys.pop() ?? '';
    let place = copy;
    for (const key of keys) place = place[key] as Record<string, unknown>;
    if (value === '@GONE@') delete place[last];
    else place[last] = value === 'vm' ? hostname : value;
  }
  return copy;
}

function compare(given: Case, ran: Ran): void {
  const named = given.args.join(' ');
  const wish = Object.hasOwn(ours, named) ? { stderr: '', status: 0, ...ours[named] } : given;
  const id = ran.status === 0 ? ran.stdout.trim() : '';
  const said = plain(ran.stderr, id)
    .trim()
    .replace(
      / \((?:see 'rundlet container create --help'|there are no device drivers[^)]*)\)$/,
      '',
    );
  expect(said, named).toBe(wish.stderr ?? '');
  expect(ran.status, named).toBe(wish.status ?? 0);
  if (id === '' || wish !== given) return;
  const { Created, Name, ...config } = record(id, 'config.v2.json');
  expect(Created).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
  const { Name: itsName, ...wanted } = changed(base.config, given.config);
  if (given.args.includes('--name') && !given.args.includes('')) expect(Name).toBe(itsName);
  else expect(Name).toMatch(/^\/[a-z]+_[a-z]+\d*$/);
  expect(config, named).toEqual(wanted);
  expect(record(id, 'hostconfig.json'), named).toEqual(changed(base.host, given.host));
}

const argv = (given: Case) => [
  ...['--data-root', roots.dataRoot, '--exec-root', roots.execRoot],
  ...['container', 'create', ...given.args.map((word) => word.replaceAll('@ROOT@', roots.dir))],
];

const about = (count: number) =>
  Array.from({ length: Math.ceil(cases.length / count) }, (_, part) => ({
    part,
    some: cases.slice(part * count, (part + 1) * count),
  }));

test.each(about(60))('as docker, part $part', async ({ some }, ...rest) => {
  requires(rest[0] as never, 'root');
  for (const given of some) {
    const ran = await runInProcess(argv(given), { cwd: join(roots.dir, 'gold/dir'), env });
    compare(given, ran);
  }
});

test('the executable does the same', (ctx) => {
  requires(ctx, 'root');
  for (const given of cases.filter((_, number) => number % 8 === 0)) {
    if (given.args.includes('--cidfile') || given.args.includes('--name')) continue;
    compare(given, runExecutable(argv(given), { cwd: join(roots.dir, 'gold/dir'), env }) as Ran);
  }
});

test('refusals left nothing begun', (ctx) => {
  requires(ctx, 'root');
  expect(readdirSync(join(roots.dataRoot, 'rundlet/journal'))).toEqual([]);
  expect(
    readdirSync(join(roots.dataRoot, 'rundlet')).filter((name) => /^create/.test(name)),
  ).toEqual([]);
  const containers = readdirSync(join(roots.dataRoot, 'containers'));
  expect(readdirSync(join(roots.dataRoot, 'image/overlay2/layerdb/mounts'))).toEqual(containers);
});
