import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

/** What each layer of the image adds. */
const layers = [
  (layer) => {
    mkdirSync(join(layer, 'bin'));
    copyFileSync('/bin/busybox', join(layer, 'bin/busybox'));
    chmodSync(join(layer, 'bin/busybox'), 0o755);
    for (const name of ['sh', 'ls', 'cat', 'echo', 'touch', 'sleep', 'hostname', 'true', 'id']) {
      symlinkSync('busybox', join(layer, 'bin', name));
    }
  },
  (layer) => {
    mkdirSync(join(layer, 'etc'));
    writeFileSync(join(layer, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\n');
    writeFileSync(join(layer, 'etc/group'), 'root:x:0:\n');
  },
  (layer) => {
    for (const name of ['home', 'root', 'tmp', 'dev', 'proc', 'sys']) mkdirSync(join(layer, name));
  },
];

/**
 * An image of busybox in three layers, in the form of `docker save`.
 * @param folder exists; gets `image.tar` and what it is made of.
 * @returns path of the archive.
 */
export function makeImage(folder, name) {
  const archive = join(folder, 'archive');
  mkdirSync(archive);
  const digests = layers.map((fill, number) => {
    const layer = join(folder, `layer${number}`);
    mkdirSync(layer);
    fill(layer);
    tar(join(archive, `${number}.tar`), layer);
    return sha256(readFileSync(join(archive, `${number}.tar`)));
  });
  const config = JSON.stringify({
    architecture: { x64: 'amd64' }[process.arch] ?? process.arch,
    os: 'linux',
    created: '2026-01-01T00:00:00Z',
    config: { Env: ['PATH=/bin'], Cmd: ['sh'], WorkingDir: '/' },
    rootfs: { type: 'layers', diff_ids: digests.map((digest) => `sha256:${digest}`) },
    history: digests.map((_, number) => ({ created_by: `demo layer ${number}` })),
  });
  const file = `${sha256(config)}.json`;
  writeFileSync(join(archive, file), config);
  const manifest = [
    { Config: file, RepoTags: [name], Layers: digests.map((_, number) => `${number}.tar`) },
  ];
  writeFileSync(join(archive, 'manifest.json'), JSON.stringify(manifest));
  tar(join(folder, 'image.tar'), archive);
  return join(folder, 'image.tar');
}

const sha256 = (data) => createHash('sha256').update(data).digest('hex');

function tar(file, folder) {
  const options = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner'];
  execFileSync('tar', [...options, '-cf', file, '-C', folder, '.']);
}
