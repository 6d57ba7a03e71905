// After a shim's death and after the machine's: any next command puts the records right; `system start` starts
// what restart policies ask for, `system stop` ends all.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { requires } from '../support/index.ts';
import { type EngineRoots, makeEngineRoots } from './support/engine-roots.ts';

let roots: EngineRoots;
const c = (...args: string[]) => roots.ok(['container', ...args]);
const system = (...args: string[]) =>
  roots
    .ok(['system', ...args])
    .split('\n')
    .filter(Boolean);
/** The record as it lies there, without any command's look at it. */
const record = (id: string) =>
  JSON.parse(readFileSync(join(roots.dataRoot, 'containers', id, 'config.v2.json'), 'utf8'));
const states = () =>
  Object.fromEntries(
    c('ls', '-a', '--format', '{{.Names}} {{.State}}')
      .split('\n')
      .map((line) => line.split(' ')),
  );
const run = (name: string, ...flags: string[]) =>
  c('run', '-d', '--name', name, '--network', 'none', ...flags, 'busybox', 'sleep', '1000');

/** Kills a container's shim, and the container with it. */
function killShim(id: string): void {
  const file = join(roots.execRoot, 'rundlet', id, 'shim.pid');
  const { pid } = JSON.parse(readFileSync(file, 'utf8'));
  const { Pid } = record(id).State;
  process.kill(pid, 'SIGKILL');
  process.kill(Pid, 'SIGKILL');
  // Both are nobody's children here; the kernel tells their end by their directories in /proc.
  execFileSync('sh', ['-c', `while [ -d /proc/${pid} ] || [ -d /proc/${Pid} ]; do :; done`]);
}

/** All that a reboot takes away: processes, mounts, and the exec root, which is in memory. */
function reboot(): void {
  for (const id of readdirSync(join(roots.dataRoot, 'containers'))) {
    if (record(id).State.Running) killShim(id);
  }
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
  const below = mounts.map((line) => line.split(' ')[4] ?? '');
  for (const path of below.filter((one) => one.startsWith(`${roots.dir}/`)).reverse()) {
    execFileSync('umount', [path]);
  }
  rmSync(roots.execRoot, { recursive: true });
}

beforeAll(() => {
  if (process.getuid?.() !== 0) return;
  roots = makeEngineRoots();
  roots.image();
});
afterAll(() => roots?.remove());
beforeEach((ctx) => requires(ctx as never, 'root'));

describe('recovery', { timeout: 120_000 }, () => {
  it('of a container whose shim was killed is any next command’s', () => {
    const id = run('box');
    const gone = run('gone', '--rm');
    killShim(id);
    killShim(gone);
    roots.ok(['volume', 'ls']);
    expect(record(id).State).toMatchObject({ Running: false, Pid: 0, ExitCode: 255 });
    expect(roots.read(`containers/${gone}/config.v2.json`)).toBe(undefined);
    expect(system('gc', '--dry-run', '--format', '{{.Path}}')).toEqual([]);
    c('rm', 'box');
  });

  it('after a reboot is any next command’s, and system start starts what policies ask for', () => {
    const plain = run('plain');
    run('always', '--restart', 'always');
    run('kept', '--restart', 'unless-stopped');
    run('guest', '--restart', 'always', '--pid', 'container:kept');
    run('stopped', '--restart', 'unless-stopped');
    run('over', '--restart', 'always');
    run('gone', '--rm');
    c('stop', '-t', '0', 'stopped', 'over');
    reboot();
    roots.ok(['volume', 'ls']);
    expect(record(plain).State).toMatchObject({ Running: false, ExitCode: 255 });
    const all = ['plain', 'always', 'kept', 'guest', 'stopped', 'over'];
    expect(states()).toEqual(Object.fromEntries(all.map((name) => [name, 'exited'])));
    expect(system('start')).toEqual(['always', 'kept', 'guest', 'over']);
    expect(system('start')).toEqual([]);
    expect(states()).toMatchObject({ plain: 'exited', stopped: 'exited', guest: 'running' });
    expect(system('gc', '--dry-run', '--format', '{{.Path}}')).toEqual([]);
  });

  it('system stop ends all in order, and does not count as stopped by hand', () => {
    expect(system('stop', '-t', '0')).toEqual(['over', 'guest', 'kept', 'always']);
    expect(system('stop')).toEqual([]);
    expect(Object.values(states())).not.toContain('running');
    expect(system('start')).toEqual(['always', 'kept', 'guest', 'over']);
    c('rm', '-f', 'always', 'kept', 'guest', 'over', 'plain', 'stopped');
  });
});
