// Pulls from registries on this machine: Debian's docker-registry, and one that does what it should not.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nodeHost } from '../../src/host/node-host.ts';
import { Engine } from '../../src/library/engine.ts';
import { executable, type Outcome } from '../parity/both-hosts.ts';
import { requires } from '../support/index.ts';
import { type EngineRoots, makeEngineRoots } from './support/engine-roots.ts';
import { busyboxLayer, type MadeImage, ociLayout, sha256, tarOf } from './support/image-archive.ts';
import {
  type Answer,
  layerBlobs,
  manifestOf,
  type Registry,
  refuse,
  startDebianRegistry,
  startRegistry,
  upload,
} from './support/registry-server.ts';

let roots: EngineRoots;
let registries: Registry[] = [];

beforeEach((ctx) => {
  requires(ctx, 'root');
  roots = makeEngineRoots();
});
afterEach(async () => {
  for (const registry of registries) await registry.close();
  registries = [];
  roots?.remove();
});

const lower = tarOf([
  ['etc/', ''],
  ['etc/name', 'lower\n'],
]);
/** So large that its blob does not come in one piece. */
const noise = Buffer.from(Array.from({ length: 600_000 }, (_, at) => (at * at * 31 + at) >> 7));
const upper = tarOf([
  ['opt/', ''],
  ['opt/noise', noise],
]);
/** Its layer can be changed without another length. */
const plain = ociLayout({ layers: [lower] });
const image = ociLayout({ layers: [lower, upper], compression: 'gzip' });

