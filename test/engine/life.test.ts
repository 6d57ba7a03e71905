// The life of a container with the real executable, as the story tells it, with rundlet and runc as runtimes.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { requires } from '../support/index.ts';
import { type EngineRoots, makeEngineRoots } from './support/engine-roots.ts';

let roots: EngineRoots;
const c = (...args: string[]) => roots.ok(['container', ...args]);
const refused = (...args: string[]) => roots.rundlet(['container', ...args]);
const inspect = (name: string) => JSON.parse(c('inspect', name))[0];
const mode = (path: string) => (statSync(path).mode & 0o7777).toString(8);

/** The files with the container's id in their names below both roots. */
function named(id: string): string[] {
  const found = execFileSync('find', [roots.dir, '-name', `${id}*`], { encoding: 'utf8' });
  return found
    .split('\n')
    .filter(Boolean)
    .map((path) => path.slice(roots.dir.length + 1).replaceAll(id, 'ID'))
    .sort();
}

/** Waits until `ready` is true, woken by changes of time only: the kernel tells nobody about fifos' readers. */
async function until(ready: () => boolean): Promise<void> {
  const end = Date.now() + 10_000;
  while (!ready()) {
    if (Date.now() > end) throw new Error('it did not come');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

beforeAll(() => {
  if (process.getuid?.() !== 0) return;
  roots = makeEngineRoots();
  roots.image({ layers: 3 });
});
afterAll(() => roots?.remove());
beforeEach((ctx) => requires(ctx as never, 'root'));

const runtimes = [
  ['rundlet', []],
  ['runc', ['--runtime', '/usr/sbin/runc']],
] as const;

describe.each(runtimes)('the story with %s', (runtime, flags) => {
  it('is created, started, talked to, stopped, started again and removed', async (ctx) => {
    if (runtime === 'runc') requires(ctx as never, 'file /usr/sbin/runc');
    const name = `story-${runtime}`;
    const id = c('create', '-i', '--network', 'none', '--name', name, ...flags, 'busybox', 'sh');
    const data = join(roots.dataRoot, 'containers', id);
    const mount = readFileSync(
      join(roots.dataRoot, 'image/overlay2/layerdb/mounts', id, 'mount-id'),
      'utf8',
    );
    const layer = join(roots.dataRoot, 'overlay2', mount);
    expect(named(id)).toEqual(['data/containers/ID', 'data/image/overlay2/layerdb/mounts/ID']);

    expect(c('start', name)).toBe(name);
    const running = [
      'data/containers/ID',
      'data/containers/ID/ID-json.log',
      'data/image/overlay2/layerdb/mounts/ID',
      'data/io.containerd.runtime.v1.linux/moby/ID',
      'exec/containerd/ID',
      'exec/io.containerd.runtime.v1.linux/moby/ID',
      'exec/rundlet/ID',
      'exec/runtime-runc/moby/ID',
    ];
    expect(named(id)).toEqual(running);
    expect(
      readdirSync(data)
        .map((file) => file.replace(id, 'ID'))
        .sort(),
    ).toEqual([
      'ID-json.log',
      'checkpoints',
      'config.v2.json',
      'hostconfig.json',
      'hostname',
      'hosts',
      'mounts',
      'resolv.conf',
      'resolv.conf.hash',
    ]);
    expect(
      ['hostname', 'hosts', 'resolv.conf', 'resolv.conf.hash', 'mounts', `${id}-json.log`].map(
        (file) => mode(join(data, file)),
      ),
    ).toEqual(['644', '644', '644', '644', '710', '640']);
    expect(readFileSync(join(data, 'hostname'), 'utf8')).toBe(`${id.slice(0, 12)}\n`);
    expect(readFileSync(join(data, 'resolv.conf.hash'), 'utf8')).toMatch(/^sha256:[0-9a-f]{64}$/);
    const bundle = join(roots.execRoot, 'io.containerd.runtime.v1.linux/moby', id);
    expect(readdirSync(bundle).sort()).toEqual(['config.json', 'init.pid', 'log.json', 'rootfs']);
    const state = join(roots.execRoot, 'runtime-runc/moby', id, 'state.json');
    expect(JSON.parse(readFileSync(state, 'utf8')).config.rootfs).toBe(join(layer, 'merged'));
    expect(existsSync(join(layer, 'merged/bin'))).toBe(true);
    const { State } = inspect(name);
    expect(State).toMatchObject({ Status: 'running', Running: true, ExitCode: 0 });
    expect(readFileSync(join(bundle, 'init.pid'), 'utf8')).toBe(String(State.Pid));

    const io = join(roots.execRoot, 'containerd', id);
    writeFileSync(join(io, 'init-stdin'), 'echo said > /home-file; echo heard\n');
    const log = join(data, `${id}-json.log`);
    await until(() => readFileSync(log, 'utf8').includes('heard'));
    expect(JSON.parse(readFileSync(log, 'utf8').split('\n')[0] ?? '')).toMatchObject({
      log: 'heard\n',
      stream: 'stdout',
    });
    expect(readFileSync(join(layer, 'diff/home-file'), 'utf8')).toBe('said\n');

    expect(c('stop', '-t', '0', name)).toBe(name);
    expect(named(id)).toEqual([
      'data/containers/ID',
      'data/containers/ID/ID-json.log',
      'data/image/overlay2/layerdb/mounts/ID',
    ]);
    expect(readdirSync(layer).sort()).toEqual(['diff', 'link', 'lower', 'work']);
    expect(inspect(name).State).toMatchObject({ Status: 'exited', Pid: 0, ExitCode: 137 });
    expect(JSON.parse(readFileSync(join(data, 'config.v2.json'), 'utf8'))).toMatchObject({
      HasBeenStartedBefore: true,
      HasBeenManuallyStopped: true,
    });

    c('start', name);
    writeFileSync(join(io, 'init-stdin'), 'cat /home-file; exit 3\n');
    expect(c('wait', name)).toBe('3');
    expect(readFileSync(log, 'utf8')).toMatch(/heard(.|\n)*said/);

    expect(c('rm', name)).toBe(name);
    expect(named(id)).toEqual([]);
    expect(readdirSync(join(roots.dataRoot, 'overlay2/l'))).toHaveLength(3);
    expect(readdirSync(join(roots.dataRoot, 'overlay2'))).toHaveLength(4);
  });
});

const sleeper = [
  '--network',
  'none',
  'busybox',
  'sh',
  '-c',
  'trap "exit 7" TERM; sleep 1000 & wait',
];

describe('verbs', () => {
  it('refuse in docker’s words what does not run', () => {
    const id = c('create', '--name', 'still', ...sleeper);
    const said = (...args: string[]) => {
      const { status, stderr } = refused(...args);
      expect(status).toBe(1);
      return stderr.trim();
    };
    expect(said('kill', 'still')).toBe(
      `Error response from daemon: Cannot kill container: still: Container ${id} is not running`,
    );
    expect(said('pause', 'still')).toBe(
      `Error response from daemon: Container ${id} is not running`,
    );
    expect(said('unpause', 'still')).toBe(
      `Error response from daemon: Container ${id} is not paused`,
    );
    expect(said('rm', 'nosuch')).toBe('Error response from daemon: No such container: nosuch');
    expect(said('start', 'nosuch')).toBe(
      'Error response from daemon: No such container: nosuch\nError: failed to start containers: nosuch',
    );
    expect(c('stop', 'still')).toBe('still');
    expect(c('wait', 'still')).toBe('0');
    c('rm', 'still');
  });

  it('stop by the signal, kill, pause, restart, rename, and go on after an error', () => {
    const id = c('create', '--name', 'busy', ...sleeper);
    c('start', 'busy');
    expect(c('start', 'busy')).toBe('busy');
    expect(refused('rm', 'busy').stderr.trim()).toBe(
      `Error response from daemon: You cannot remove a running container ${id}. Stop the container before attempting removal or force remove`,
    );
    c('pause', 'busy');
    expect(inspect('busy').State.Status).toBe('paused');
    expect(refused('pause', 'busy').stderr).toContain(`Container ${id} is already paused`);
    expect(refused('start', 'busy').stderr).toContain('cannot start a paused container');
    c('unpause', 'busy');
    const first = inspect('busy').State.Pid;
    c('restart', 'busy');
    expect(inspect('busy').State.Pid).not.toBe(first);
    expect(c('stop', 'busy')).toBe('busy');
    expect(inspect('busy').State).toMatchObject({ ExitCode: 7, Status: 'exited' });
    c('start', 'busy');
    const both = refused('kill', 'nosuch', 'busy');
    expect(both.stdout).toBe('busy\n');
    expect(both.stderr).toContain('No such container: nosuch');
    expect(both.status).toBe(1);
    expect(inspect('busy').State.ExitCode).toBe(137);
    c('rename', 'busy', 'idle');
    expect(refused('rename', 'idle', '?x').stderr).toContain(
      'Error when allocating new name: Invalid container name (?x)',
    );
    c('start', 'idle');
    expect(c('rm', '-f', 'idle')).toBe('idle');
    expect(named(id)).toEqual([]);
  });

  it('give the exit code of a program that is not there, and leave nothing', () => {
    const id = c('create', '--network', 'none', '--name', 'nothing', 'busybox', 'nosuch');
    const { status, stderr } = refused('start', 'nothing');
    expect(status).toBe(1);
    expect(stderr).toMatch(/exec: "nosuch": executable file not found in \$PATH/);
    expect(inspect('nothing').State).toMatchObject({ Status: 'created', ExitCode: 127 });
    expect(named(id).filter((path) => path.startsWith('exec'))).toEqual([]);
    c('rm', 'nothing');
  });

  it('works in the Node host too', () => {
    const id = c('create', '--name', 'node', ...sleeper);
    const node = (...args: string[]) => roots.node(['container', ...args]);
    expect(node('start', 'node')).toMatchObject({ status: 0, stdout: 'node\n', stderr: '' });
    expect(node('stop', 'node')).toMatchObject({ status: 0, stdout: 'node\n' });
    expect(node('rm', 'node')).toMatchObject({ status: 0, stdout: 'node\n' });
    expect(named(id)).toEqual([]);
  });
});

describe('restart policies', () => {
  it('start again until the limit, and not after a stop', async () => {
    c(
      'create',
      '--restart',
      'on-failure:2',
      '--name',
      'again',
      '--network',
      'none',
      'busybox',
      'sh',
      '-c',
      'echo run; exit 5',
    );
    c('start', 'again');
    await until(() => inspect('again').State.Status === 'exited');
    expect(inspect('again')).toMatchObject({ RestartCount: 2, State: { ExitCode: 5 } });
    expect(readFileSync(inspect('again').LogPath, 'utf8').match(/run/g)).toHaveLength(3);
    c('rm', 'again');

    c('create', '--restart', 'always', '--name', 'always', ...sleeper);
    c('start', 'always');
    const { Pid } = inspect('always').State;
    process.kill(Pid, 'SIGKILL');
    await until(() => {
      const { State } = inspect('always');
      return State.Status === 'running' && State.Pid !== Pid;
    });
    c('stop', 'always');
    expect(inspect('always').State).toMatchObject({ Status: 'exited', ExitCode: 7 });
    c('rm', 'always');
  });
});

describe('health', () => {
  it('is looked after while the container runs, and told', async () => {
    c(
      'create',
      '--name',
      'well',
      '--health-cmd',
      'test -e /good',
      '--health-interval',
      '100ms',
      '--health-retries',
      '2',
      ...sleeper,
    );
    c('start', 'well');
    expect(inspect('well').State.Health.Status).toBe('starting');
    await until(() => inspect('well').State.Health.Status === 'unhealthy');
    expect(inspect('well').State.Health.Log.at(-1)).toMatchObject({ ExitCode: 1 });
    c('exec', 'well', 'touch', '/good');
    await until(() => inspect('well').State.Health.Status === 'healthy');
    expect(c('ls', '--format', '{{.Status}}')).toContain('(healthy)');
    c('rm', '-f', 'well');
  });

  it('fails when a check takes too long, which is killed', async () => {
    c(
      'create',
      '--name',
      'late',
      '--health-cmd',
      'sleep 77',
      '--health-interval',
      '50ms',
      '--health-timeout',
      '200ms',
      '--health-retries',
      '1',
      ...sleeper,
    );
    c('start', 'late');
    await until(() => inspect('late').State.Health.Status === 'unhealthy');
    expect(inspect('late').State.Health.Log[0]).toMatchObject({
      ExitCode: -1,
      Output: 'Health check exceeded timeout (0.2s)',
    });
    c('rm', '-f', 'late');
  });
});

describe('update', () => {
  it('changes limits at once, and the policy', () => {
    c('create', '--name', 'small', '-m', '64m', ...sleeper);
    c('start', 'small');
    const limit = () => c('exec', 'small', 'cat', '/sys/fs/cgroup/memory/memory.limit_in_bytes');
    expect(limit()).toBe(String(64 << 20));
    expect(
      c('update', '-m', '96m', '--memory-swap', '-1', '--restart', 'on-failure:3', 'small'),
    ).toBe('small');
    expect(limit()).toBe(String(96 << 20));
    expect(inspect('small').HostConfig).toMatchObject({
      Memory: 96 << 20,
      RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 3 },
    });
    expect(refused('update', 'small').stderr).toContain('you must provide one or more flags');
    expect(refused('update', '-m', '1m', 'small').stderr).toContain(
      'Minimum memory limit allowed is 6MB',
    );
    c('rm', '-f', 'small');
  });
});

describe('after a kill', () => {
  it('of the engine at any moment of a start, the next command finds all in order', async () => {
    const id = c('create', '--name', 'hit', ...sleeper);
    const program = join(import.meta.dirname, '../../dist/bin/rundlet');
    const args = ['--data-root', roots.dataRoot, '--exec-root', roots.execRoot];
    for (let delay = 0; delay < 60; delay += 4) {
      const child = spawn(program, [...args, 'container', 'start', 'hit'], { stdio: 'ignore' });
      const exit = new Promise((resolve) => child.on('exit', resolve));
      await new Promise((resolve) => setTimeout(resolve, delay));
      child.kill('SIGKILL');
      await exit;
      c('start', 'hit');
      expect(inspect('hit').State.Status).toBe('running');
      c('stop', '-t', '0', 'hit');
      expect(named(id).filter((path) => path.startsWith('exec'))).toEqual([]);
    }
    c('rm', 'hit');
    expect(named(id)).toEqual([]);
  });

  it('of the shim, the container is over and can be started again', () => {
    const id = c('create', '--name', 'orphan', ...sleeper);
    c('start', 'orphan');
    const { pid } = JSON.parse(
      readFileSync(join(roots.execRoot, 'rundlet', id, 'shim.pid'), 'utf8'),
    );
    process.kill(pid, 'SIGKILL');
    c('stop', '-t', '0', 'orphan');
    expect(named(id).filter((path) => path.startsWith('exec'))).toEqual([]);
    c('start', 'orphan');
    expect(inspect('orphan').State.Status).toBe('running');
    c('rm', '-f', 'orphan');
    expect(named(id)).toEqual([]);
  });

  it('of a removal at any moment, the next command finishes it', async () => {
    const program = join(import.meta.dirname, '../../dist/bin/rundlet');
    const args = ['--data-root', roots.dataRoot, '--exec-root', roots.execRoot];
    for (let delay = 0; delay < 24; delay += 2) {
      const id = c('create', '--network', 'none', '--name', 'gone', 'busybox', 'true');
      const child = spawn(program, [...args, 'container', 'rm', 'gone'], { stdio: 'ignore' });
      const exit = new Promise((resolve) => child.on('exit', resolve));
      await new Promise((resolve) => setTimeout(resolve, delay));
      child.kill('SIGKILL');
      await exit;
      if (c('ls', '-aq', '--no-trunc').includes(id)) c('rm', 'gone');
      expect(named(id)).toEqual([]);
    }
    expect(readdirSync(join(roots.dataRoot, 'overlay2'))).toHaveLength(4);
    expect(readdirSync(join(roots.dataRoot, 'rundlet/journal'))).toEqual([]);
  });
});
