// `top` and `stats` of a container that runs: here a process in groups of its own, whatever runtime made them.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { eventually, requires } from '../support/index.ts';
import { type EngineRoots, makeEngineRoots } from './support/engine-roots.ts';
import { layContainer } from './support/lay-container.ts';

const up = `a${'1'.repeat(63)}`;
const down = `b${'2'.repeat(63)}`;
const isV1 = () => readFileSync('/proc/self/mountinfo', 'utf8').includes('/sys/fs/cgroup/memory ');
let roots: EngineRoots;
let busy: ChildProcess;
let groups: string[] = [];

beforeAll(async () => {
  if (process.getuid?.() !== 0 || !isV1()) return;
  roots = makeEngineRoots();
  const image = roots.image();
  // What it uses counts for the group that it is in then.
  const script = 'read line; sleep 600 & while :; do :; done';
  busy = spawn('sh', ['-c', script], { stdio: ['pipe', 'ignore', 'ignore'] });
  await once(busy, 'spawn');
  groups = ['memory', 'pids', 'cpuacct', 'freezer', 'blkio'].flatMap((name) => {
    const parent = `/sys/fs/cgroup/${name}/rundlet-looking-${process.pid}`;
    return [parent, join(parent, up)];
  });
  for (const group of groups) mkdirSync(group, { recursive: true });
  const inner = groups.filter((group) => group.endsWith(up));
  writeFileSync(join(inner[0] as string, 'memory.limit_in_bytes'), String(64 << 20));
  for (const group of inner) writeFileSync(join(group, 'cgroup.procs'), `${busy.pid}`);
  busy.stdin?.end('\n');
  const children = `/proc/${busy.pid}/task/${busy.pid}/children`;
  await eventually('the shell has its child', () => readFileSync(children, 'utf8').trim() !== '');
  await layContainer(roots, {
    id: up,
    name: 'busy',
    image,
    file: { Created: new Date().toISOString() },
    state: { Running: true, Pid: busy.pid ?? 0, StartedAt: new Date().toISOString() },
    host: { NetworkMode: 'host' },
  });
  await layContainer(roots, { id: down, name: 'down', image });
});

afterAll(async () => {
  if (!roots) return;
  const inner = groups.filter((group) => group.endsWith(up));
  const ended = once(busy, 'exit');
  const pids = readFileSync(join(inner[0] as string, 'cgroup.procs'), 'utf8').split('\n');
  for (const pid of pids.filter(Boolean)) process.kill(Number(pid), 'SIGKILL');
  await ended;
  for (const group of inner) {
    await eventually(
      'the group is empty',
      () => readFileSync(join(group, 'cgroup.procs'), 'utf8') === '',
    );
  }
  for (const group of groups.toReversed()) rmdirSync(group);
  roots.remove();
});

beforeEach((ctx) => requires(ctx, 'root', 'cgroup v1'));

it('top: the lines of the host’s ps, in docker’s columns', (ctx) => {
  requires(ctx, 'program ps');
  const lines = roots.ok(['container', 'top', 'busy']).split('\n');
  expect(lines[0]).toBe(
    'UID                 PID                 PPID                C                   STIME               TTY                 TIME                CMD',
  );
  expect(lines).toHaveLength(3);
  expect(lines[1]).toMatch(/^root {16}\d+ .*sh -c read line; sleep 600 & while :; do :; done$/);
  const own = roots.ok(['top', 'busy', '-o', 'pid,args']);
  expect(own.split('\n')[1]).toBe(
    `${String(busy.pid).padEnd(20)}sh -c read line; sleep 600 & while :; do :; done`,
  );
  expect(roots.node(['top', 'busy', '-o', 'pid,args']).stdout).toBe(`${own}\n`);
  expect(roots.rundlet(['top', 'busy', '-o', 'args']).stderr).toContain(
    "Couldn't find PID field in ps output",
  );
  expect(roots.rundlet(['top', 'down'])).toMatchObject({
    status: 1,
    stderr: `Error response from daemon: Container ${down} is not running\n`,
  });
});

it('stats: what it uses, of both hosts', { timeout: 20_000 }, () => {
  const shown = roots.ok(['container', 'stats', '--no-stream']).split('\n');
  expect(shown).toHaveLength(2);
  expect(shown[0]).toMatch(
    /^CONTAINER ID {3}NAME {6}CPU % {5}MEM USAGE \/ LIMIT {3}MEM % {5}NET I\/O {3}BLOCK I\/O {3}PIDS$/,
  );
  expect(shown[1]).toMatch(/^a1{11} {3}busy {6}\d+\.\d\d% +[\d.]+[KM]iB \/ 64MiB +\d\.\d\d% /);
  const [row] = roots
    .node(['stats', '--no-stream', '--format', 'json', 'busy'])
    .stdout.split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  expect(row).toMatchObject({ Container: 'busy', ID: up.slice(0, 12), Name: 'busy', PIDs: '2' });
  expect(Number.parseFloat(row.CPUPerc)).toBeGreaterThan(5);
  expect(row.NetIO).toBe('0B / 0B');
  const all = roots.ok(['stats', '--no-stream', '-a', '--format', '{{.Name}} {{.MemUsage}}']);
  expect(all).toMatch(/^busy [\d.]+[KM]iB \/ 64MiB\ndown 0B \/ 0B$/);
});

it('which and layout know its process and its groups', () => {
  const which = (query: string) =>
    roots.ok(['container', 'which', '--format', '{{.Name}}: {{.Role}}', query]);
  const pids = readFileSync(join(groups[1] as string, 'cgroup.procs'), 'utf8')
    .trim()
    .split('\n');
  const child = pids.find((pid) => pid !== String(busy.pid)) ?? '';
  expect(which(String(busy.pid))).toBe('busy: its first process');
  expect(which(child)).toBe('busy: one of its processes');
  expect(which(groups[1] as string)).toBe('busy: its cgroup');
  const layout = roots.ok(['container', 'layout', 'busy']);
  expect(layout).toContain(`● ${groups[1]}  limits and accounts [2 processes]`);
});