/** rundlet on the roots; this process goes on meanwhile, as the registry is in it. */
async function rundlet(
  args: string[],
  env: Record<string, string> = {},
  input = '',
): Promise<Outcome> {
  const places = ['--data-root', roots.dataRoot, '--exec-root', roots.execRoot];
  const child = spawn(executable, [...places, ...args], {
    env: { PATH: process.env['PATH'] ?? '', HOME: roots.dir, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  // It may end without having read it.
  child.stdin.on('error', () => {}).end(input);
  const [out, err]: string[][] = [[], []];
  child.stdout.on('data', (text) => out?.push(`${text}`));
  child.stderr.on('data', (text) => err?.push(`${text}`));
  const [status] = await once(child, 'close');
  return { status, stdout: out?.join('') ?? '', stderr: err?.join('') ?? '' };
}

async function ok(args: string[], env?: Record<string, string>): Promise<string> {
  const { status, stdout, stderr } = await rundlet(args, env);
  if (status !== 0) throw new Error(`rundlet ${args.join(' ')}: exit ${status}\n${stderr}`);
  return stdout;
}

async function own(images: Record<string, MadeImage>, answer?: Answer): Promise<Registry> {
  const registry = await startRegistry(images, answer);
  registries.push(registry);
  return registry;
}

const below = (path: string) => join(roots.dataRoot, path);
/** What a pull that failed may leave: no image, no layer, nothing half. */
function nothingStays(): void {
  for (const place of [
    'image/overlay2/imagedb/content/sha256',
    'image/overlay2/layerdb/sha256',
    'image/overlay2/layerdb/tmp',
    'overlay2/l',
  ]) {
    if (existsSync(below(place))) expect(readdirSync(below(place)), place).toEqual([]);
  }
}

const short = (digest: string) => digest.slice(7, 19);

describe('image pull', () => {
  it('fetches from docker-registry what it then runs, with Docker’s lines and records', async (ctx) => {
    requires(ctx, 'program docker-registry');
    const registry = await startDebianRegistry(roots.dir);
    registries.push(registry);
    const bootable = ociLayout({ layers: [busyboxLayer(), upper], compression: 'gzip' });
    await upload(registry, 'team/app', '1', bootable);
    const { digest } = manifestOf(bootable);
    const name = `${registry.name}/team/app:1`;

    const lines = (await ok(['pull', name])).trimEnd().split('\n');
    expect(lines[0]).toBe('1: Pulling from team/app');
    for (const blob of layerBlobs(bootable)) {
      const of = lines.filter((line) => line.startsWith(short(blob)));
      const words = [
        'Pulling fs layer',
        'Verifying Checksum',
        'Download complete',
        'Pull complete',
      ];
      expect(of).toEqual(words.map((word) => `${short(blob)}: ${word}`));
    }
    expect(lines.slice(-3)).toEqual([
      `Digest: ${digest}`,
      `Status: Downloaded newer image for ${name}`,
      name,
    ]);
    expect(JSON.parse(roots.read('image/overlay2/repositories.json') ?? '')).toEqual({
      Repositories: {
        [`${registry.name}/team/app`]: {
          [name]: bootable.id,
          [`${registry.name}/team/app@${digest}`]: bootable.id,
        },
      },
    });
    for (const [place, blob] of layerBlobs(bootable).entries()) {
      const diffId = bootable.diffIds[place] as string;
      const distribution = 'image/overlay2/distribution';
      expect(roots.read(`${distribution}/diffid-by-digest/sha256/${blob.slice(7)}`)).toBe(diffId);
      expect(roots.read(`${distribution}/v2metadata-by-diffid/sha256/${diffId.slice(7)}`)).toBe(
        JSON.stringify([{ Digest: blob, SourceRepository: `${registry.name}/team/app`, HMAC: '' }]),
      );
    }

    const again = await ok(['pull', name]);
    expect(again).toContain(`Status: Image is up to date for ${name}\n`);
    expect(await ok(['pull', '-q', `${registry.name}/team/app@${digest}`])).toBe(
      `${registry.name}/team/app@${digest}\n`,
    );
    const inspected = JSON.parse(await ok(['image', 'inspect', name]));
    expect(inspected[0].RepoDigests).toEqual([`${registry.name}/team/app@${digest}`]);
    const ran = ['container', 'run', '--rm', '--network', 'none', name, 'wc', '-c', '/opt/noise'];
    expect(await ok(ran)).toBe(`${noise.length} /opt/noise\n`);
  });

  it('goes on where a connection was cut, with a Range', async () => {
    const ranges: string[] = [];
    const [, blob = ''] = layerBlobs(image);
    const whole = image.members.get(`blobs/sha256/${blob.slice(7)}`) as Buffer;
    const registry = await own({ 'cut:latest': image }, (request, response) => {
      if (!request.url?.endsWith(blob)) return false;
      const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
      ranges.push(request.headers.range ?? '');
      if (ranges.length > 3) return false;
      response.writeHead(from ? 206 : 200, {
        'content-length': whole.length - from,
        ...(from && { 'content-range': `bytes ${from}-${whole.length - 1}/${whole.length}` }),
      });
      response.write(whole.subarray(from, from + 50_000), () => response.destroy());
      return true;
    });
    await ok(['pull', `${registry.name}/cut`]);
    expect(ranges).toHaveLength(4);
    expect(ranges[0]).toBe('');
    expect(ranges.slice(1).every((range) => /^bytes=[1-9]\d*-$/.test(range))).toBe(true);
    expect(await ok(['images', '-q', '--no-trunc'])).toBe(`${image.id}\n`);
  });

  it('reads all again, and passes over what it had, from a registry without ranges', async () => {
    let cuts = 0;
    const [, blob = ''] = layerBlobs(image);
    const whole = image.members.get(`blobs/sha256/${blob.slice(7)}`) as Buffer;
    const registry = await own({ 'cut:latest': image }, (request, response) => {
      if (!request.url?.endsWith(blob)) return false;
      response.writeHead(200, { 'content-length': whole.length });
      if (cuts++ > 0) response.end(whole);
      else response.write(whole.subarray(0, 70_000), () => response.destroy());
      return true;
    });
    await ok(['pull', `${registry.name}/cut`]);
    expect(cuts).toBe(2);
  });

  it('fetches a token for the repository, with the password of docker login, and again when it is refused', async () => {
    const tokens: string[] = [];
    let refused = 0;
    const registry = await own({ 'team/private:2': image }, (request, response) => {
      const { url = '', headers } = request;
      const at = new URL(url, 'http://x');
      if (at.pathname === '/token') {
        const { authorization } = headers;
        if (authorization !== `Basic ${Buffer.from('me:pä:ss').toString('base64')}`) {
          response.writeHead(401, { 'content-type': 'application/json' });
          response.end('{"details":"incorrect username or password"}');
          return true;
        }
        tokens.push(at.search);
        response.end(JSON.stringify({ token: `token-${tokens.length}` }));
        return true;
      }
      // The first token is good for no layer.
      const layer = layerBlobs(image).some((blob) => url.endsWith(blob));
      const good = `Bearer token-${layer ? 2 : Math.max(tokens.length, 1)}`;
      if (headers.authorization === good) return false;
      refused++;
      const challenge = `Bearer realm="http://${headers.host}/token",service="the, registry"`;
      response.writeHead(401, { 'www-authenticate': challenge }).end();
      return true;
    });
    const name = `${registry.name}/team/private:2`;
    mkdirSync(join(roots.dir, '.docker'));
    const login = (password: string) =>
      writeFileSync(
        join(roots.dir, '.docker/config.json'),
        JSON.stringify({
          auths: { [registry.name]: { auth: Buffer.from(password).toString('base64') } },
        }),
      );
    login('me:wrong');
    const { status, stderr } = await rundlet(['pull', name]);
    expect(status).toBe(1);
    expect(stderr).toContain('unauthorized: incorrect username or password');
    nothingStays();
    login('me:pä:ss');
    await ok(['pull', name]);
    expect(tokens).toHaveLength(2);
    const asked = new URLSearchParams(tokens[0]);
    expect(Object.fromEntries(asked)).toEqual({
      account: 'me',
      scope: 'repository:team/private:pull',
      service: 'the, registry',
    });
    expect(refused).toBeGreaterThan(1);
  });

  it('sends a name and a password where the registry asks for them', async () => {
    const registry = await own({ 'basic:latest': image }, ({ headers }, response) => {
      if (headers.authorization === `Basic ${Buffer.from('me:x').toString('base64')}`) return false;
      response.writeHead(401, { 'www-authenticate': 'Basic realm="here"' }).end();
      return true;
    });
    const { status, stderr } = await rundlet(['pull', `${registry.name}/basic`]);
    expect([status, stderr]).toEqual([
      1,
      expect.stringContaining('Error response from daemon: no basic auth credentials'),
    ]);
    const config = { auths: { [registry.name]: { username: 'me', password: 'x' } } };
    writeFileSync(join(roots.dir, 'config.json'), JSON.stringify(config));
    await ok(['pull', `${registry.name}/basic`], { DOCKER_CONFIG: roots.dir });
  });

  it('takes the manifest for this machine out of an index, or for the platform that is asked', async () => {
    const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
    const other = ociLayout({
      layers: [lower],
      compression: 'zstd',
      created: '2020-01-01T00:00:00Z',
    });
    const entry = (made: MadeImage, platform: object) => {
      const { digest, mediaType, bytes } = manifestOf(made);
      return { digest, mediaType, size: bytes.length, platform };
    };
    const index = Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: 'application/vnd.oci.image.index.v1+json',
        manifests: [
          entry(other, { os: 'linux', architecture: 'riscv64' }),
          entry(image, { os: 'linux', architecture }),
        ],
      }),
    );
    const registry = await own({ 'many:a': image, 'many:b': other }, (request, response) => {
      if (!request.url?.endsWith('/manifests/latest')) return false;
      response.writeHead(200, { 'content-type': 'application/vnd.oci.image.index.v1+json' });
      response.end(index);
      return true;
    });
    const name = `${registry.name}/many`;
    expect(await ok(['pull', name])).toContain(`Digest: ${sha256(index)}\n`);
    expect(await ok(['images', '-q', '--no-trunc'])).toBe(`${image.id}\n`);
    await ok(['pull', '--platform', 'linux/riscv64', name]);
    const { Id } = JSON.parse(await ok(['image', 'inspect', name]))[0];
    expect(Id).toBe(other.id);
    const { stderr } = await rundlet(['pull', '--platform', 'linux/s390x', name]);
    expect(stderr).toContain('no matching manifest for linux/s390x in the manifest list entries');
  });

  it.each([
    ['a layer with other bytes', 'wrong digest'],
    ['a manifest with other bytes than its digest says', 'manifest verification failed'],
    ['a config with other bytes', 'image config verification failed'],
    ['a manifest that is an index too', 'both a manifest and an index'],
    [
      'a layer longer than the manifest says',
      `the blob has ${lower.length} bytes, the manifest says ${lower.length - 7}`,
    ],
  ])('refuses %s, and keeps nothing', async (what, text) => {
    const { digest, bytes, mediaType } = manifestOf(plain);
    const [first = ''] = layerBlobs(plain);
    const registry = await own({ 'bad:latest': plain }, ({ url = '' }, response) => {
      const send = (body: Buffer | string) => {
        response.writeHead(200, { 'content-type': mediaType }).end(body);
        return true;
      };
      const manifest = JSON.parse(`${bytes}`);
      if (what.startsWith('a layer with') && url.endsWith(first)) {
        return send(Buffer.from(lower.toString('latin1').replace('lower', 'LOWER'), 'latin1'));
      }
      if (what.startsWith('a manifest with') && url.includes('/manifests/')) {
        return send(`${bytes} `);
      }
      if (what.startsWith('a config') && url.endsWith(plain.id)) return send('{}');
      if (what.startsWith('a manifest that') && url.includes('/manifests/')) {
        return send(JSON.stringify({ ...manifest, manifests: [] }));
      }
      if (what.startsWith('a layer longer') && url.includes('/manifests/')) {
        manifest.layers[0].size -= 7;
        return send(JSON.stringify(manifest));
      }
      return false;
    });
    const pinned = what.startsWith('a manifest with') ? `@${digest}` : '';
    const { status, stderr } = await rundlet(['pull', `${registry.name}/bad${pinned}`]);
    expect([status, stderr]).toEqual([1, expect.stringContaining(text)]);
    nothingStays();
  });

  it('says in Docker’s words what a registry does not have or show', async () => {
    const registry = await own({ 'known:1': image }, ({ url = '' }, response) => {
      if (url.includes('/secret/'))
        refuse(response, 403, 'DENIED', 'requested access to the resource is denied');
      else if (url.includes('/unnamed/'))
        refuse(response, 404, 'NAME_UNKNOWN', 'repository name not known to registry');
      else if (url.includes('/broken/')) response.writeHead(500).end('oh');
      else return false;
      return true;
    });
    const said = async (name: string) => (await rundlet(['pull', '-q', name])).stderr;
    const at = registry.name;
    const daemon = 'Error response from daemon: ';
    expect(await said(`${at}/known:2`)).toContain(
      `${daemon}manifest for ${at}/known:2 not found: manifest unknown: manifest unknown`,
    );
    expect(await said(`${at}/secret`)).toContain(
      `${daemon}pull access denied for ${at}/secret, repository does not exist or may require 'docker login': denied: requested access to the resource is denied`,
    );
    expect(await said(`${at}/unnamed`)).toContain(
      `${daemon}repository ${at}/unnamed not found: name unknown: repository name not known to registry`,
    );
    expect(await said(`${at}/broken`)).toContain(
      `${daemon}received unexpected HTTP status: 500 Internal Server Error`,
    );
    expect(await said('127.0.0.1:1/x')).toContain(
      `${daemon}Get "http://127.0.0.1:1/v2/": dial tcp 127.0.0.1:1: connect: connection refused`,
    );
    // Which reason depends on the name server that this machine has.
    expect(await said('nowhere.invalid/x')).toMatch(
      /: Get "https:\/\/nowhere\.invalid\/v2\/": dial tcp: lookup nowhere\.invalid: (no such host|temporary)/,
    );
  });
});

