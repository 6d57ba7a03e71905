// The topic `volume`: docker's layout, outputs and refusals.
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readContainer } from '../../src/engine/containers/store.ts';
import { openEngine } from '../../src/engine/open-engine.ts';
import { mountVolumes, unmountVolumes } from '../../src/engine/volumes/mount-volumes.ts';
import { removeAnonymousVolumes } from '../../src/engine/volumes/remove-volume.ts';
import { nodeHost } from '../../src/host/node-host.ts';
import { requires } from '../support/index.ts';
import { repository } from '../support/tools.ts';
import { tree } from './store.ts';
import { type EngineRoots, makeEngineRoots } from './support/engine-roots.ts';

let roots: EngineRoots;

beforeEach((ctx) => {
  requires(ctx, 'root');
  roots = makeEngineRoots();
});
afterEach(() => roots.remove());

const volumes = () => join(roots.dataRoot, 'volumes');
const at = (path: string) => join(volumes(), path);
const mode = (path: string) => (lstatSync(path).mode & 0o7777).toString(8);
const daemon = (text: string) => `Error response from daemon: ${text}\n`;

test('a volume lies where docker has it, and its options where docker’s driver reads them', () => {
  expect(roots.ok(['volume', 'create', 'plain'])).toBe('plain');
  const options = ['-o', 'type=tmpfs', '-o', 'device=tmpfs', '-o', 'o=size=1m,uid=1000'];
  expect(roots.ok(['volume', 'create', ...options, 'memory'])).toBe('memory');
  const anonymous = roots.ok(['volume', 'create']);
  expect(anonymous).toMatch(/^[0-9a-f]{64}$/);
  expect(mode(volumes())).toBe('701');
  expect(mode(at('plain'))).toBe('701');
  expect(tree(at('plain'))).toEqual(['755 d _data']);
  expect(tree(at('memory'))).toEqual(['755 d _data', '600 f opts.json']);
  expect(readFileSync(at('memory/opts.json'), 'utf8')).toBe(
    '{"MountType":"tmpfs","MountOpts":"size=1m,uid=1000","MountDevice":"tmpfs","Quota":{"Size":0}}',
  );
  writeFileSync(at('plain/_data/kept'), '');
  expect(roots.ok(['volume', 'create', '--label', 'late=1', 'plain'])).toBe('plain');
  expect(readdirSync(at('plain/_data'))).toEqual(['kept']);
});

test('inspect gives docker’s keys in its order; what is missing is told after them', () => {
  roots.ok(['volume', 'create', '--label', 'b', '--label', 'a=1', 'labelled']);
  roots.ok(['volume', 'create', '-o', 'type=none', '-o', 'o=bind', '-o', 'device=/srv', 'bound']);
  const { status, stdout, stderr } = roots.rundlet([
    'volume',
    'inspect',
    'labelled',
    'no',
    'bound',
  ]);
  expect({ status, stderr }).toEqual({ status: 1, stderr: 'Error: get no: no such volume\n' });
  const created = /"CreatedAt": "(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)"/.exec(stdout)?.[1];
  const [first, second] = JSON.parse(stdout);
  expect(JSON.stringify(first)).toBe(
    `{"CreatedAt":"${created}","Driver":"local","Labels":{"a":"1","b":""},"Mountpoint":"${at('labelled/_data')}","Name":"labelled","Options":null,"Scope":"local"}`,
  );
  expect(second).toMatchObject({
    Labels: null,
    Options: { device: '/srv', o: 'bind', type: 'none' },
  });
  expect(roots.ok(['volume', 'inspect', '-f', '{{.Name}} {{json .Labels}}', 'labelled'])).toBe(
    'labelled {"a":"1","b":""}',
  );
});

test('what docker made is listed too, and its own files are no volumes', () => {
  mkdirSync(at('foreign/_data'), { recursive: true });
  writeFileSync(at('metadata.db'), '');
  mkdirSync(at('half'));
  expect(roots.ok(['volume', 'ls', '-q'])).toBe('foreign');
  expect(JSON.parse(roots.ok(['volume', 'inspect', 'foreign']))[0]).toEqual({
    Driver: 'local',
    Labels: null,
    Mountpoint: at('foreign/_data'),
    Name: 'foreign',
    Options: null,
    Scope: 'local',
  });
});

