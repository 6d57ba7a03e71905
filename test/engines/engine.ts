// What the engine tests share: a room of their own, an image without a registry, and daemons that end with it.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Box, eventually, makeRootfs, type Running, which } from '../support/index.ts';

/** A room with a shared "/", as dockerd wants it; with the machine's loopback when a registry is there. */
export async function openRoom({ hostnet = false } = {}): Promise<Box> {
  const box = new Box({ shared: true, hostnet });
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
    env: {
      PATH: `${process.env['PATH'] ?? ''}:/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin:/usr/local/bin`,
      HOME: box.dir,
    },
  });
}

/** A containerd and a dockerd on this data root, which talk to nobody else. */
export async function startDocker(
  box: Box,
  dataRoot: string,
  more: string[] = [],
): Promise<{ dockerd: Running; containerd: Running }> {
  const config = join(box.dir, 'containerd.toml');
  writeFileSync(
    config,
    `version = 2\nroot = "${box.dir}/containerd"\nstate = "/run/containerd"\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n[grpc]\naddress = "/run/containerd/containerd.sock"\n`,
  );
  const containerd = daemon(box, ['containerd', '-c', config]);
  const socket = box.outside('/run/containerd/containerd.sock');
  await eventually('containerd listens', () => existsSync(socket), 20_000);
  const places = ['--data-root', dataRoot, '--exec-root', '/run/docker'];
  const dockerd = daemon(box, [
    ...['dockerd', '--containerd', '/run/containerd/containerd.sock', ...places],
    ...['--pidfile', '/run/docker.pid', '-H', 'unix:///run/docker.sock'],
    ...['--iptables=false', '--ip6tables=false', '--bridge=none'],
    ...['--cgroup-parent', `/${box.prefix}`, ...more],
  ]);
  await eventually('dockerd listens', () => dockerd.stderr().includes('API listen on'), 30_000);
  return { dockerd, containerd };
}

/** Ends a daemon by TERM and waits for it. */
export async function end(running: Running | undefined): Promise<void> {
  if (!running) return;
  running.child.kill('SIGTERM');
  await running;
}

/** Whether this machine has a dockerd that these tests can start. */
export const hasDocker = () =>
  which('dockerd') && which('containerd') && which('docker') && process.getuid?.() === 0;

/** Runs a command of a client in the room; its output without the last newline. Throws unless it exits 0. */
export async function client(box: Box, argv: string[]): Promise<string> {
  const env = { PATH: process.env['PATH'], HOME: box.dir, DOCKER_CONFIG: join(box.dir, 'config') };
  const ran = await box.start(argv, { timeout: 60_000, env });
  if (ran.code === 0) return ran.stdout.replace(/\n$/, '');
  throw new Error(`${ran.command}: exit ${ran.code}\n${ran.stdout}${ran.stderr}`);
}