describe('mirrors', () => {
  it('are asked before Docker’s own registry, and named in daemon.json too', async () => {
    const empty = await own({});
    const mirror = await own({ 'library/box:latest': image });
    const config = { 'registry-mirrors': [`http://${mirror.name}/`] };
    mkdirSync(below('rundlet'), { recursive: true });
    writeFileSync(below('rundlet/daemon.json'), JSON.stringify(config));
    const first = ['--registry-mirror', `http://${empty.name}`];
    const { status, stdout, stderr } = await rundlet(['pull', '-q', ...first, 'box']);
    expect([status, stdout]).toEqual([0, 'docker.io/library/box:latest\n']);
    expect(stderr).toContain(`WARNING: http://${empty.name}: manifest for box:latest not found`);
    expect(await ok(['images', '--format', '{{.Repository}}:{{.Tag}}'])).toBe('box:latest\n');
    const bad = await rundlet(['pull', '--registry-mirror', 'mirror', 'box']);
    expect(bad.stderr).toContain('invalid mirror: "mirror"');
  });
});

describe('registry login', () => {
  it('keeps a password that the registry knows, where a pull finds it, until logout', async () => {
    const registry = await own({ 'team/app:1': image }, ({ headers }, response) => {
      if (headers.authorization === `Basic ${Buffer.from('me:x y').toString('base64')}`) {
        return false;
      }
      response.writeHead(401, { 'www-authenticate': 'Basic realm="here"' }).end();
      return true;
    });
    const config = join(roots.dir, '.docker/config.json');
    mkdirSync(join(roots.dir, '.docker'));
    writeFileSync(config, '{"HttpHeaders":{"a":"b"}}');
    const login = (password: string) =>
      rundlet(['login', '-u', 'me', '--password-stdin', registry.name], {}, `${password}\n`);
    const wrong = await login('wrong');
    expect([wrong.status, wrong.stderr]).toEqual([
      1,
      expect.stringContaining('failed with status: 401: unauthorized: authentication required'),
    ]);
    const right = await login('x y');
    expect([right.status, right.stdout]).toEqual([0, 'Login Succeeded\n']);
    expect(right.stderr).toContain(`will be stored unencrypted in ${config}.\n`);
    expect(statSync(config).mode & 0o7777).toBe(0o600);
    expect(JSON.parse(readFileSync(config, 'utf8'))).toEqual({
      HttpHeaders: { a: 'b' },
      auths: { [registry.name]: { auth: Buffer.from('me:x y').toString('base64') } },
    });
    await ok(['pull', '-q', `${registry.name}/team/app:1`]);
    const words = `Removing login credentials for ${registry.name}\n`;
    expect(await ok(['logout', registry.name])).toBe(words);
    expect(await ok(['logout', registry.name])).toBe(`Not logged in to ${registry.name}\n`);
    expect(readFileSync(config, 'utf8')).not.toContain('auth":');
  });

  it('gives the password to the helper that config.json names, and asks it', async () => {
    const registry = await own({ 'app:latest': image }, ({ headers }, response) => {
      if (headers.authorization === `Basic ${Buffer.from('me:s').toString('base64')}`) return false;
      response.writeHead(401, { 'www-authenticate': 'Basic realm="here"' }).end();
      return true;
    });
    const helper = join(roots.dir, 'docker-credential-test');
    const kept = join(roots.dir, 'kept');
    const script = `#!/bin/sh\ncase $1 in store) cat > ${kept};; get) cat ${kept};; erase) rm ${kept};; esac\n`;
    writeFileSync(helper, script, { mode: 0o755 });
    writeFileSync(join(roots.dir, 'config.json'), '{"credsStore":"test"}');
    const env = { DOCKER_CONFIG: roots.dir, PATH: `${roots.dir}:${process.env['PATH']}` };
    const { status, stderr } = await rundlet(
      ['login', '-u', 'me', '--password-stdin', registry.name],
      env,
      's',
    );
    expect([status, stderr]).toEqual([0, '']);
    expect(JSON.parse(readFileSync(kept, 'utf8'))).toEqual({
      ServerURL: registry.name,
      Username: 'me',
      Secret: 's',
    });
    expect(readFileSync(join(roots.dir, 'config.json'), 'utf8')).not.toContain('Secret');
    await ok(['pull', '-q', `${registry.name}/app`], env);
    await ok(['logout', registry.name], env);
    expect(existsSync(kept)).toBe(false);
  });
});

