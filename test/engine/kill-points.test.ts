// kill -9 of a command, a shim, a runtime with its init, or a clean-up before each of its steps: the next
// command finds all in order. A sample of the steps; all of them with KILLS=all.
import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { executable } from '../parity/both-hosts.ts';
import { requires } from '../support/index.ts';
import { type EngineRoots, makeEngineRoots } from './support/engine-roots.ts';
import {
  ends,
  type KillPoint,
  killedAt,
  killPoints,
  pointsOf,
  sampled,
} from './support/kill-points.ts';

let roots: EngineRoots;
beforeEach((ctx) => {
  requires(ctx as never, 'root', 'program strace');
  roots = makeEngineRoots();
  roots.image();
});
afterEach((ctx) => {
  if (ctx.task.result?.state === 'fail') removeAll();
  roots.remove();
});

const c = (...args: string[]) => roots.ok(['container', ...args]);
const line = (program: string, args: readonly string[]) => [
  ...[program, '--data-root', roots.dataRoot, '--exec-root', roots.execRoot],
  ...args,
];
const sleeper = ['--network', 'none', 'busybox', 'sleep', '1000'];
const quick = ['--network', 'none', 'busybox', 'true'];

/** Returns when `gc` finds nothing: a shim, or its clean-up, may still be at work. */
async function inOrder(at: string): Promise<void> {
  let found = '';
  for (const end = Date.now() + 30_000; Date.now() < end; ) {
    found = roots.ok(['system', 'gc', '--dry-run', '--format', '{{.Kind}} {{.Path}} {{.Why}}']);
    if (found === '') return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`${at}: ${found}`);
}

/** What is left of containers, volumes and work when all are removed. */
function left(): string[] {
  const names = (path: string) => {
    try {
      return readdirSync(join(roots.dir, path)).map((name) => `${path}/${name}`);
    } catch {
      return [];
    }
  };
  return [
    ...names('data/containers'),
    ...names('data/volumes'),
    ...names('data/rundlet/journal'),
    ...names('data/rundlet/volumes'),
    ...names('data/image/overlay2/layerdb/mounts'),
    ...names('data/image/overlay2/layerdb/tmp'),
    ...names('exec/io.containerd.runtime.v1.linux/moby'),
    ...names('exec/containerd'),
    ...names('exec/runtime-runc/moby'),
    ...names('data/rundlet').filter((path) => /\/create-|\.new$|begun$/.test(path)),
    ...names('exec/rundlet').filter((path) => /[0-9a-f]{64}$/.test(path)),
    ...names('exec/rundlet/restarts'),
  ];
}

function removeAll(): void {
  const ids = c('ls', '-aq', '--no-trunc').split('\n').filter(Boolean);
  if (ids.length > 0) c('rm', '-f', '-v', ...ids);
  const volumes = roots.ok(['volume', 'ls', '-q']).split('\n').filter(Boolean);
  if (volumes.length > 0) roots.ok(['volume', 'rm', ...volumes]);
}

interface Trial {
  /** What has to be there before. */
  before?: () => void;
  command: string[];
  /** What must hold after a kill, whether or not the command had its effect. */
  after?: (id: string) => void;
}

const inspect = (name: string) => JSON.parse(c('inspect', name))[0];
const names = () => c('ls', '-a', '--format', '{{.Names}}').split('\n').filter(Boolean);
const made = () => void c('create', '--name', 'box', '-v', '/data', ...sleeper);
const running = () => void c('run', '-d', '--name', 'box', '-v', '/data', ...sleeper);

