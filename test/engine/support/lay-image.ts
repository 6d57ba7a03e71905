// An image laid into a data root by hand, file by file as a dockerd keeps it, without loading anything.
import { createHash, randomBytes } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { makeRootfs } from '../../support/bundle.ts';

export interface ImageWish {
  /** `name:tag`; default `busybox:latest`. */
  name?: string;
  /** How many layers; the lowest has busybox, each other one file `/layer-N`. Default 1. */
  layers?: number;
  /** `config` of the image config, over `Env: [PATH…], Cmd: ["sh"]`. */
  config?: object;
  /** Puts more into the topmost layer. */
  fill?: (diff: string) => void;
}

export interface LaidImage {
  /** `sha256:…`. */
  id: string;
  /** Chain ids, lowest first. */
  chains: string[];
  /** Cache ids, lowest first. */
  cacheIds: string[];
}

const sha256 = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`;

/** Lays a busybox image; a second call adds another image to the same data root. */
export function layImage(
  dataRoot: string,
  { name = 'busybox:latest', layers = 1, config = {}, fill }: ImageWish = {},
): LaidImage {
  const image = join(dataRoot, 'image/overlay2');
  makeStoreDirectories(dataRoot);
  const diffIds: string[] = [];
  const chains: string[] = [];
  const cacheIds: string[] = [];
  let lower = '';
  for (let number = 0; number < layers; number++) {
    const cacheId = randomBytes(32).toString('hex');
    const diffId = sha256(cacheId);
    const parent = chains.at(-1);
    const chain = parent === undefined ? diffId : sha256(`${parent} ${diffId}`);
    const diff = layDirectory(dataRoot, cacheId, lower, cacheIds.at(-1));
    if (number === 0) makeRootfs(diff);
    else writeFileSync(join(diff, `layer-${number}`), `${number}\n`);
    if (number === layers - 1) fill?.(diff);
    layRecord(join(image, 'layerdb/sha256', chain.slice(7)), { cacheId, diffId, parent });
    const link = readFileSync(join(dataRoot, 'overlay2', cacheId, 'link'), 'utf8');
    lower = lower === '' ? `l/${link}` : `l/${link}:${lower}`;
    diffIds.push(diffId);
    chains.push(chain);
    cacheIds.push(cacheId);
  }
  const text = JSON.stringify({
    architecture: 'amd64',
    config: {
      Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
      Cmd: ['sh'],
      ...config,
    },
    created: '2026-01-02T03:04:05Z',
    history: diffIds.map(() => ({ created: '2026-01-02T03:04:05Z', created_by: 'by hand' })),
    os: 'linux',
    rootfs: { type: 'layers', diff_ids: diffIds },
  });
  const id = sha256(text);
  write(join(image, 'imagedb/content/sha256', id.slice(7)), text, 0o600);
  addName(join(image, 'repositories.json'), name, id);
  return { id, chains, cacheIds };
}

function makeStoreDirectories(dataRoot: string): void {
  const directories: [string, number][] = [
    ['', 0o710],
    ['containers', 0o710],
    ['overlay2', 0o710],
    ['overlay2/l', 0o700],
    ['image', 0o700],
    ['image/overlay2', 0o700],
    ['image/overlay2/distribution', 0o700],
    ['image/overlay2/imagedb', 0o700],
    ['image/overlay2/imagedb/content', 0o700],
    ['image/overlay2/imagedb/content/sha256', 0o700],
    ['image/overlay2/imagedb/metadata', 0o700],
    ['image/overlay2/imagedb/metadata/sha256', 0o700],
    ['image/overlay2/layerdb', 0o700],
    ['image/overlay2/layerdb/sha256', 0o755],
    ['image/overlay2/layerdb/mounts', 0o755],
    ['image/overlay2/layerdb/tmp', 0o755],
  ];
  for (const [path, mode] of directories) directory(join(dataRoot, path), mode);
}

/** @returns the layer's `diff`. */
function layDirectory(
  dataRoot: string,
  cacheId: string,
  lower: string,
  parent: string | undefined,
): string {
  const home = join(dataRoot, 'overlay2');
  const layer = join(home, cacheId);
  const link = base32(randomBytes(26));
  directory(layer, 0o710);
  directory(join(layer, 'diff'), 0o755);
  symlinkSync(`../${cacheId}/diff`, join(home, 'l', link));
  write(join(layer, 'link'), link, 0o644);
  if (parent !== undefined) {
    write(join(layer, 'lower'), lower, 0o644);
    directory(join(layer, 'work'), 0o700);
    write(join(home, parent, 'committed'), '', 0o600);
  }
  return join(layer, 'diff');
}

function layRecord(
  record: string,
  layer: { cacheId: string; diffId: string; parent: string | undefined },
): void {
  directory(record, 0o755);
  write(join(record, 'cache-id'), layer.cacheId, 0o644);
  write(join(record, 'diff'), layer.diffId, 0o644);
  write(join(record, 'size'), '0', 0o644);
  if (layer.parent !== undefined) write(join(record, 'parent'), layer.parent, 0o644);
}

function addName(path: string, name: string, id: string): void {
  const file = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : { Repositories: {} };
  const repository = name.slice(0, name.lastIndexOf(':'));
  file.Repositories[repository] = { ...file.Repositories[repository], [name]: id };
  write(path, JSON.stringify(file), 0o600);
}

function base32(bytes: Buffer): string {
  return [...bytes].map((byte) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[byte % 32]).join('');
}

function directory(path: string, mode: number): void {
  mkdirSync(path, { recursive: true });
  chmodSync(path, mode);
}

function write(path: string, text: string, mode: number): void {
  writeFileSync(path, text);
  chmodSync(path, mode);
}