describe('https', () => {
  it('is believed with a certificate of an authority that is named, and with any where told so', async (ctx) => {
    requires(ctx, 'program openssl');
    const file = (name: string) => join(roots.dir, name);
    const subject = ['-subj', '/CN=registry', '-addext', 'subjectAltName=IP:127.0.0.1'];
    subject.push('-addext', 'basicConstraints=critical,CA:FALSE');
    const made = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...subject];
    execFileSync('openssl', [...made, '-keyout', file('key'), '-out', file('cert')], {
      stdio: 'ignore',
    });
    const pem = { key: readFileSync(file('key')), cert: readFileSync(file('cert')) };
    const server = createServer(pem, (_request, response) => void response.end('hello'));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const host = nodeHost();
    const ask = async (insecure: boolean, authorities: string[]) => {
      const none = { certificate: '', key: '', bundle: '', userAgent: 'test' };
      const { handle } = await host.call('registryOpen', { insecure, authorities, ...none });
      const url = `https://127.0.0.1:${port}/`;
      try {
        const request = { handle, method: 'GET', url, headers: [], max: 100 };
        return (await host.call('registrySend', request)).text;
      } finally {
        await host.call('registryClose', { handle });
      }
    };
    try {
      await expect(ask(false, [])).rejects.toThrow(/certificate/);
      expect(await ask(false, [file('cert')])).toBe('hello');
      expect(await ask(true, [])).toBe('hello');
      await expect(ask(false, [file('none')])).rejects.toThrow(/No such file/);
    } finally {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    }
  });
});