test('ls, its formats and filters', () => {
  roots.image();
  roots.ok(['volume', 'create', '--label', 'a=b', '--label', 'c', 'tm']);
  roots.ok(['volume', 'create', 'vv']);
  roots.ok(['container', 'create', '-v', 'vv:/x', 'busybox']);
  const ls = (...flags: string[]) => roots.ok(['volume', 'ls', ...flags]);
  expect(ls()).toBe('DRIVER    VOLUME NAME\nlocal     tm\nlocal     vv');
  expect(ls('-q')).toBe('tm\nvv');
  expect(ls('--format', '{{.Name}} {{.Labels}} {{.Label "a"}} {{.Size}}')).toBe(
    'tm a=b,c= b N/A\nvv   N/A',
  );
  expect(ls('--format', 'raw')).toBe('name: tm\ndriver: local\n\nname: vv\ndriver: local\n');
  expect(JSON.parse(ls('--format', 'json', '-f', 'name=t'))).toEqual({
    ...{ Availability: 'N/A', Driver: 'local', Group: 'N/A', Labels: 'a=b,c=', Links: 'N/A' },
    ...{ Mountpoint: at('tm/_data'), Name: 'tm', Scope: 'local', Size: 'N/A', Status: 'N/A' },
  });
  for (const [filters, found] of [
    ['name=v', 'vv'],
    ['dangling=true', 'tm'],
    ['dangling=0', 'vv'],
    ['label=a', 'tm'],
    ['label=a=b', 'tm'],
    ['label=a=x', ''],
    ['driver=local', 'tm\nvv'],
    ['driver=x', ''],
  ]) {
    expect(ls('-q', '-f', filters ?? ''), filters).toBe(found);
  }
  expect(roots.rundlet(['volume', 'ls', '-f', 'dangling=maybe'])).toMatchObject({
    status: 1,
    stderr: daemon("Invalid filter 'dangling=[maybe]'"),
  });
});

test.each([
  [
    ['x'],
    'create x: volume name is too short, names should be at least two alphanumeric characters',
  ],
  [
    ['a/b'],
    'create a/b: "a/b" includes invalid characters for a local volume name, only "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed. If you intended to pass a host directory, use absolute path',
  ],
  [
    ['..'],
    'create ..: ".." includes invalid characters for a local volume name, only "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed. If you intended to pass a host directory, use absolute path',
  ],
  [['-d', 'nope', 'q1'], 'create q1: error looking up volume plugin nope: plugin "nope" not found'],
  [['-o', 'a', 'q3'], 'create q3: invalid option: "a"'],
  [['-o', 'type=tmpfs', 'q4'], 'create q4: missing required option: "device"'],
  [['-o', 'o=bind', '-o', 'device=/srv', 'q5'], 'create q5: missing required option: "type"'],
  [['-o', 'size=1m', 'q6'], 'create q6: quota size requested but no quota support'],
])('create %j is refused and leaves nothing', (flags, text) => {
  const refused = roots.rundlet(['volume', 'create', ...flags]);
  expect(refused).toEqual({ status: 1, stdout: '', stderr: daemon(text) });
  expect(existsSync(volumes()) ? readdirSync(volumes()) : []).toEqual([]);
});

test('rm refuses what a container uses, and what is missing unless forced', () => {
  roots.image();
  roots.ok(['volume', 'create', 'free']);
  const id = roots.ok(['container', 'create', '-v', 'used:/x', 'busybox']);
  expect(roots.rundlet(['volume', 'rm', 'used', 'nope', 'free'])).toEqual({
    status: 1,
    stdout: 'free\n',
    stderr: daemon(`remove used: volume is in use - [${id}]`) + daemon('get nope: no such volume'),
  });
  expect(readdirSync(volumes())).toEqual(['used']);
  expect(readdirSync(join(roots.dataRoot, 'rundlet/volumes'))).toEqual(['used.json']);
  expect(roots.ok(['volume', 'rm', '-f', 'nope'])).toBe('nope');
});

