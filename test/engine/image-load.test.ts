import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, lstatSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { executable } from '../parity/both-hosts.ts';
import { requires } from '../support/index.ts';
import { tree } from './store.ts';
import { type EngineRoots, makeEngineRoots } from './support/engine-roots.ts';
import {
  type ArchiveWish,
  type Compression,
  compressed,
  dockerArchive,
  type MadeImage,
  ociLayout,
  sha256,
  tarOf,
  writeMembers,
} from './support/image-archive.ts';

let roots: EngineRoots;

beforeEach((ctx) => {
  requires(ctx, 'root');
  roots = makeEngineRoots();
});
afterEach(() => roots.remove());

const lower = tarOf([
  ['etc/', ''],
  ['etc/name', 'lower\n'],
  ['etc/gone', 'x'],
]);
const upper = tarOf([
  ['etc/', ''],
  ['etc/.wh.gone', ''],
  ['opt/', ''],
  ['opt/x', 'y'.repeat(70_000)],
]);
const layers = [lower, upper];

function fileOf(image: MadeImage, name = 'image.tar'): string {
  writeFileSync(join(roots.dir, name), image.archive());
  return join(roots.dir, name);
}

const layerdb = () => join(roots.dataRoot, 'image/overlay2/layerdb');
const cacheOf = (chain: string) =>
  readFileSync(join(layerdb(), 'sha256', chain.slice(7), 'cache-id'), 'utf8');
/** Everything but what a first command makes for all. */
const stored = () =>
  existsSync(roots.dataRoot)
    ? tree(roots.dataRoot).filter((line) => !/ d |\.lock$|repositories\.json$/.test(line))
    : [];

