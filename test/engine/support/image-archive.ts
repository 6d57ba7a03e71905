// Image archives made member by member, as docker save, skopeo and others write them.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { makeRootfs } from '../../support/bundle.ts';

export type Compression = 'plain' | 'gzip' | 'zstd';

export interface ArchiveWish {
  /** `RepoTags`; default `made:1`. */
  names?: string[];
  /** Tars, lowest first. */
  layers: Buffer[];
  compression?: Compression;
  /** `config` of the image config. */
  config?: object;
  created?: string;
}

export interface MadeImage {
  /** `sha256:…` of the config. */
  id: string;
  /** `sha256:…` of each tar. */
  diffIds: string[];
  /** Of each layer's record in layerdb. */
  chains: string[];
  /** Name and content of each member, to be changed by tests of damaged archives. */
  members: Map<string, Buffer>;
  archive(): Buffer;
}

export const sha256 = (data: Buffer | string) =>
  `sha256:${createHash('sha256').update(data).digest('hex')}`;

/** One regular file or, with a slash at its end, a directory. */
export function tarMember(name: string, content: Buffer | string = ''): Buffer {
  const data = Buffer.from(content);
  const header = Buffer.alloc(512);
  const isDirectory = name.endsWith('/');
  const octal = (value: number, width: number) => `${value.toString(8).padStart(width - 1, '0')}\0`;
  header.write(name, 0);
  header.write(octal(isDirectory ? 0o755 : 0o644, 8), 100);
  header.write(octal(0, 8), 108);
  header.write(octal(0, 8), 116);
  header.write(octal(data.length, 12), 124);
  header.write(octal(1_700_000_000, 12), 136);
  header.write('        ', 148);
  header.write(isDirectory ? '5' : '0', 156);
  header.write('ustar\x0000', 257, 'latin1');
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return Buffer.concat([header, data, Buffer.alloc((512 - (data.length % 512)) % 512)]);
}

export function tarOf(members: Iterable<readonly [string, Buffer | string]>): Buffer {
  const parts = [...members].map(([name, content]) => tarMember(name, content));
  return Buffer.concat([...parts, Buffer.alloc(1024)]);
}

/** A layer with busybox and its links. */
export function busyboxLayer(): Buffer {
  const rootfs = mkdtempSync(join(tmpdir(), 'rundlet-rootfs-'));
  try {
    makeRootfs(rootfs);
    return execFileSync('tar', ['-C', rootfs, '-c', '.'], { maxBuffer: 1 << 28 });
  } finally {
    rmSync(rootfs, { recursive: true });
  }
}

/** docker save's form. */
export function dockerArchive(wish: ArchiveWish): MadeImage {
  const { names = ['made:1'], layers, compression = 'plain' } = wish;
  const { image, config, id } = describe(wish);
  const members = new Map<string, Buffer>();
  const paths = layers.map((layer, number) => {
    members.set(`${number}/layer.tar`, compressed(layer, compression));
    return `${number}/layer.tar`;
  });
  members.set(`${id.slice(7)}.json`, config);
  const manifest = [{ Config: `${id.slice(7)}.json`, RepoTags: names, Layers: paths }];
  members.set('manifest.json', Buffer.from(JSON.stringify(manifest)));
  return { ...image, members, archive: () => tarOf(members) };
}

/** An OCI layout whose only index entry has the first name. */
export function ociLayout(wish: ArchiveWish): MadeImage {
  const { names = ['made:1'], layers, compression = 'plain' } = wish;
  const { image, config } = describe(wish);
  const members = new Map<string, Buffer>();
  const blob = (mediaType: string, data: Buffer, more: object = {}) => {
    members.set(`blobs/sha256/${sha256(data).slice(7)}`, data);
    return { mediaType, digest: sha256(data), size: data.length, ...more };
  };
  const suffix = { plain: '', gzip: '+gzip', zstd: '+zstd' }[compression];
  const type = (name: string) => `application/vnd.oci.image.${name}`;
  const manifest = {
    schemaVersion: 2,
    mediaType: type('manifest.v1+json'),
    config: blob(type('config.v1+json'), config),
    layers: layers.map((layer) =>
      blob(type(`layer.v1.tar${suffix}`), compressed(layer, compression)),
    ),
  };
  const annotations = { 'org.opencontainers.image.ref.name': names[0] };
  const entry = blob(manifest.mediaType, Buffer.from(JSON.stringify(manifest)), { annotations });
  members.set('oci-layout', Buffer.from('{"imageLayoutVersion":"1.0.0"}'));
  members.set('index.json', Buffer.from(JSON.stringify({ schemaVersion: 2, manifests: [entry] })));
  return { ...image, members, archive: () => tarOf(members) };
}

/** The members as files of a directory. */
export function writeMembers(directory: string, members: Map<string, Buffer>): void {
  for (const [name, content] of members) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), content);
  }
}

function describe({
  layers,
  config = { Cmd: ['sh'] },
  created = '2026-01-02T03:04:05Z',
}: ArchiveWish) {
  const diffIds = layers.map(sha256);
  const chains: string[] = [];
  for (const diffId of diffIds) {
    const below = chains.at(-1);
    chains.push(below === undefined ? diffId : sha256(`${below} ${diffId}`));
  }
  const rootfs = { type: 'layers', diff_ids: diffIds };
  const all = { architecture: 'amd64', os: 'linux', created, config, rootfs };
  // With a newline: a config is kept byte for byte.
  const text = Buffer.from(`${JSON.stringify(all, null, 1)}\n`);
  return { config: text, id: sha256(text), image: { id: sha256(text), diffIds, chains } };
}

export function compressed(data: Buffer, compression: Compression): Buffer {
  if (compression === 'plain') return data;
  return compression === 'gzip' ? gzipSync(data) : zstdCompressSync(data);
}