test('prune asks first, and takes named volumes only with --all', () => {
  roots.image();
  roots.ok(['volume', 'create', '--label', 'keep', 'named']);
  const anonymous = roots.ok(['volume', 'create']);
  writeFileSync(at(`${anonymous}/_data/big`), 'x'.repeat(2000));
  roots.ok(['container', 'create', '-v', '/x', 'busybox']);
  const program = join(repository, 'dist/bin/rundlet');
  const argv = ['--data-root', roots.dataRoot, '--exec-root', roots.execRoot, 'volume', 'prune'];
  const prune = (input: string, ...flags: string[]) =>
    spawnSync(program, [...argv, ...flags], { input, encoding: 'utf8' }).stdout;
  const question =
    'WARNING! This will remove anonymous local volumes not used by at least one container.\nAre you sure you want to continue? [y/N] ';
  expect(prune('')).toBe(question);
  expect(prune('n\n')).toBe(question);
  expect(existsSync(at(anonymous))).toBe(true);
  expect(prune('y\nmore')).toBe(
    `${question}Deleted Volumes:\n${anonymous}\n\nTotal reclaimed space: 2kB\n`,
  );
  expect(prune('', '-f', '-a', '--filter', 'label!=keep')).toBe('Total reclaimed space: 0B\n');
  expect(prune('', '-f', '-a')).toBe('Deleted Volumes:\nnamed\n\nTotal reclaimed space: 0B\n');
  expect(readdirSync(volumes())).toHaveLength(1);
});

test('rm -v: the anonymous volumes of a container go, named and shared ones stay', async () => {
  roots.image();
  const flags = ['-v', '/one', '-v', '/two', '--mount', 'dst=/three', '-v', 'named:/four'];
  const id = roots.ok(['container', 'create', '--name', 'first', ...flags, 'busybox']);
  const engine = openEngine(nodeHost(), roots);
  const container = await readContainer(engine, id);
  const two = container.config.MountPoints['/two']?.Name ?? '';
  roots.ok(['container', 'create', '-v', `${two}:/two`, 'busybox']);
  roots.forget(id);
  await removeAnonymousVolumes(engine, container);
  expect(readdirSync(volumes()).sort()).toEqual(['named', two].sort());
});

test('a new volume gets what the image has at its place, once', () => {
  roots.image({
    fill(diff) {
      mkdirSync(join(diff, 'content/deep'), { recursive: true });
      writeFileSync(join(diff, 'content/deep/file'), 'from the image', { mode: 0o640 });
    },
  });
  const create = (...flags: string[]) => roots.ok(['container', 'create', ...flags, 'busybox']);
  create('-v', 'filled:/content', '-v', 'plain:/content/deep:nocopy');
  expect(tree(at('filled/_data'))).toEqual(['755 d deep', '640 f deep/file']);
  expect(tree(at('plain/_data'))).toEqual([]);
  writeFileSync(at('filled/_data/deep/file'), 'changed');
  create('-v', 'filled:/content');
  expect(readFileSync(at('filled/_data/deep/file'), 'utf8')).toBe('changed');
});

test('what options say is mounted for the time that containers run', async () => {
  roots.image();
  const device = join(roots.dir, 'device');
  mkdirSync(device);
  writeFileSync(join(device, 'there'), '');
  const options = ['-o', 'type=none', '-o', 'o=bind,ro', '-o', `device=${device}`];
  roots.ok(['volume', 'create', ...options, 'bound']);
  const create = () => roots.ok(['container', 'create', '-v', 'bound:/etc', 'busybox']);
  const engine = openEngine(nodeHost(), roots);
  const [one, other] = [create(), create()];
  const first = await readContainer(engine, one);
  await mountVolumes(engine, first);
  await mountVolumes(engine, first);
  const line = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .filter((mount) => mount.includes(at('bound/_data')));
  expect(line).toHaveLength(1);
  expect(line[0]).toMatch(/ ro[, ]/);
  expect(readdirSync(at('bound/_data'))).toEqual(['there']);
  // Another one that runs keeps it.
  const record = join(roots.dataRoot, 'containers', other, 'config.v2.json');
  const text = readFileSync(record, 'utf8');
  writeFileSync(record, text.replace('"Running":false', '"Running":true'));
  await unmountVolumes(engine, first);
  expect(readdirSync(at('bound/_data'))).toEqual(['there']);
  writeFileSync(record, text);
  await unmountVolumes(engine, first);
  expect(readdirSync(at('bound/_data'))).toEqual([]);
  // Removing it leaves what it showed.
  await mountVolumes(engine, first);
  roots.forget(one);
  roots.forget(other);
  expect(roots.ok(['volume', 'rm', 'bound'])).toBe('bound');
  expect(readdirSync(device)).toEqual(['there']);
});