describe('image load', () => {
  it('makes the store of Docker’s layout, file by file', () => {
    const image = dockerArchive({ layers });
    expect(roots.ok(['image', 'load', '-i', fileOf(image)])).toBe('Loaded image: made:1');
    const [first, second] = image.chains.map(cacheOf);
    const [below, above] = [first, second].map((id) => join(roots.dataRoot, 'overlay2', `${id}`));
    const record = join(layerdb(), 'sha256', `${image.chains[1]?.slice(7)}`);
    expect(lstatSync(record).mode & 0o7777).toBe(0o700);
    expect(tree(record)).toEqual(
      ['cache-id', 'diff', 'parent', 'size', 'tar-split.json.gz'].map((name) => `644 f ${name}`),
    );
    expect(readFileSync(join(record, 'diff'), 'utf8')).toBe(image.diffIds[1]);
    expect(readFileSync(join(record, 'parent'), 'utf8')).toBe(image.chains[0]);
    expect(readFileSync(join(record, 'size'), 'utf8')).toBe('70000');
    const link = readFileSync(join(`${below}`, 'link'), 'utf8');
    expect(readFileSync(join(`${above}`, 'lower'), 'utf8')).toBe(`l/${link}`);
    expect(tree(`${below}`)).toEqual([
      '600 f committed',
      '755 d diff',
      '755 d diff/etc',
      '644 f diff/etc/gone',
      '644 f diff/etc/name',
      '644 f link',
    ]);
    expect(tree(`${above}`)).toEqual([
      '755 d diff',
      '755 d diff/etc',
      '000 f diff/etc/gone',
      '755 d diff/opt',
      '644 f diff/opt/x',
      '644 f link',
      '644 f lower',
      '700 d work',
    ]);
    expect(lstatSync(join(`${above}`, 'diff/etc/gone')).isCharacterDevice()).toBe(true);
    const content = roots.read(`image/overlay2/imagedb/content/sha256/${image.id.slice(7)}`);
    expect(content).toBe(image.members.get(`${image.id.slice(7)}.json`)?.toString());
    expect(roots.read('image/overlay2/repositories.json')).toBe(
      `{"Repositories":{"made":{"made:1":"${image.id}"}}}`,
    );
    expect(readdirSync(join(layerdb(), 'tmp'))).toEqual([]);
    expect(roots.read('rundlet/images.begun')).toBeUndefined();
  });

  const forms: [string, (wish: ArchiveWish) => MadeImage][] = [
    ['docker-archive', dockerArchive],
    ['OCI layout', ociLayout],
  ];
  const compressions: Compression[] = ['plain', 'gzip', 'zstd'];
  describe.each(forms)('%s', (_, make) => {
    it.each(compressions)('%s, from a file, a pipe, and compressed as a whole', (compression) => {
      const image = make({ layers, compression });
      const said = 'Loaded image: made:1';
      expect(roots.ok(['image', 'load', '--input', fileOf(image)])).toBe(said);
      const before = stored();
      expect(roots.ok(['load'], { input: image.archive() })).toBe(said);
      // It was there already.
      expect(stored()).toEqual(before);
      const fresh = makeEngineRoots();
      writeFileSync(join(roots.dir, 'whole.gz'), compressed(image.archive(), 'gzip'));
      expect(fresh.ok(['load', '-q', '-i', join(roots.dir, 'whole.gz')])).toBe(said);
      expect(fresh.ok(['images', '-q', '--no-trunc'])).toBe(image.id);
      expect(readdirSync(join(fresh.dataRoot, 'tmp'))).toEqual([]);
      fresh.remove();
    });

    it('as a directory, by the Node host', () => {
      const image = make({ layers, compression: 'gzip' });
      writeMembers(join(roots.dir, 'layout'), image.members);
      const { status, stdout, stderr } = roots.node(['load', '-i', join(roots.dir, 'layout')]);
      expect([status, stdout, stderr]).toEqual([0, 'Loaded image: made:1\n', '']);
      expect(roots.ok(['images', '-q', '--no-trunc'])).toBe(image.id);
    });
  });

  it('shares layers and moves names', () => {
    const one = dockerArchive({ layers, names: ['made:1', 'made:latest', 'other/x:2'] });
    const two = dockerArchive({ layers: [lower], names: ['made:1'] });
    const nameless = dockerArchive({ layers: [lower, lower], names: [] });
    roots.ok(['load', '-i', fileOf(one)]);
    const count = readdirSync(join(roots.dataRoot, 'overlay2/l')).length;
    expect(roots.ok(['load', '-i', fileOf(two)])).toBe(
      `The image made:1 already exists, renaming the old one with ID ${one.id} to empty string\nLoaded image: made:1`,
    );
    expect(readdirSync(join(roots.dataRoot, 'overlay2/l')).length).toBe(count);
    expect(roots.ok(['load', '-i', fileOf(nameless)])).toBe(`Loaded image ID: ${nameless.id}`);
    expect(readdirSync(join(roots.dataRoot, 'overlay2/l')).length).toBe(count + 1);
  });

  it('takes links to layers, as docker save wrote them for layers it had already', () => {
    const image = dockerArchive({ layers: [lower, lower] });
    image.members.delete('1/layer.tar');
    const archive = image.archive();
    const link = Buffer.from(tarOf([['1/layer.tar', '']]).subarray(0, 512));
    link.write('2', 156);
    link.write('../0/layer.tar', 157);
    link.write('        ', 148);
    const sum = link.reduce((total, byte) => total + byte, 0);
    link.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    writeFileSync(join(roots.dir, 'x.tar'), Buffer.concat([link, archive]));
    expect(roots.ok(['load', '-i', join(roots.dir, 'x.tar')])).toBe('Loaded image: made:1');
  });

  it('takes the manifest for this machine from an index, attestations aside', () => {
    const image = ociLayout({ layers: [lower] });
    const index = JSON.parse(`${image.members.get('index.json')}`);
    const [mine] = index.manifests;
    const foreign = { ...mine, digest: `sha256:${'0'.repeat(64)}` };
    const platform = (os: string, architecture: string) => ({ platform: { os, architecture } });
    index.manifests = [
      { ...foreign, ...platform('unknown', 'unknown') },
      { ...foreign, ...platform('linux', 'sparc') },
      { ...mine, ...platform('linux', process.arch === 'x64' ? 'amd64' : 'arm64') },
    ];
    const nested = Buffer.from(JSON.stringify(index));
    const digest = sha256(nested);
    image.members.set(`blobs/sha256/${digest.slice(7)}`, nested);
    const annotations = { 'io.containerd.image.name': 'docker.io/library/multi:3' };
    const outer = { manifests: [{ mediaType: 'x', digest, size: nested.length, annotations }] };
    image.members.set('index.json', Buffer.from(JSON.stringify(outer)));
    expect(roots.ok(['load', '-i', fileOf(image)])).toBe('Loaded image: multi:3');
  });
});

