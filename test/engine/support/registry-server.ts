// Registries for tests: Debian's docker-registry on a free port of this machine, and one of our own that
// lies, cuts and asks for tokens as a test tells it.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type MadeImage, sha256 } from './image-archive.ts';

export interface Registry {
  /** `127.0.0.1:40123`. */
  name: string;
  /** What was asked, `GET /v2/`, in order. */
  asked: string[];
  close(): Promise<void>;
}

/** Answers a request in place of the registry; true when it did. */
export type Answer = (request: IncomingMessage, response: ServerResponse) => boolean;

const blobForm = /^\/v2\/(.+)\/(?:blobs|manifests)\/([^/]+)$/;

/** The manifest of an OCI layout, as its index points to it. */
export function manifestOf(image: MadeImage): { digest: string; mediaType: string; bytes: Buffer } {
  const index = JSON.parse(`${image.members.get('index.json')}`);
  const [{ digest, mediaType }] = index.manifests;
  return { digest, mediaType, bytes: blobOf(image, digest) as Buffer };
}

export function blobOf(image: MadeImage, digest: string): Buffer | undefined {
  return image.members.get(`blobs/sha256/${digest.slice('sha256:'.length)}`);
}

/** Digests of the layers' blobs, lowest first. */
export function layerBlobs(image: MadeImage): string[] {
  const { layers } = JSON.parse(`${manifestOf(image).bytes}`);
  return layers.map(({ digest }: { digest: string }) => digest);
}

/** A registry with these images, by `path:tag`. */
export async function startRegistry(
  images: Record<string, MadeImage>,
  answer: Answer = () => false,
): Promise<Registry> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    if (!answer(request, response)) serve(images, request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    name: `127.0.0.1:${port}`,
    asked,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function serve(images: Record<string, MadeImage>, request: IncomingMessage, to: ServerResponse) {
  const { url = '', method } = request;
  if (url === '/v2/') return void to.writeHead(200).end('{}');
  const [, path = '', wanted = ''] = blobForm.exec(url) ?? [];
  const tagged = images[`${path}:${wanted}`];
  if (tagged) {
    const { bytes, mediaType } = manifestOf(tagged);
    return void to.writeHead(200, { 'content-type': mediaType }).end(bytes);
  }
  const own = Object.entries(images).filter(([name]) => name.startsWith(`${path}:`));
  const blob = own.map(([, image]) => blobOf(image, wanted)).find((found) => found !== undefined);
  if (blob === undefined) return refuse(to, 404, 'MANIFEST_UNKNOWN', 'manifest unknown');
  const type = url.includes('/manifests/') ? (JSON.parse(`${blob}`).mediaType ?? '') : '';
  const [, from] = /^bytes=(\d+)-$/.exec(request.headers.range ?? '') ?? [];
  const part = blob.subarray(Number(from ?? 0));
  const headers = {
    'content-type': type || 'application/octet-stream',
    'content-length': part.length,
  };
  if (from === undefined) return void to.writeHead(200, headers).end(method === 'HEAD' ? '' : part);
  const range = `bytes ${from}-${blob.length - 1}/${blob.length}`;
  to.writeHead(206, { ...headers, 'content-range': range }).end(part);
}

export function refuse(to: ServerResponse, status: number, code: string, message: string): void {
  to.writeHead(status, { 'content-type': 'application/json' });
  to.end(JSON.stringify({ errors: [{ code, message }] }));
}

/** Debian's docker-registry, empty, with a directory of its own. */
export async function startDebianRegistry(dir: string): Promise<Registry> {
  const port = await freePort();
  const data = join(dir, 'registry');
  mkdirSync(data);
  const config = join(dir, 'registry.yml');
  writeFileSync(
    config,
    `version: 0.1\nlog: {level: warn}\nstorage: {filesystem: {rootdirectory: ${data}}}\nhttp: {addr: "127.0.0.1:${port}", secret: test}\n`,
  );
  const child = spawn('docker-registry', ['serve', config], { stdio: 'ignore' });
  const name = `127.0.0.1:${port}`;
  await answers(name, child);
  return {
    name,
    asked: [],
    close: async () => {
      const ended = once(child, 'exit');
      child.kill();
      await ended;
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Waits until it listens; an end of the program ends the wait. */
async function answers(name: string, child: ChildProcess): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`docker-registry ended with ${child.exitCode}`);
    try {
      if ((await fetch(`http://${name}/v2/`)).ok) return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** Puts an OCI layout's image into a registry as `path:tag`. */
export async function upload(
  registry: Registry,
  path: string,
  tag: string,
  image: MadeImage,
): Promise<void> {
  const base = `http://${registry.name}/v2/${path}`;
  const { bytes, mediaType } = manifestOf(image);
  const { config, layers } = JSON.parse(`${bytes}`);
  for (const { digest } of [config, ...layers]) {
    const begun = await fetch(`${base}/blobs/uploads/`, { method: 'POST' });
    const place = new URL(begun.headers.get('location') as string, base);
    place.searchParams.set('digest', digest);
    const body = new Uint8Array(blobOf(image, digest) as Buffer);
    const done = await fetch(place, { method: 'PUT', body });
    if (done.status !== 201) throw new Error(`upload of ${digest}: ${done.status}`);
  }
  const headers = { 'content-type': mediaType };
  const body = new Uint8Array(bytes);
  const done = await fetch(`${base}/manifests/${tag}`, { method: 'PUT', headers, body });
  if (done.status !== 201) throw new Error(`upload of ${path}:${tag}: ${done.status}`);
  if (done.headers.get('docker-content-digest') !== sha256(bytes)) throw new Error('other digest');
}
