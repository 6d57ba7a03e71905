// Images between rundlet and a dockerd of Debian: each lists, runs and saves what the other loaded, and both
// make the same files of one archive.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  busyboxLayer,
  dockerArchive,
  type MadeImage,
  sha256,
} from '../engine/support/image-archive.ts';
import { type Box, type Running, requires } from '../support/index.ts';
import { client, end, hasDocker, openRoom, startDocker } from './engine.ts';

let box: Box;
let daemons: Running[] = [];
let dataRoot = '';
let ours: MadeImage;
let theirs: MadeImage;

const run = (argv: string[]) => client(box, argv);
const docker = (...args: string[]) => run(['docker', '-H', 'unix:///run/docker.sock', ...args]);
const on = (root: string, ...args: string[]) =>
  run([box.runtime.path, '--data-root', root, '--exec-root', join(box.dir, 'exec'), ...args]);
const rundlet = (...args: string[]) => on(dataRoot, ...args);

/** Whiteouts, links, capabilities, odd modes, owners and times. */
function upperLayer(): Buffer {
  const dir = mkdtempSync(join(box.dir, 'upper-'));
  const script = `mkdir -p etc opt/sub srv && : > etc/.wh.group && : > srv/.wh..wh..opq && echo x > srv/new
    echo 'root:x:0:0:upper:/root:/bin/sh' > etc/passwd && echo y > opt/f && ln opt/f opt/again
    ln -s ../etc/passwd opt/link && chmod 2750 opt/sub && chown 12:34 opt/sub opt/link
    cp /bin/true opt/cap && setcap cap_net_raw+ep opt/cap && mknod opt/null c 1 3 && mkfifo opt/fifo
    chmod 4755 opt/again && touch -h -d @1234567.125 opt/link opt/f && touch -d @77 opt`;
  execFileSync('sh', ['-ec', script], { cwd: dir });
  const args = ['-C', dir, '--format=posix', '--xattrs', '--xattrs-include=security.*', '-c', '.'];
  return execFileSync('tar', args, { maxBuffer: 1 << 26 });
}

function archive(image: MadeImage): string {
  const file = join(box.dir, `${image.id.slice(7)}.tar`);
  writeFileSync(file, image.archive());
  return file;
}

/** Digests of the layers in an archive, in the order of its manifest.json. */
function layerDigests(file: string): string[] {
  const member = (name: string) =>
    execFileSync('tar', ['-xOf', file, name], { maxBuffer: 1 << 28 });
  const [{ Layers }] = JSON.parse(`${member('manifest.json')}`);
  return Layers.map((layer: string) => sha256(member(layer)));
}

/** What a layer's directory holds, with all that a tar says of it. */
function contents(root: string, chain: string): string[] {
  const record = join(root, 'image/overlay2/layerdb/sha256', chain.slice(7));
  const diff = join(root, 'overlay2', readFileSync(join(record, 'cache-id'), 'utf8'), 'diff');
  const size = readFileSync(join(record, 'size'), 'utf8');
  const found = execFileSync('python3', ['-c', describeFiles, diff], { encoding: 'utf8' });
  return [size, ...found.split('\n')];
}

/** The times of whiteouts are of the moment. */
const describeFiles = `
import os, stat, sys
root = sys.argv[1]
paths = [root] + [os.path.join(at, name) for at, dirs, files in os.walk(root) for name in dirs + files]
for path in sorted(paths):
    s = os.lstat(path)
    whiteout = stat.S_ISCHR(s.st_mode) and s.st_rdev == 0
    size = 0 if stat.S_ISDIR(s.st_mode) else s.st_size
    times = () if whiteout or path == root else (s.st_mtime_ns, s.st_nlink)
    link = os.readlink(path) if stat.S_ISLNK(s.st_mode) else ''
    names = sorted(os.listxattr(path, follow_symlinks=False))
    xattrs = [(name, os.getxattr(path, name, follow_symlinks=False)) for name in names]
    print(os.path.relpath(path, root), oct(s.st_mode), s.st_uid, s.st_gid, s.st_rdev, size, times, link, xattrs)
`;