describe('image load refuses, in one line, and leaves nothing', () => {
  const cases: [string, (image: MadeImage) => void, RegExp][] = [
    [
      'no manifest',
      ({ members }) => members.delete('manifest.json'),
      /neither manifest.json nor index.json/,
    ],
    [
      'damaged JSON',
      ({ members }) => members.set('manifest.json', Buffer.from('[{')),
      /manifest.json: not JSON/,
    ],
    [
      'a missing layer',
      ({ members }) => members.delete('1/layer.tar'),
      /1\/layer\.tar: not in the archive/,
    ],
    [
      'a foreign layer',
      ({ members }) => members.set('1/layer.tar', lower),
      /wrong diffID: expected sha256:/,
    ],
    [
      'a cut layer',
      ({ members }) => members.set('1/layer.tar', upper.subarray(0, 1000)),
      /unexpected EOF/,
    ],
    [
      'too few layers',
      ({ members }) => edit(members, 'manifest.json', (list) => list[0].Layers.pop()),
      /invalid manifest, layers length mismatch: expected 2, got 1/,
    ],
    [
      'a config that leads out',
      ({ members }) =>
        edit(members, 'manifest.json', (list) => (list[0].Config = '../../etc/passwd')),
      /leads out/,
    ],
    [
      'a tag that is none',
      ({ members }) => edit(members, 'manifest.json', (list) => (list[0].RepoTags = ['UPPER:x'])),
      /repository name must be lowercase/,
    ],
  ];

  it.each(cases)('%s', (_, damage, message) => {
    const image = dockerArchive({ layers });
    damage(image);
    refused(['load', '-i', fileOf(image)], message);
  });

  it.each<[string, (image: MadeImage) => void, RegExp]>([
    [
      'a manifest that is an index too',
      (image) => editManifest(image, (m) => (m['manifests'] = [])),
      /both a manifest and an index/,
    ],
    [
      'a digest that is a path',
      (image) => editManifest(image, (m) => (m['config'] = { digest: 'sha256:../../x', size: 1 })),
      /is no SHA-256 digest/,
    ],
    [
      'a blob of another digest',
      ({ members }) => {
        for (const [name, data] of members) if (data.equals(lower)) members.set(name, upper);
      },
      /wrong digest: expected sha256:/,
    ],
  ])('OCI layout: %s', (_, damage, message) => {
    const image = ociLayout({ layers: [lower] });
    damage(image);
    refused(['load', '-i', fileOf(image)], message);
  });

  it('files that are missing, cut or no archive', () => {
    refused(['load', '-i', '/nowhere/x.tar'], /^open \/nowhere\/x.tar: no such file or directory/);
    writeFileSync(join(roots.dir, 'text'), 'no tar'.repeat(200));
    refused(['load', '-i', join(roots.dir, 'text')], /invalid tar header/);
    const image = dockerArchive({ layers });
    writeFileSync(join(roots.dir, 'cut'), image.archive().subarray(0, 9000));
    refused(['load', '-i', join(roots.dir, 'cut')], /unexpected EOF|neither manifest/);
    refused(['load', 'x'], /accepts no arguments/);
  });

  function refused(args: string[], message: RegExp): void {
    const { status, stdout, stderr } = roots.rundlet(args);
    expect(stderr).toMatch(message);
    expect([status, stdout, stderr.trim().split('\n').length]).toEqual([1, '', 1]);
    expect(stored()).toEqual([]);
    expect(roots.node(args).stderr).toBe(stderr);
  }
});

function edit(
  members: Map<string, Buffer>,
  name: string,
  // biome-ignore lint/suspicious/noExplicitAny: JSON that is to be damaged
  change: (value: any) => unknown,
): void {
  const value = JSON.parse(`${members.get(name)}`);
  change(value);
  members.set(name, Buffer.from(JSON.stringify(value)));
}

/** Changes the manifest of an OCI layout, and the index with it. */
function editManifest({ members }: MadeImage, change: (manifest: Record<string, unknown>) => void) {
  edit(members, 'index.json', (index) => {
    const [entry] = index.manifests;
    const manifest = JSON.parse(`${members.get(`blobs/sha256/${entry.digest.slice(7)}`)}`);
    change(manifest);
    const data = Buffer.from(JSON.stringify(manifest));
    entry.digest = sha256(data);
    members.set(`blobs/sha256/${entry.digest.slice(7)}`, data);
  });
}

describe('image load and time', () => {
  it('two loads of one image at once unpack it once', async () => {
    const file = fileOf(dockerArchive({ layers }));
    const codes = await Promise.all(
      [1, 2, 3].map(async () => {
        const child = spawn(executable, ['--data-root', roots.dataRoot, 'load', '-i', file]);
        return (await once(child, 'close'))[0];
      }),
    );
    expect(codes).toEqual([0, 0, 0]);
    expect(readdirSync(join(roots.dataRoot, 'overlay2/l'))).toHaveLength(2);
  });

  it('killed at any moment, the next command removes what was half', async () => {
    const many = tarOf(Array.from({ length: 3000 }, (_, n) => [`f${n}`, 'x'.repeat(n)] as const));
    const file = fileOf(dockerArchive({ layers: [lower, many] }));
    const small = fileOf(dockerArchive({ layers: [upper], names: ['small:1'] }), 'small.tar');
    roots.ok(['load', '-i', small]);
    const clean = stored();
    for (let delay = 2; delay < 60; delay += 6) {
      const child = spawn(executable, ['--data-root', roots.dataRoot, 'load', '-i', file]);
      const timer = setTimeout(() => child.kill('SIGKILL'), delay);
      const [code] = await once(child, 'close');
      clearTimeout(timer);
      if (code === 0) break;
      roots.ok(['load', '-i', small]);
      expect(stored()).toEqual(clean);
    }
    roots.ok(['load', '-i', file]);
    expect(readdirSync(join(roots.dataRoot, 'overlay2/l'))).toHaveLength(3);
  });
});