const trials: Record<string, Trial> = {
  create: {
    command: ['container', 'create', '--name', 'box', '-v', '/data', '-v', 'named:/n', ...sleeper],
  },
  start: { before: made, command: ['container', 'start', 'box'] },
  stop: { before: running, command: ['container', 'stop', '-t', '0', 'box'] },
  kill: { before: running, command: ['container', 'kill', 'box'] },
  restart: { before: running, command: ['container', 'restart', '-t', '0', 'box'] },
  rm: { before: made, command: ['container', 'rm', '-v', 'box'] },
  'rm -f': { before: running, command: ['container', 'rm', '-f', '-v', 'box'] },
  'run --rm': { command: ['container', 'run', '--rm', '--name', 'box', '-v', '/data', ...quick] },
  'run -d': { command: ['container', 'run', '-d', '--name', 'box', ...sleeper] },
  exec: { before: running, command: ['container', 'exec', 'box', 'true'] },
  pause: { before: running, command: ['container', 'pause', 'box'], after: paused },
  unpause: {
    before: () => {
      running();
      c('pause', 'box');
    },
    command: ['container', 'unpause', 'box'],
    after: paused,
  },
  rename: {
    before: made,
    command: ['container', 'rename', 'box', 'other'],
    after: () => expect(['box', 'other']).toContain(names()[0]),
  },
  update: {
    before: running,
    command: ['container', 'update', '-m', '64m', '--memory-swap', '64m', 'box'],
  },
  'volume create': { command: ['volume', 'create', '--label', 'a=b', 'named'] },
  'volume rm': {
    before: () => {
      roots.ok(['volume', 'create', 'named']);
      for (const name of ['a', 'b', 'c']) {
        writeFileSync(join(roots.dataRoot, 'volumes/named/_data', name), name);
      }
    },
    command: ['volume', 'rm', 'named'],
  },
  'image tag': {
    command: ['image', 'tag', 'busybox', 'tagged'],
    after: () => void roots.rundlet(['image', 'rm', 'tagged']),
  },
  'image rm': {
    before: () => void roots.image({ name: 'gone:latest', layers: 3 }),
    command: ['image', 'rm', 'gone'],
    after: () => {
      roots.rundlet(['image', 'rm', 'gone']);
      roots.ok(['image', 'prune', '-f']);
    },
  },
};

/** The record and the freezer say the same. */
function paused(): void {
  const { Status, Pid } = inspect('box').State;
  const stat = readFileSync(`/proc/${Pid}/cgroup`, 'utf8');
  const group = /^\d+:freezer:(.*)$/m.exec(stat)?.[1];
  if (group === undefined) return;
  const state = readFileSync(`/sys/fs/cgroup/freezer${group}/freezer.state`, 'utf8').trim();
  expect(state).toBe(Status === 'paused' ? 'FROZEN' : 'THAWED');
}

/** What did not survive can be started; what has `--rm` may go meanwhile. */
function startAgain(name: string): void {
  const [found] = JSON.parse(roots.rundlet(['container', 'inspect', name]).stdout || '[]');
  if (found === undefined || found.State.Running || found.HostConfig.AutoRemove) return;
  c('start', name);
  expect(['running', 'exited']).toContain(inspect(name).State.Status);
}

/** One kill, and what has to be true after it. */
async function check(at: string, argv: string[], trial: Trial): Promise<void> {
  await ends(argv);
  await inOrder(at);
  try {
    trial.after?.('box');
    for (const name of names()) startAgain(name);
    removeAll();
    // The names are free.
    c('rm', c('create', '--name', 'box', '-v', 'named:/n', ...quick));
    roots.ok(['volume', 'rm', 'named']);
    await inOrder(at);
    expect(left()).toEqual([]);
  } catch (error) {
    throw new Error(`${at}: ${(error as Error).message}`, { cause: error });
  }
}

describe('the engine’s command', () => {
  it.each(Object.keys(trials))('%s', { timeout: 3_600_000 }, async (name) => {
    const trial = trials[name] as Trial;
    const traced = { line: line(executable, trial.command) };
    trial.before?.();
    const points = killPoints(traced, roots.dir);
    trial.after?.('box');
    removeAll();
    expect(points.length).toBeGreaterThan(3);
    for (const point of sampled(points, 8)) {
      trial.before?.();
      await check(`${name}, ${place(point)}`, killedAt(traced, point), trial);
    }
  });
});

