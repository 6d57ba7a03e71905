// An OCI verb is killed at one of its system calls, or its init is: whatever it had made by then,
// `delete --force` succeeds and nothing of the container stays. strace kills. A sample of the calls, with
// FAULTS=all each of them.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Box, eventually, requires } from '../support/index.ts';

/** Each so many-th call is killed, with another first one for each verb. */
const every = process.env['FAULTS'] === 'all' ? 1 : 9;

type Before = 'nothing' | 'created' | 'running' | 'paused' | 'stopped';

const verbs: [name: string, before: Before, args: (id: string, bundle: string) => string[]][] = [
  ['create', 'nothing', (id, bundle) => ['create', '-b', bundle, id]],
  ['run', 'nothing', (id, bundle) => ['run', '-d', '-b', bundle, id]],
  ['start', 'created', (id) => ['start', id]],
  ['exec', 'running', (id) => ['exec', '-d', id, '/bin/probe', 'hold']],
  ['pause', 'running', (id) => ['pause', id]],
  ['resume', 'paused', (id) => ['resume', id]],
  ['update', 'running', (id) => ['update', '--pids-limit', '70', '--memory', '64m', id]],
  ['kill', 'running', (id) => ['kill', id, 'KILL']],
  ['delete', 'stopped', (id) => ['delete', id]],
  ['delete', 'running', (id) => ['delete', '--force', id]],
];

/** Brings a new container to where the verb begins. */
async function prepare(box: Box, before: Before, bundle: string): Promise<string> {
  const id = box.id('k');
  if (before === 'nothing') return id;
  await box.ok(['create', '-b', bundle, id]);
  if (before === 'created') return id;
  await box.ok(['start', id]);
  if (before === 'paused') await box.ok(['pause', id]);
  if (before === 'stopped') {
    await box.ok(['kill', id, 'KILL']);
    await box.status(id, 'stopped');
  }
  return id;
}

describe.concurrent('killed at a system call', { timeout: 600_000 }, () => {
  it.for(verbs.map((verb, place) => [`${verb[0]} (${verb[1]})`, place, verb] as const))(
    '%s',
    async ([, place, [, before, args]], ctx) => {
      requires(ctx, 'root', 'program strace');
      const box = new Box();
      await box.open();
      try {
        expect(await faultsOf(box, place, before, args)).toEqual([]);
      } finally {
        await box.sweep();
        await box.close();
      }
    },
  );
});

async function faultsOf(
  box: Box,
  place: number,
  before: Before,
  args: (id: string, bundle: string) => string[],
): Promise<string[]> {
  const bundle = box.bundle(['/bin/probe', 'hold']);
  const line = (id: string) => [box.runtime.path, '--root', box.root, ...args(id, bundle.dir)];
  const trace = join(bundle.dir, 'trace');
  const whole = await prepare(box, before, bundle.dir);
  // as a grandchild: what we wait for is the end of the runtime, not that of the container it leaves
  const strace = ['strace', '-D', '-f', '-qq'];
  const traced = await box.start([...strace, '-o', trace, ...line(whole)]);
  expect(traced.stderr).toBe('');
  await box.ok(['delete', '--force', whole]);
  const gone = () => box.leaks().length === 0;
  await eventually('the end of strace', gone, 30_000);
  const points = counted(readFileSync(trace, 'utf8'));
  expect(points.length).toBeGreaterThan(20);
  const faults: string[] = [];
  let killed = 0;
  for (const [call, time] of points.filter((_, index) => (index + place) % every === 0)) {
    const id = await prepare(box, before, bundle.dir);
    const inject = ['-e', `trace=${call}`, '-e', `inject=${call}:signal=KILL:when=${time}`];
    const ended = await box.start([...strace, '-o', '/dev/null', ...inject, ...line(id)]);
    // where it is init that dies, the runtime lives to tell of it
    if (ended.code !== 0) killed++;
    const { code, signal, stderr } = await box.rt(['delete', '--force', id]);
    if (code !== 0) faults.push(`${call} ${time}: delete: exit ${code ?? signal}: ${stderr}`);
    try {
      await eventually('nothing is left', gone, 30_000);
    } catch {
      faults.push(`${call} ${time}: left ${box.leaks().join(', ')}`);
      await box.sweep();
    }
  }
  expect(killed).toBeGreaterThan(0);
  return faults;
}

/** All calls of a trace, each with its place among those of its name in the process that made it most. */
function counted(trace: string): [call: string, time: number][] {
  const most = new Map<string, number>();
  const counts = new Map<string, number>();
  for (const [, pid, call = ''] of trace.matchAll(/^(\d+) +(\w+)\(/gm)) {
    const count = (counts.get(`${pid} ${call}`) ?? 0) + 1;
    counts.set(`${pid} ${call}`, count);
    most.set(call, Math.max(most.get(call) ?? 0, count));
  }
  return [...most].flatMap(([call, times]) =>
    Array.from({ length: times }, (_, index) => [call, index + 1] as [string, number]),
  );
}
