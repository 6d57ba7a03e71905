// Pushes to Debian's docker-registry on this machine.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { executable, type Outcome } from '../parity/both-hosts.ts';
import { requires } from '../support/index.ts';
import { type EngineRoots, makeEngineRoots } from './support/engine-roots.ts';
import { ociLayout, sha256, tarOf, writeMembers } from './support/image-archive.ts';
import {
  layerBlobs,
  type Registry,
  startDebianRegistry,
  startRegistry,
  upload,
} from './support/registry-server.ts';

let roots: EngineRoots;
let registry: Registry | undefined;

beforeEach((ctx) => {
  requires(ctx, 'root');
  roots = makeEngineRoots();
});
afterEach(async () => {
  await registry?.close();
  registry = undefined;
  roots?.remove();
});

const layers = [
  tarOf([['etc/', '']]),
  tarOf([
    ['opt/', ''],
    ['opt/text', 'much the same\n'.repeat(20_000)],
  ]),
];
const image = ociLayout({ layers, compression: 'zstd' });

/** This process goes on meanwhile, as a registry may be in it. */
async function rundlet(...args: string[]): Promise<Outcome> {
  const places = ['--data-root', roots.dataRoot, '--exec-root', roots.execRoot];
  const child = spawn(executable, [...places, ...args], {
    env: { PATH: process.env['PATH'] ?? '', HOME: roots.dir },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, err]: [string[], string[]] = [[], []];
  child.stdout.on('data', (text) => out.push(`${text}`));
  child.stderr.on('data', (text) => err.push(`${text}`));
  const [status] = await once(child, 'close');
  return { status, stdout: out.join(''), stderr: err.join('') };
}

async function ok(...args: string[]): Promise<string> {
  const { status, stdout, stderr } = await rundlet(...args);
  if (status !== 0) throw new Error(`rundlet ${args.join(' ')}: exit ${status}\n${stderr}`);
  return stdout;
}

describe('image push', () => {
  it('uploads once what another store then pulls, byte for byte', async (ctx) => {
    requires(ctx, 'program docker-registry');
    registry = await startDebianRegistry(roots.dir);
    writeMembers(join(roots.dir, 'layout'), image.members);
    await ok('image', 'load', '-q', '-i', join(roots.dir, 'layout'));
    const name = `${registry.name}/team/app`;
    await ok('image', 'tag', 'made:1', `${name}:1`);

    const lines = (await ok('image', 'push', `${name}:1`)).trimEnd().split('\n');
    const short = image.diffIds.map((diffId) => diffId.slice(7, 19));
    expect(lines.slice(0, -1)).toEqual([
      `The push refers to repository [${name}]`,
      ...short.map((id) => `${id}: Preparing`),
      ...short.map((id) => `${id}: Pushed`),
    ]);
    const [, digest, size] = /^1: digest: (sha256:\w{64}) size: (\d+)$/.exec(
      lines.at(-1) ?? '',
    ) as unknown as [string, string, string];
    const accept = 'application/vnd.docker.distribution.manifest.v2+json';
    const headers = { accept };
    const answer = await fetch(`http://${registry.name}/v2/team/app/manifests/1`, { headers });
    const manifest = await answer.text();
    expect([sha256(manifest), String(manifest.length)]).toEqual([digest, size]);
    expect(JSON.parse(manifest)).toMatchObject({
      mediaType: accept,
      config: { digest: image.id },
      layers: layers.map(() => ({
        mediaType: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
      })),
    });
    const inspected = JSON.parse(await ok('image', 'inspect', `${name}:1`));
    expect(inspected[0].RepoDigests).toEqual([`${name}@${digest}`]);

    // Again, under another tag, and in another repository.
    await ok('image', 'tag', 'made:1', `${name}:2`);
    expect(await ok('push', `${name}:2`)).toContain(`${short[1]}: Layer already exists\n`);
    const other = `${registry.name}/other`;
    await ok('image', 'tag', 'made:1', other);
    const mounted = await ok('push', other);
    expect(mounted).toContain(`${short[1]}: Mounted from team/app\n`);
    expect(mounted).toContain('Using default tag: latest\n');

    await ok('image', 'rm', '-f', image.id);
    await ok('pull', '-q', `${name}:1`);
    expect(await ok('images', '-q', '--no-trunc')).toBe(`${image.id}\n`);
  });

  it('leaves blobs as they are that came from the registry', async (ctx) => {
    requires(ctx, 'program docker-registry');
    registry = await startDebianRegistry(roots.dir);
    // By another encoder than ours would make them.
    const foreign = ociLayout({ layers, compression: 'gzip' });
    await upload(registry, 'app', '1', foreign);
    const name = `${registry.name}/app`;
    await ok('pull', '-q', `${name}:1`);
    await ok('image', 'tag', `${name}:1`, `${name}:2`);
    await ok('push', '-q', `${name}:2`);
    const accept = 'application/vnd.docker.distribution.manifest.v2+json';
    const answer = await fetch(`http://${registry.name}/v2/app/manifests/2`, {
      headers: { accept },
    });
    const { layers: pushed } = (await answer.json()) as { layers: { digest: string }[] };
    expect(pushed.map(({ digest }) => digest)).toEqual(layerBlobs(foreign));
  });

  it('refuses what is not here, and uploads to another host', async () => {
    registry = await startRegistry({}, (request, response) => {
      if (request.method === 'HEAD') response.writeHead(404).end();
      else if (request.method !== 'POST') return false;
      else response.writeHead(202, { location: 'http://127.0.0.2:1/steal' }).end();
      return true;
    });
    const name = `${registry.name}/app`;
    const absent = await rundlet('push', name);
    expect([absent.status, absent.stderr]).toEqual([
      1,
      expect.stringContaining(`An image does not exist locally with the tag: ${name}`),
    ]);
    writeMembers(join(roots.dir, 'layout'), image.members);
    await ok('image', 'load', '-q', '-i', join(roots.dir, 'layout'));
    await ok('image', 'tag', 'made:1', name);
    const { status, stderr } = await rundlet('push', name);
    expect([status, stderr]).toEqual([1, expect.stringContaining('sends uploads elsewhere')]);
    expect((await rundlet('push', `${name}:other`)).stderr).toContain(
      `tag does not exist: ${name}:other`,
    );
  });
});
