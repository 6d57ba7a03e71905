// One registry between rundlet and a dockerd of Debian: both pull the same into the same files, and each
// runs what the other pushed.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { busyboxLayer, type MadeImage, ociLayout, tarOf } from '../engine/support/image-archive.ts';
import { type Registry, startDebianRegistry, upload } from '../engine/support/registry-server.ts';
import { type Box, type Running, requires, which } from '../support/index.ts';
import { client, end, hasDocker, openRoom, startDocker } from './engine.ts';

let box: Box;
let daemons: Running[] = [];
let registry: Registry;
let image: MadeImage;
/** Of dockerd, and of rundlet. */
let docked = '';
let own = '';

const docker = (...args: string[]) =>
  client(box, ['docker', '-H', 'unix:///run/docker.sock', ...args]);
const rundlet = (...args: string[]) =>
  client(box, [
    ...[box.runtime.path, '--data-root', own, '--exec-root', join(box.dir, 'exec')],
    ...args,
  ]);

/** Each file below a directory with what is in it. */
function files(directory: string): Record<string, string> {
  const found = readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(
    found.map((path) => [path.slice(directory.length), readFileSync(path, 'utf8')]),
  );
}

beforeAll(async () => {
  if (!hasDocker() || !which('docker-registry')) return;
  box = await openRoom({ hostnet: true });
  mkdirSync(join(box.dir, 'config'));
  writeFileSync(join(box.dir, 'config/config.json'), '{}');
  [docked, own] = [join(box.dir, 'docker'), join(box.dir, 'own')];
  registry = await startDebianRegistry(box.dir);
  const layers = [busyboxLayer(), tarOf([['opt/', '']]), tarOf([['opt/x', 'x'.repeat(100_000)]])];
  image = ociLayout({ layers, compression: 'gzip' });
  await upload(registry, 'team/app', '1', image);
  const { dockerd, containerd } = await startDocker(box, docked);
  daemons = [dockerd, containerd];
}, 90_000);

afterAll(async () => {
  if (!box) return;
  for (const daemon of daemons) await end(daemon);
  await registry?.close();
  await box.close();
});

beforeEach((ctx) => {
  requires(ctx, 'root', 'program dockerd', 'program containerd', 'program docker');
  requires(ctx, 'program docker-registry');
  if (box.runtime.name !== 'rundlet') ctx.skip();
});

describe('a registry beside dockerd', () => {
  it('is pulled from with the same lines into the same records', async () => {
    const name = `${registry.name}/team/app:1`;
    // Which layers wait, and which steps of small ones are told, is a matter of time, also with Docker.
    const sorted = (text: string) =>
      text
        .split('\n')
        .filter((line) => !/: (Waiting|Verifying Checksum|Download complete)$/.test(line))
        .sort();
    const theirs = sorted(await docker('pull', name));
    expect(sorted(await rundlet('pull', name))).toEqual(theirs);
    const store = (root: string) => join(root, 'image/overlay2');
    const repositories = (root: string) => files(store(root))['/repositories.json'];
    expect(repositories(own)).toBe(repositories(docked));
    const distribution = (root: string) => files(join(store(root), 'distribution'));
    expect(distribution(own)).toEqual(distribution(docked));
    const content = (root: string) => files(join(store(root), 'imagedb/content'));
    expect(content(own)).toEqual(content(docked));
    const records = (root: string) =>
      Object.entries(files(join(store(root), 'layerdb/sha256'))).filter(([path]) =>
        /\/(diff|parent|size)$/.test(path),
      );
    expect(records(own)).toEqual(records(docked));
    const [inspected] = JSON.parse(await docker('image', 'inspect', name));
    const [told] = JSON.parse(await rundlet('image', 'inspect', name));
    expect(told.RepoDigests).toEqual(inspected.RepoDigests);
  });

  it('says of what is missing the same', async () => {
    const said = async (work: Promise<string>) =>
      work.then(
        () => '',
        (error: Error) => /Error response from daemon: [^\n]*/.exec(error.message)?.[0],
      );
    for (const name of ['team/app:none', 'nobody/nothing']) {
      const whole = `${registry.name}/${name}`;
      expect(await said(rundlet('pull', whole)), name).toBe(await said(docker('pull', whole)));
    }
  });

  it('takes from each what the other runs', async () => {
    const name = (of: string) => `${registry.name}/pushed/${of}`;
    await rundlet('image', 'tag', `${registry.name}/team/app:1`, name('own'));
    await rundlet('push', name('own'));
    const run = ['run', '--rm', '--network', 'none'];
    expect(await docker(...run, name('own'), 'wc', '-c', '/opt/x')).toBe('100000 /opt/x');
    await docker('tag', `${registry.name}/team/app:1`, name('docker'));
    await docker('push', name('docker'));
    const ran = await rundlet('container', ...run, name('docker'), 'wc', '-c', '/opt/x');
    expect(ran).toBe('100000 /opt/x');
  });
});