describe('container run and create', () => {
  it('fetch an image that is missing, and say so on standard error', async () => {
    const bootable = ociLayout({ layers: [busyboxLayer()], compression: 'zstd' });
    const registry = await own({ 'box:latest': bootable });
    const name = `${registry.name}/box`;
    const run = (...flags: string[]) =>
      rundlet(['container', 'run', '--rm', '--network', 'none', ...flags, name, 'echo', 'hi']);
    const never = await run('--pull', 'never');
    expect([never.status, never.stdout]).toEqual([125, '']);
    expect(never.stderr).toContain(`No such image: ${name}:latest`);
    const { status, stdout, stderr } = await run();
    expect([status, stdout]).toEqual([0, 'hi\n']);
    expect(stderr).toContain(`Unable to find image '${name}:latest' locally\nlatest: Pulling from`);
    expect(stderr).toContain(`Status: Downloaded newer image for ${name}:latest\n`);
    const count = registry.asked.length;
    expect((await run()).stderr).toBe('');
    expect(registry.asked).toHaveLength(count);
    expect((await run('--pull', 'always')).stderr).toContain('Image is up to date');
    const missing = await rundlet(['container', 'create', '-q', `${registry.name}/none`]);
    expect(missing.stderr).toContain('not found: manifest unknown');
    expect(await ok(['container', 'create', '--pull', 'always', '-q', name])).toMatch(/^\w{64}\n$/);
  });
});