beforeAll(async () => {
  if (!hasDocker()) return;
  box = await openRoom();
  mkdirSync(join(box.dir, 'config'));
  dataRoot = join(box.dir, 'docker');
  const layers = [busyboxLayer(), upperLayer()];
  ours = dockerArchive({ layers, names: ['ours:1', 'ours:2'], compression: 'gzip' });
  theirs = dockerArchive({ layers: [...layers].reverse(), names: ['theirs:1'] });
  await rundlet('image', 'load', '-i', archive(ours));
  const { dockerd, containerd } = await startDocker(box, dataRoot);
  daemons = [dockerd, containerd];
}, 90_000);

afterAll(async () => {
  if (!box) return;
  for (const daemon of daemons) await end(daemon);
  await box.close();
});

beforeEach((ctx) => {
  requires(ctx, 'root', 'program dockerd', 'program containerd', 'program docker');
  requires(ctx, 'program python3', 'program setcap');
  if (box.runtime.name !== 'rundlet') ctx.skip();
});

describe('a dockerd on what rundlet loaded', () => {
  it('lists it', async () => {
    const format = '{{.ID}} {{.Repository}}:{{.Tag}} {{.Size}}';
    const list = await docker('images', '--no-trunc', '--format', format);
    expect(list.split('\n').map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual([
      `${ours.id} ours:1`,
      `${ours.id} ours:2`,
    ]);
    expect(await rundlet('images', '--no-trunc', '--format', format)).toBe(list);
  });

  it('runs it, whiteouts and all', async () => {
    const script = 'cat /etc/passwd; ls /etc /srv; test -u /opt/f && echo set-uid';
    const args = ['run', '--rm', '--network', 'none', 'ours:1', 'sh', '-c', script];
    expect(await docker(...args)).toBe(
      'root:x:0:0:upper:/root:/bin/sh\n/etc:\nhostname\nhosts\nmtab\npasswd\nresolv.conf\n\n/srv:\nnew\nset-uid',
    );
  });

  it('saves it, byte for byte', async () => {
    const file = join(box.dir, 'by-docker.tar');
    await docker('save', '-o', file, 'ours:1');
    expect(layerDigests(file)).toEqual(ours.diffIds);
  });

  it('inspects it as rundlet does', async () => {
    const [docked] = JSON.parse(await docker('image', 'inspect', 'ours:1'));
    const [told] = JSON.parse(await rundlet('image', 'inspect', 'ours:1'));
    expect(told).toEqual(docked);
  });
});

describe('rundlet on what a dockerd loaded', () => {
  it('lists, inspects and saves it, byte for byte', async () => {
    await docker('load', '-i', archive(theirs));
    expect((await rundlet('images', '-q', '--no-trunc', 'theirs')).split('\n')).toEqual([
      theirs.id,
    ]);
    const [docked] = JSON.parse(await docker('image', 'inspect', 'theirs:1'));
    const [told] = JSON.parse(await rundlet('image', 'inspect', 'theirs:1'));
    expect(told).toEqual(docked);
    const file = join(box.dir, 'by-rundlet.tar');
    await rundlet('image', 'save', '-o', file, 'theirs:1');
    expect(layerDigests(file)).toEqual(theirs.diffIds);
    await docker('rmi', 'theirs:1');
    expect(await docker('load', '-q', '-i', file)).toBe('Loaded image: theirs:1');
    expect(await docker('images', '-q', '--no-trunc', 'theirs')).toBe(theirs.id);
  });

  it('makes the same files of the same archive', async () => {
    const other = join(box.dir, 'other');
    await on(other, 'image', 'load', '-i', archive(theirs));
    for (const chain of theirs.chains) {
      expect(contents(other, chain)).toEqual(contents(dataRoot, chain));
    }
    rmSync(other, { recursive: true });
  });

  it('removes it, and docker finds it gone at its next start', async () => {
    await end(daemons[0]);
    expect(await rundlet('rmi', 'theirs:1')).toContain(`Deleted: ${theirs.id}`);
    expect(await rundlet('images', '-q', '--no-trunc')).toBe(`${ours.id}\n${ours.id}`);
    const list = await rundlet('image', 'ls', '--format', '{{.Repository}}');
    expect(list).toBe('ours\nours');
  });
});
