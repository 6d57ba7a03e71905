// `system df`, `info` and `gc` on stores laid by hand, in both hosts.
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { hostname, release } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { requires } from '../support/index.ts';
import { tree } from './store.ts';
import { type EngineRoots, makeEngineRoots } from './support/engine-roots.ts';
import { type LaidContainer, layContainer } from './support/lay-container.ts';
import type { LaidImage } from './support/lay-image.ts';

const one = `1${'a'.repeat(63)}`;
const two = `2${'b'.repeat(63)}`;
let roots: EngineRoots;
let image: LaidImage;
let laid: LaidContainer;

function shown(args: string[]): string {
  const executable = roots.rundlet(args);
  expect(executable).toEqual(roots.node(args));
  expect(executable).toMatchObject({ status: 0, stderr: '' });
  return executable.stdout;
}

beforeEach(async (ctx) => {
  requires(ctx, 'root');
  roots = makeEngineRoots();
  image = roots.image({ layers: 2 });
  laid = await layContainer(roots, { id: one, name: 'one', image });
  await layContainer(roots, {
    id: two,
    name: 'two',
    image,
    state: { StartedAt: '2026-11-24T02:00:00Z', FinishedAt: '2026-11-24T02:00:01Z' },
  });
});
afterEach(() => roots?.remove());

describe('system df', () => {
  it('counts as docker', () => {
    const sizes = join(roots.dataRoot, 'image/overlay2/layerdb/sha256');
    image.chains.forEach((chain, at) => {
      writeFileSync(join(sizes, chain.slice(7), 'size'), String(1_000_000 * (at + 1)));
    });
    writeFileSync(join(laid.diff, 'f'), 'x'.repeat(2500));
    roots.ok(['volume', 'create', 'v1']);
    writeFileSync(join(roots.dataRoot, 'volumes/v1/_data/f'), 'y'.repeat(500));
    expect(shown(['system', 'df'])).toBe(
      [
        'TYPE            TOTAL     ACTIVE    SIZE      RECLAIMABLE',
        'Images          1         1         3MB       0B (0%)',
        'Containers      2         0         2.5kB     2.5kB (100%)',
        'Local Volumes   1         0         500B      500B (100%)',
        'Build Cache     0         0         0B        0B',
        '',
      ].join('\n'),
    );
    expect(shown(['system', 'df', '--format', '{{.Type}}:{{.Size}}'])).toContain('Images:3MB\n');
    const detailed = shown(['system', 'df', '-v']);
    expect(detailed).toMatch(/^busybox {6}latest {4}[0-9a-f]{12} .* 3MB +0B +3MB +2$/m);
    expect(detailed).toMatch(/^1a{11} {3}busybox .* 2\.5kB .* Created +one$/m);
    expect(detailed).toMatch(/^v1 {12}0 {9}500B$/m);
  });
});

it('system info', () => {
  const lines = shown(['info']).split('\n');
  for (const line of [' Containers: 2', '  Stopped: 2', ' Images: 1']) {
    expect(lines).toContain(line);
  }
  expect(lines).toContain(` Kernel Version: ${release()}`);
  expect(lines).toContain(` Name: ${hostname()}`);
  expect(lines).toContain(` Docker Root Dir: ${roots.dataRoot}`);
  expect(shown(['info', '-f', '{{.Driver}} {{.NCPU}} {{.MemTotal}}'])).toMatch(
    /^overlay2 \d+ \d+\n$/,
  );
  expect(JSON.parse(shown(['info', '--format', 'json'])).ContainersStopped).toBe(2);
});

