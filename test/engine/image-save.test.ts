import { execFileSync, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { executable } from '../parity/both-hosts.ts';
import { requires } from '../support/index.ts';
import { type EngineRoots, makeEngineRoots } from './support/engine-roots.ts';
import {
  type ArchiveWish,
  busyboxLayer,
  dockerArchive,
  type MadeImage,
  sha256,
  tarOf,
} from './support/image-archive.ts';

let roots: EngineRoots;

beforeEach((ctx) => {
  requires(ctx, 'root');
  roots = makeEngineRoots();
});
afterEach(() => roots.remove());

function load(wish: ArchiveWish): MadeImage {
  const image = dockerArchive(wish);
  writeFileSync(join(roots.dir, 'image.tar'), image.archive());
  roots.ok(['image', 'load', '-i', join(roots.dir, 'image.tar')]);
  return image;
}

/** The archive, unpacked. */
function saved(...names: string[]): (path: string) => Buffer {
  const file = join(roots.dir, 'saved.tar');
  roots.ok(['image', 'save', '-o', file, ...names]);
  const directory = join(roots.dir, 'saved');
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory);
  execFileSync('tar', ['-C', directory, '-xf', file]);
  return (path) => readFileSync(join(directory, path));
}

/** A layer with what tars can hold, by GNU tar in its formats. */
function motley(format: string): Buffer {
  const dir = join(roots.dir, `motley-${format}`);
  const run = (script: string) => execFileSync('sh', ['-ec', script], { cwd: dir });
  mkdirSync(dir);
  run(`mkdir -p d/${'long/'.repeat(40)} && echo x > "d/${'long/'.repeat(40)}file"
    echo content > a && ln a b && ln -s a c && mknod null c 1 3 && mkfifo fifo && : > empty
    printf '\\377\\376' > bytes && chmod 4755 a && touch -d @1.5 a && : > .wh.gone
    touch "$(printf 'not-\\377-utf8')" && head -c 300000 /dev/urandom > random && chown 12345:54321 random
    setfattr -n user.x -v y a 2>/dev/null || true`);
  const more = format === 'posix' ? ['--xattrs'] : [];
  return execFileSync('tar', ['-C', dir, `--format=${format}`, ...more, '-b', '40', '-c', '.'], {
    maxBuffer: 1 << 26,
  });
}

describe('image save', () => {
  it.each(['posix', 'gnu'])('gives back the bytes of a layer in %s tar', (format) => {
    const layer = motley(format);
    const image = load({ layers: [layer], compression: 'gzip' });
    const read = saved('made:1');
    expect(read(`blobs/sha256/${sha256(layer).slice(7)}`).equals(layer)).toBe(true);
    expect(sha256(read(`blobs/sha256/${image.id.slice(7)}`))).toBe(image.id);
  });

  it('is an OCI layout with manifest.json and repositories', () => {
    const layers = [busyboxLayer(), tarOf([['x', 'y']])];
    const image = load({ layers, names: ['made:1', 'made:2', 'localhost:5000/a/b:c'] });
    const read = saved('made', 'localhost:5000/a/b:c');
    const json = (path: string) => JSON.parse(`${read(path)}`);
    const blob = (digest: string) => `blobs/sha256/${digest.slice(7)}`;
    expect(json('manifest.json')).toEqual([
      {
        Config: blob(image.id),
        RepoTags: ['made:1', 'made:2', 'localhost:5000/a/b:c'],
        Layers: image.diffIds.map(blob),
      },
    ]);
    const top = image.diffIds[1]?.slice(7);
    expect(json('repositories')).toEqual({
      made: { 1: top, 2: top },
      'localhost:5000/a/b': { c: top },
    });
    expect(json('oci-layout')).toEqual({ imageLayoutVersion: '1.0.0' });
    const { manifests } = json('index.json');
    expect(manifests).toHaveLength(3);
    expect(manifests[0].annotations['io.containerd.image.name']).toBe('docker.io/library/made:1');
    const manifest = json(blob(manifests[0].digest));
    expect(manifests[0].size).toBe(read(blob(manifests[0].digest)).length);
    expect(manifest.layers.map(({ digest }: { digest: string }) => digest)).toEqual(image.diffIds);
    expect(manifest.layers.map(({ size }: { size: number }) => size)).toEqual(
      layers.map(({ length }) => length),
    );
  });

  it('is loaded again, by either of its manifests, to the same image', () => {
    const image = load({ layers: [busyboxLayer()], names: ['a:1', 'b:2'] });
    saved('a:1', 'b');
    for (const gone of [[], ['manifest.json', 'repositories']]) {
      for (const name of gone) rmSync(join(roots.dir, 'saved', name));
      const fresh = makeEngineRoots();
      fresh.ok(['load', '-i', join(roots.dir, 'saved')]);
      expect(
        fresh.ok(['images', '--no-trunc', '--format', '{{.ID}} {{.Repository}}:{{.Tag}}']),
      ).toBe(`${image.id} a:1\n${image.id} b:2`);
      fresh.remove();
    }
  });

  it('goes through a pipe', () => {
    const image = load({ layers: [tarOf([['x', 'y']])] });
    const fresh = makeEngineRoots();
    const pipe = `"$0" --data-root "$1" save ${image.id} | "$0" --data-root "$2" load`;
    const args = ['-ec', pipe, executable, roots.dataRoot, fresh.dataRoot];
    const { stdout, stderr } = spawnSync('sh', args, { encoding: 'utf8' });
    expect([stdout, stderr]).toEqual([`Loaded image ID: ${image.id}\n`, '']);
    fresh.remove();
  });

  it('tells what is wrong in one line and leaves no file', () => {
    const image = load({ layers: [tarOf([['x', 'yyyy']])] });
    const file = join(roots.dir, 'out.tar');
    const record = join(
      roots.dataRoot,
      'image/overlay2/layerdb/sha256',
      `${image.chains[0]?.slice(7)}`,
    );
    const diff = join(
      roots.dataRoot,
      'overlay2',
      readFileSync(join(record, 'cache-id'), 'utf8'),
      'diff',
    );
    const fails = (message: string | RegExp, ...names: string[]) => {
      const { status, stderr } = roots.rundlet(['save', '-o', file, ...names]);
      expect(stderr).toMatch(message);
      expect([status, stderr.split('\n').length]).toEqual([1, 2]);
      expect(existsSync(file)).toBe(false);
      expect(readdirSync(roots.dir).filter((name) => name.includes('partial'))).toEqual([]);
    };
    fails('Error response from daemon: No such image: none:latest', 'none');
    writeFileSync(join(diff, 'x'), 'yyyz');
    fails(/layer sha256:\w+: x: changed since it was unpacked/, 'made:1');
    writeFileSync(join(diff, 'x'), 'yyyy');
    appendFileSync(join(record, 'tar-split.json.gz'), 'garbage');
    fails(/tar-split.json.gz: unexpected end of file/, 'made:1');
    rmSync(join(record, 'tar-split.json.gz'));
    fails(/open .*tar-split.json.gz: no such file or directory/, 'made:1');
  });
});
