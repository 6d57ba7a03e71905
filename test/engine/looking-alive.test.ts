// The verbs that look, over the life of a container that rundlet itself starts; and what prune leaves.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { eventually, requires } from '../support/index.ts';
import { type EngineRoots, makeEngineRoots } from './support/engine-roots.ts';

let roots: EngineRoots;
const c = (...args: string[]) => roots.ok(['container', ...args], { cwd: roots.dir });
const system = (...args: string[]) => roots.ok(['system', ...args]);
const orphans = () => system('gc', '--dry-run', '--format', '{{.Kind}} {{.Path}} {{.Why}}');

beforeEach((ctx) => {
  requires(ctx, 'root');
  roots = makeEngineRoots();
  roots.image({ layers: 2 });
});
afterEach(() => roots?.remove());

it('ls, top, stats, cp, export, layout, which and events of one that runs', {
  timeout: 60_000,
}, () => {
  const script = 'echo in > /tmp/made; mount -t tmpfs x /mnt 2>/dev/null; exec sleep 600';
  const id = c(
    ...['create', '--network', 'none', '--name', 'box', '-m', '64m', '--tmpfs', '/scratch'],
    ...['busybox', 'sh', '-c', script],
  );
  c('start', 'box');
  try {
    expect(c('ls', '--format', '{{.Names}} {{.State}} {{.Image}}')).toBe('box running busybox');
    const pid = c('inspect', '-f', '{{.State.Pid}}', 'box');
    const rows = c('top', 'box', '-o', 'pid,args').split('\n');
    expect(rows[1]).toMatch(new RegExp(`^${pid} +(sleep 600|sh -c)`));
    expect(roots.node(['top', 'box', '-o', 'pid']).stdout).toContain(pid);
    const stats = c('stats', '--no-stream', '--format', '{{.Name}} {{.MemUsage}} {{.PIDs}}', 'box');
    expect(stats).toMatch(/^box [\d.]+[KM]iB \/ 64MiB \d$/);
    expect(c('which', '--format', '{{.Name}}: {{.Role}}', pid)).toBe('box: its first process');
    const layout = c('layout', 'box');
    expect(layout).toMatch(/● merged\/ {2}all layers as one: .* runs\n/);
    expect(layout).toContain(`● containerd/${id}/`);
    expect(layout).toMatch(/● shim \d+ {2}parent of the container/);
    expect(layout).toMatch(/● shim\.sock/);
    expect(layout).toMatch(/● state\.json/);
    expect(orphans()).toBe('');

    writeFileSync(join(roots.dir, 'f'), 'from the host');
    c('cp', 'f', 'box:/scratch/f');
    c('cp', 'box:/scratch/f', 'back');
    expect(readFileSync(join(roots.dir, 'back'), 'utf8')).toBe('from the host');
    c('cp', 'f', 'box:/root/f');
    expect(c('diff', 'box')).toContain('A /root/f');
    // etc/hostname is a mount of the container: it stays one.
    c('cp', 'f', 'box:/etc/hostname');
    const hostname = join(roots.dataRoot, 'containers', id, 'hostname');
    expect(readFileSync(hostname, 'utf8')).toBe('from the host');
    c('export', '-o', 'all.tar', 'box');
    expect(readFileSync(join(roots.dir, 'all.tar')).includes('root/f')).toBe(true);
  } finally {
    c('stop', '-t', '0', 'box');
  }
  expect(c('ls')).not.toContain('box');
  expect(c('ls', '-a', '--format', '{{.Status}}')).toMatch(/^Exited \(137\) /);
  expect(c('layout', 'box')).toMatch(/○ merged\//);
  expect(orphans()).toBe('');
  const actions = system(
    ...['events', '--since', '1h', '--until', '0s', '-f', 'container=box'],
    ...['--format', '{{.Action}}'],
  ).split('\n');
  expect(actions.slice(0, 2)).toEqual(['create', 'start']);
  expect(actions).toContain('die');
  expect(actions.at(-1)).toBe('stop');
  c('cp', 'box:/root/f', 'again');
  expect(readFileSync(join(roots.dir, 'again'), 'utf8')).toBe('from the host');
});

it('one whose shim was killed is not shown as running', { timeout: 60_000 }, async () => {
  const id = c('create', '--network', 'none', '--name', 'box', 'busybox', 'sleep', '600');
  const gone = c(
    'create',
    '--rm',
    '--network',
    'none',
    '--name',
    'gone',
    'busybox',
    'sleep',
    '600',
  );
  c('start', 'box', 'gone');
  const kill = async (name: string) => {
    const record = readFileSync(join(roots.execRoot, 'rundlet', name, 'shim.pid'), 'utf8');
    const { pid } = JSON.parse(record);
    process.kill(pid, 'SIGKILL');
    await eventually('the shim is dead', () => !lives(pid));
  };
  await kill(id);
  await kill(gone);
  expect(c('inspect', '-f', '{{.State.Status}} {{.State.ExitCode}}', 'box')).toBe('exited 255');
  expect(c('ls', '-a', '--format', '{{.Names}} {{.State}}')).toBe('box exited');
  expect(roots.rundlet(['inspect', 'gone']).stderr).toBe('Error: No such object: gone\n');
  expect(orphans()).toBe('');
});

/** Neither gone nor a zombie. */
function lives(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return !/^[ZX]/.test(stat.slice(stat.lastIndexOf(')') + 2));
  } catch {
    return false;
  }
}

it('container prune keeps what runs, and what the filters keep', { timeout: 60_000 }, () => {
  c('create', '--network', 'none', '--name', 'up', 'busybox', 'sleep', '600');
  c('start', 'up');
  try {
    c('create', '--name', 'kept', '-l', 'keep=1', 'busybox');
    const old = c('create', '--name', 'old', 'busybox');
    const asked = roots.rundlet(['container', 'prune'], { input: Buffer.from('no\n') });
    expect(asked.stdout).toBe(
      'WARNING! This will remove all stopped containers.\nAre you sure you want to continue? [y/N] ',
    );
    expect(c('prune', '-f', '--filter', 'until=1h')).toBe('Total reclaimed space: 0B');
    expect(c('prune', '-f', '--filter', 'label!=keep')).toBe(
      `Deleted Containers:\n${old}\n\nTotal reclaimed space: 0B`,
    );
    expect(c('ls', '-a', '--format', '{{.Names}}')).toBe('kept\nup');
    expect(roots.rundlet(['container', 'prune', '-f', '--filter', 'x=y']).stderr).toContain(
      "invalid filter 'x'",
    );
  } finally {
    c('rm', '-f', 'up');
  }
  expect(orphans()).toBe('');
});

it('system prune', { timeout: 60_000 }, () => {
  const id = c('create', '--name', 'old', '-v', '/anonymous', 'busybox');
  const warned = roots.rundlet(['system', 'prune', '--volumes'], { input: Buffer.from('\n') });
  expect(warned.stdout).toContain('  - all stopped containers\n');
  expect(warned.stdout).toContain('  - all dangling images\n\nAre you sure');
  const text = system('prune', '-f', '-a', '--volumes');
  expect(text).toMatch(
    new RegExp(`^Deleted Containers:\n${id}\n\nDeleted Volumes:\n[0-9a-f]{64}\n`),
  );
  expect(text).toContain('Deleted Images:\nuntagged: busybox:latest\n');
  expect(c('ls', '-aq')).toBe('');
  expect(roots.ok(['image', 'ls', '-q'])).toBe('');
  expect(existsSync(join(roots.dataRoot, 'volumes'))).toBe(true);
  expect(orphans()).toBe('');
});
