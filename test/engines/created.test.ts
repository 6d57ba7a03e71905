// A dockerd of Debian on a data root that rundlet filled: it lists, starts, logs and removes rundlet's
// containers and volumes; and the other way round.
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { layImage } from '../engine/support/lay-image.ts';
import { type Box, type Running, requires } from '../support/index.ts';
import { client, end, hasDocker, openRoom, startDocker } from './engine.ts';

let box: Box;
let daemons: Running[] = [];
let dataRoot = '';

const run = (argv: string[]) => client(box, argv);
const docker = (...args: string[]) => run(['docker', '-H', 'unix:///run/docker.sock', ...args]);
const rundlet = (...args: string[]) =>
  run([box.runtime.path, '--data-root', dataRoot, '--exec-root', join(box.dir, 'exec'), ...args]);

const ids: Record<string, string> = {};

beforeAll(async () => {
  if (!hasDocker()) return;
  box = await openRoom();
  mkdirSync(join(box.dir, 'config'));
  dataRoot = join(box.dir, 'docker');
  layImage(dataRoot, {
    layers: 3,
    fill(diff) {
      mkdirSync(join(diff, 'content'));
      writeFileSync(join(diff, 'content/file'), 'from the image\n');
    },
  });
  const create = (...args: string[]) => rundlet('container', 'create', ...args);
  const common = ['--network', 'none', '--name'];
  ids['box'] = await create(
    ...common,
    'box',
    ...['-e', 'A=b', '-l', 'own=1', '-w', '/new/place', '-v', 'kept:/content', '-v', '/anonymous'],
    ...['-m', '64m', '--read-only', '--tmpfs', '/tmp:size=1m', '--cap-drop', 'ALL'],
    ...['busybox', 'sh', '-c', 'pwd; echo $A; cat /content/file; echo more >> /content/file'],
  );
  ids['user'] = await create(...common, 'user', '-u', 'user:wheel', 'busybox', 'id');
  await rundlet('volume', 'create', '-o', 'type=tmpfs', '-o', 'device=tmpfs', 'memory');
  ids['memory'] = await create(...common, 'memory', '-v', 'memory:/m', 'busybox', 'df', '/m');
  const { dockerd, containerd } = await startDocker(box, dataRoot);
  daemons = [dockerd, containerd];
}, 90_000);

afterAll(async () => {
  if (!box) return;
  for (const daemon of daemons) await end(daemon);
  await box.close();
});

describe('a dockerd on what rundlet created', () => {
  beforeEach((ctx) => {
    requires(ctx, 'root', 'program dockerd', 'program containerd', 'program docker');
    if (box.runtime.name !== 'rundlet') ctx.skip();
  });

  it('lists it', async () => {
    const list = await docker(
      'ps',
      '-a',
      '--no-trunc',
      '--format',
      '{{.ID}} {{.Names}} {{.Status}}',
    );
    expect(list.split('\n').sort()).toEqual(
      Object.entries(ids)
        .map(([name, id]) => `${id} ${name} Created`)
        .sort(),
    );
    const volumes = (await docker('volume', 'ls', '-q')).split('\n');
    expect(volumes).toContain('kept');
    expect(volumes).toContain('memory');
    expect(volumes).toHaveLength(3);
  });

  it('starts it: working directory, environment, volume with the image’s files', async () => {
    const output = await docker('start', '-a', 'box');
    expect(output).toBe('/new/place\nb\nfrom the image');
    expect(await docker('logs', 'box')).toBe(output);
    await docker('start', '-a', 'box');
    expect(await docker('logs', '-n', '1', 'box')).toBe('more');
  });

  it('starts it as the user, and with a file system on a volume', async () => {
    expect(await docker('start', '-a', 'user')).toMatch(/^uid=1000\(user\) gid=10\(wheel\)/);
    expect(await docker('start', '-a', 'memory')).toMatch(/^tmpfs .* \/m$/m);
  });

  it('removes it, with the anonymous volume', async () => {
    await docker('rm', '-v', ...Object.keys(ids));
    expect(await docker('ps', '-aq')).toBe('');
    expect((await docker('volume', 'ls', '-q')).split('\n')).toEqual(['kept', 'memory']);
    expect(readdirSync(join(dataRoot, 'containers'))).toEqual([]);
    expect(readdirSync(join(dataRoot, 'image/overlay2/layerdb/mounts'))).toEqual([]);
  });

  it('makes volumes and containers that rundlet knows', async () => {
    const id = await docker('create', '--network', 'none', '-v', 'theirs:/t', 'busybox', 'true');
    expect((await rundlet('volume', 'ls', '-q')).split('\n')).toEqual(['kept', 'memory', 'theirs']);
    expect(await rundlet('container', 'ls', '-aq', '--no-trunc')).toBe(id);
    const again = await rundlet('container', 'create', '--volumes-from', id, 'busybox');
    const format = '{{(index .Mounts 0).Name}}';
    expect(await rundlet('container', 'inspect', '-f', format, again)).toBe('theirs');
  });
});