describe('engine.images.pull', () => {
  it('tells how layers stand, and ends with its signal', async () => {
    const [, blob = ''] = layerBlobs(image);
    const whole = image.members.get(`blobs/sha256/${blob.slice(7)}`) as Buffer;
    let held = false;
    const control = new AbortController();
    const registry = await own({ 'lib:latest': image }, ({ url = '' }, response) => {
      if (!held || !url.endsWith(blob)) return false;
      // Some bytes, and then never any more.
      response.writeHead(200, { 'content-length': whole.length });
      response.write(whole.subarray(0, 1000), () => control.abort());
      return true;
    });
    const engine = new Engine({ dataRoot: roots.dataRoot, execRoot: roots.execRoot });
    held = true;
    await expect(
      engine.images.pull(`${registry.name}/lib`, { signal: control.signal }),
    ).rejects.toMatchObject({ code: 'ERR_RUNDLET_ABORTED' });
    nothingStays();
    held = false;
    const phases = new Map<string, string>();
    const pulled = await engine.images.pull(`${registry.name}/lib`, {
      onProgress: ({ id, phase, current, total }) => {
        expect(current).toBeLessThanOrEqual(total);
        phases.set(id, phase);
      },
    });
    expect(pulled).toEqual({ id: image.id, digest: manifestOf(image).digest, newer: true });
    expect([...phases.values()]).toEqual(['done', 'done']);
    expect(readFileSync(below('image/overlay2/repositories.json'), 'utf8')).toContain(image.id);
  });
});
