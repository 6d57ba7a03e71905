// What the recorded docker could not answer: its daemon was too old, or had no registry to ask.
import { readdirSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { requires } from '../../support/index.ts';
import { type EngineRoots, makeEngineRoots } from '../support/engine-roots.ts';
import { runInProcess } from './in-process.ts';

let roots: EngineRoots;

beforeEach((ctx) => {
  requires(ctx, 'root');
  roots = makeEngineRoots();
});
afterEach(() => roots.remove());

const create = (...flags: string[]) =>
  runInProcess(
    [
      ...['--data-root', roots.dataRoot, '--exec-root', roots.execRoot],
      ...['container', 'create', ...flags],
    ],
    { cwd: '/', env: {} },
  );

async function records(...flags: string[]) {
  const { status, stdout, stderr } = await create(...flags, 'busybox');
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const read = (file: string) =>
    JSON.parse(roots.read(`containers/${stdout.trim()}/${file}`) ?? '');
  return { config: read('config.v2.json').Config, host: read('hostconfig.json') };
}

test('a hardware address, annotations, an interval for the start', async () => {
  roots.image();
  const mac = '92:d0:c6:0a:29:33';
  expect((await records('--mac-address', mac)).config.MacAddress).toBe(mac);
  const long = await records('--network', `name=bridge,mac-address=${mac}`);
  expect(long.config.MacAddress).toBe(mac);
  const { host } = await records('--annotation', 'b=1', '--annotation', 'a');
  expect(host.Annotations).toEqual({ a: '', b: '1' });
  const { config } = await records('--health-cmd', 'true', '--health-start-interval', '2s');
  expect(config.Healthcheck).toEqual({ Test: ['CMD-SHELL', 'true'], StartInterval: 2e9 });
});

test('an address of one’s own has no place in the network of another', async () => {
  roots.image();
  await create('--name', 'other', 'busybox');
  const refused = await create(
    ...['--network', 'container:other', '--mac-address', '92:d0:c6:0a:29:33', 'busybox'],
  );
  expect(refused.stderr).toBe(
    'Error response from daemon: conflicting options: mac-address and the network mode\n',
  );
});

test('another runtime is kept by its path; rundlet itself by docker’s name of the default', async () => {
  roots.image();
  expect((await records('--runtime', 'rundlet')).host.Runtime).toBe('runc');
  expect((await records('--runtime', '/bin/busybox')).host.Runtime).toBe('/bin/busybox');
  expect((await records('--runtime', 'busybox')).host.Runtime).toMatch(/^\/.*\/busybox$/);
});

test('an image that is missing, or of another platform, is told in docker’s words and makes nothing', async () => {
  for (const [flags, text] of [
    [['busybox'], 'No such image: busybox:latest'],
    [[`busybox@sha256:${'0'.repeat(64)}`], `No such image: busybox@sha256:${'0'.repeat(64)}`],
    [['sha256:0000'], 'No such image: sha256:0000'],
  ] as const) {
    const { status, stderr } = await create('--pull', 'never', ...flags);
    expect(status).toBe(1);
    expect(stderr).toContain(`Error response from daemon: ${text}`);
  }
  expect(readdirSync(roots.dir)).toEqual([]);
  roots.image();
  const { stderr } = await create('--platform', 'linux/arm64', 'busybox');
  expect(stderr).toBe(
    'Error response from daemon: image with reference busybox:latest was found but does not match the specified platform: wanted linux/arm64, actual: linux/amd64\n',
  );
  expect((await create('--platform', 'linux/x86_64', 'busybox')).status).toBe(0);
  expect((await create('--platform', 'linux', 'busybox')).status).toBe(0);
});

test('what is asked for and cannot be had is refused, never left out', async () => {
  roots.image();
  for (const [flags, text] of [
    [['--disable-content-trust=false'], 'content trust is not supported'],
    [['--gpus', 'all'], 'could not select device driver'],
    [['-v', 'x1:/x', '--volume-driver', 'nope'], 'error looking up volume plugin nope'],
    [['--storage-opt', 'size=1g'], "overlay over xfs with 'pquota'"],
  ] as const) {
    const { status, stdout, stderr } = await create(...flags, 'busybox');
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toContain(text);
  }
});