describe('system gc', () => {
  const found = () =>
    shown(['system', 'gc', '--dry-run', '--format', '{{.Kind}} {{.Path}}: {{.Why}}'])
      .split('\n')
      .filter(Boolean)
      .map((line) => line.replace(`${roots.dataRoot}/`, '').replace(`${roots.execRoot}/`, 'run:'));

  /** What crashes may leave, of each kind. */
  function spoil(): string[] {
    const lost = 'e'.repeat(64);
    const data = (path: string) => join(roots.dataRoot, path);
    mkdirSync(data(`overlay2/${lost}/diff/etc`), { recursive: true });
    symlinkSync(`../${'d'.repeat(64)}/diff`, data(`overlay2/l/${'A'.repeat(26)}`));
    mkdirSync(data(`containers/${lost}/checkpoints`), { recursive: true });
    mkdirSync(data(`image/overlay2/layerdb/mounts/${lost}`));
    writeFileSync(data(`image/overlay2/layerdb/mounts/${lost}/mount-id`), 'c'.repeat(64));
    mkdirSync(join(roots.execRoot, `containerd/${one}`), { recursive: true });
    mkdirSync(join(roots.execRoot, `runtime-runc/moby/${lost}`), { recursive: true });
    return [
      `record containers/${lost}: a directory of a container without config.v2.json`,
      `layer record image/overlay2/layerdb/mounts/${lost}: names the layers of a container that has no record`,
      `layer overlay2/${lost}: no record in layerdb names it`,
      `link overlay2/l/${'A'.repeat(26)}: leads to no layer`,
      `fifos run:containerd/${one}: its container does not run`,
      `runtime state run:runtime-runc/moby/${lost}: of a container without record`,
    ];
  }

  it('a whole store has none', () => expect(found()).toEqual([]));

  it('names each orphan and why, and touches nothing with --dry-run', () => {
    const expected = spoil();
    const before = tree(roots.dataRoot);
    expect(found()).toEqual(expected);
    expect(tree(roots.dataRoot)).toEqual(before);
  });

  it('removes them, and nothing else', () => {
    const whole = tree(roots.dataRoot);
    const expected = spoil();
    roots.ok(['system', 'gc', '-f']);
    expect(found()).toEqual(expected.slice(4));
    const own = (line: string) => !line.includes(' rundlet/');
    expect(tree(roots.dataRoot).filter(own)).toEqual(whole.filter(own));
    expect(roots.ok(['inspect', '-f', '{{.Name}}', 'one', 'two'])).toBe('/one\n/two');
  });

  it('layers of an image that is gone, a record whose process is gone', async () => {
    const other = roots.image({ name: 'other:1', layers: 2, config: { Cmd: ['true'] } });
    const content = join(roots.dataRoot, 'image/overlay2/imagedb/content/sha256');
    rmSync(join(content, other.id.slice(7)));
    const path = join(roots.dataRoot, 'containers', two, 'config.v2.json');
    const record = JSON.parse(readFileSync(path, 'utf8'));
    const StartedAt = new Date().toISOString();
    record.State = { ...record.State, Running: true, Pid: 1, StartedAt };
    writeFileSync(path, JSON.stringify(record));
    const lines = found();
    expect(lines.filter((line) => line.startsWith('image layer'))).toHaveLength(2);
    expect(lines.at(-1)).toBe(
      `record containers/${two}/config.v2.json: says that it runs, but process 1 is not there or another's`,
    );
    roots.ok(['system', 'gc', '-f']);
    expect(found()).toEqual(lines.slice(-1));
    for (const cacheId of other.cacheIds) {
      expect(existsSync(join(roots.dataRoot, 'overlay2', cacheId))).toBe(false);
    }
    expect(readdirSync(join(roots.dataRoot, 'overlay2/l'))).toHaveLength(6);
  });

  it('asks, and leaves another engine’s data root alone', () => {
    spoil();
    const before = tree(roots.dataRoot);
    const asked = roots.rundlet(['system', 'gc'], { input: Buffer.from('n\n') });
    expect(asked.stdout).toContain('Are you sure you want to remove them? [y/N] ');
    expect(tree(roots.dataRoot)).toEqual(before);
    rmSync(join(roots.dataRoot, 'rundlet'), { recursive: true });
    const refused = roots.rundlet(['system', 'gc', '-f']);
    expect(refused.stderr).toContain("is another engine's");
    expect(refused.status).toBe(1);
  });
});