const place = ({ call, time }: KillPoint) => `${call} ${time}`;

/** A directory with the programs, one of which is run by strace when the file `kill` there says where. */
function programs(wrapped: 'rundlet-shim' | 'runtime'): {
  rundlet: string;
  armed: string;
  trace: string;
} {
  const bin = join(roots.dir, `bin-${wrapped}`);
  mkdirSync(bin);
  const armed = join(bin, 'kill');
  const trace = join(bin, 'trace');
  const rundlet = join(bin, 'rundlet');
  cpSync(executable, rundlet);
  cpSync(join(dirname(executable), 'rundlet-shim'), join(bin, 'rundlet-shim'));
  const real = wrapped === 'runtime' ? rundlet : join(bin, 'real-shim');
  if (wrapped !== 'runtime') renameSync(join(bin, 'rundlet-shim'), real);
  const follow = wrapped === 'runtime' ? '-f' : '';
  writeFileSync(
    join(bin, wrapped),
    `#!/bin/sh
if [ -s ${armed} ]; then
  options=$(cat ${armed})
  [ -e ${trace} ] || rm -f ${armed}
  exec strace -D ${follow} -qq $options ${real} "$@"
fi
exec ${real} "$@"
`,
    { mode: 0o755 },
  );
  return { rundlet, armed, trace };
}

describe('what the engine’s command has started', () => {
  it.each([
    ['the shim', 'rundlet-shim'],
    ['the runtime, or init', 'runtime'],
  ] as const)('%s', { timeout: 3_600_000 }, async (_, wrapped) => {
    const { rundlet, armed, trace } = programs(wrapped);
    const runtime = wrapped === 'runtime' ? ['--runtime', join(dirname(armed), 'runtime')] : [];
    const command = ['container', 'run', '--name', 'box', ...runtime, ...quick];
    writeFileSync(trace, '');
    writeFileSync(armed, `-A -o ${trace}`);
    await ends(line(rundlet, command));
    removeAll();
    const text = readFileSync(trace, 'utf8');
    const points = pointsOf(text, wrapped === 'runtime').filter(({ call }) =>
      changing.includes(call),
    );
    expect(points.length).toBeGreaterThan(10);
    renameSync(trace, `${trace}.first`);
    for (const point of sampled(points, 16)) {
      const inject = `inject=${point.call}:signal=KILL:when=${point.time}`;
      writeFileSync(armed, `-o /dev/null -e trace=${point.call} -e ${inject}`);
      await check(`${wrapped}, ${place(point)}`, line(rundlet, command), {
        command,
        after: () => writeFileSync(armed, ''),
      });
    }
  });
});

const changing = [
  ...['clone', 'clone3', 'vfork', 'fchmod', 'fsync', 'ftruncate', 'mkdir', 'mkdirat', 'mknodat'],
  ...[
    'mount',
    'move_mount',
    'openat',
    'openat2',
    'open',
    'pivot_root',
    'rename',
    'rmdir',
    'sendmsg',
  ],
  ...['setns', 'symlinkat', 'umount2', 'unlink', 'unlinkat', 'unshare', 'write', 'sendto'],
];

describe('the clean-up', () => {
  it('after a shim’s death', { timeout: 3_600_000 }, async () => {
    const orphaned = () => {
      const id = c('run', '-d', '--name', 'box', ...sleeper);
      const file = join(roots.execRoot, 'rundlet', id, 'shim.pid');
      process.kill(JSON.parse(readFileSync(file, 'utf8')).pid, 'SIGKILL');
      return id;
    };
    const trial = { command: [] };
    const traced = (id: string) => ({ line: line(executable, ['container', 'cleanup', id]) });
    const points = killPoints(traced(orphaned()), roots.dir);
    removeAll();
    for (const point of sampled(points, 16)) {
      await check(`cleanup, ${place(point)}`, killedAt(traced(orphaned()), point), trial);
    }
  });
});
