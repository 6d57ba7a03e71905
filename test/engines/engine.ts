// What the engine tests share: a room of their own, an image without a registry, and daemons that end with it.
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Box, makeRootfs, type Running } from '../support/index.ts';

/** A room with a shared "/", as dockerd wants it. */
export async function openRoom(): Promise<Box> {
  const box = new Box({ shared: true });
  await box.open();
  return box;
}

/** A tar file of the busybox root file system. */
export function imageTar(box: Box): string {
  const rootfs = join(box.dir, 'image-rootfs');
  mkdirSync(rootfs);
  makeRootfs(rootfs);
  const tar = join(box.dir, 'image.tar');
  execFileSync('tar', ['-C', rootfs, '-cf', tar, '.']);
  return tar;
}

/** A daemon that runs as long as the room. */
export function daemon(box: Box, argv: string[]): Running {
  return box.start(argv, {
    timeout: 600_000,
    env: { PATH: '/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin:/usr/local/bin', HOME: box.dir },
  });
}

/** Ends a daemon by TERM and waits for it. */
export async function end(running: Running | undefined): Promise<void> {
  if (!running) return;
  running.child.kill('SIGTERM');
  await running;
}
