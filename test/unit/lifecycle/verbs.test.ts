import { describe, expect, test } from 'vitest';
import type { ContainerStatusFacts } from '../../../src/host/generated/plan.ts';
import { deleteContainer } from '../../../src/lifecycle/delete-container.ts';
import { kill } from '../../../src/lifecycle/kill.ts';
import { list } from '../../../src/lifecycle/list.ts';
import { pause, resume } from '../../../src/lifecycle/pause.ts';
import { ps } from '../../../src/lifecycle/ps.ts';
import { start } from '../../../src/lifecycle/start.ts';
import { state } from '../../../src/lifecycle/state.ts';
import { wait } from '../../../src/lifecycle/wait.ts';
import { type Answers, FakeHost, failure } from './fake-host.ts';
import { addContainer, bundle, contextOf, record, root } from './fixtures.ts';

const created = { alive: true, fifo: true, frozen: false };
const running = { alive: true, fifo: false, frozen: false };
const paused = { alive: true, fifo: false, frozen: true };
const stopped = { alive: false, fifo: true, frozen: false };

function hostWith(status: ContainerStatusFacts, answers: Answers = {}, more = {}): FakeHost {
  const host = new FakeHost({ containerStatus: () => status, ...answers });
  addContainer(host, 'c1', more);
  return host;
}

const shared = (() => {
  const base = record('c1');
  return { config: { ...base.config, namespaces: [{ type: 'NEWNS', path: '' }] } };
})();

const withHook = (kind: string) => ({
  config: { ...record('c1').config, Hooks: { [kind]: [{ path: '/hook' }] } },
});

describe('every verb', () => {
  const verbs: [string, (host: FakeHost, id: string) => Promise<unknown>][] = [
    ['state', (host, id) => state(contextOf(host), id)],
    ['start', (host, id) => start(contextOf(host), id)],
    ['kill', (host, id) => kill(contextOf(host), { id })],
    ['delete', (host, id) => deleteContainer(contextOf(host), { id })],
    ['ps', (host, id) => ps(contextOf(host), id)],
    ['wait', (host, id) => wait(contextOf(host), id)],
  ];
  test.each(verbs)('%s refuses a wrong id before it touches a path', async (_, verb) => {
    for (const id of ['', '..', 'a/b', '../x', 'a\0']) {
      const host = new FakeHost();
      await expect(verb(host, id)).rejects.toMatchObject({ code: 'ERR_RUNDLET_INVALID_ID' });
      expect(host.calls).toEqual([]);
    }
  });

  test.each(verbs)('%s of a missing container', async (_, verb) => {
    await expect(verb(new FakeHost(), 'nope')).rejects.toMatchObject({
      code: 'ERR_RUNDLET_NOT_FOUND',
      message: 'container does not exist',
    });
  });
});

describe('state', () => {
  test('has runc’s keys in runc’s order', async () => {
    const result = await state(contextOf(hostWith(running)), 'c1');
    expect(JSON.stringify(result)).toBe(
      '{"ociVersion":"1.0.2-dev","id":"c1","pid":4242,"status":"running","bundle":"/bundle",' +
        '"rootfs":"/bundle/rootfs","created":"2026-11-24T03:53:12.078739079Z",' +
        '"annotations":{"a.b":"c=d"},"owner":""}',
    );
  });

  test.each([
    [created, 'created', 4242],
    [paused, 'paused', 4242],
    [stopped, 'stopped', 0],
  ])('%j is %s', async (facts, status, pid) => {
    expect(await state(contextOf(hostWith(facts)), 'c1')).toMatchObject({ status, pid });
  });

  test('a journal without a process is stopped, without asking the kernel', async () => {
    const host = hostWith(running, {}, { init_process_pid: 0 });
    expect(await state(contextOf(host), 'c1')).toMatchObject({ status: 'stopped', pid: 0 });
    expect(host.ops).not.toContain('containerStatus');
  });

  test('asks with the process’s start time and the freezer', async () => {
    const host = hostWith(running);
    await state(contextOf(host), 'c1');
    expect(host.argsOf('containerStatus')).toEqual([
      {
        process: { pid: 4242, startTime: 99 },
        dir: `${root}/c1`,
        freezer: '/sys/fs/cgroup/freezer/c1',
      },
    ]);
  });
});

describe('start', () => {
  test('opens the gate and runs poststart hooks', async () => {
    const host = hostWith(created, {}, withHook('poststart'));
    await start(contextOf(host), 'c1');
    expect(host.argsOf('openGate')).toEqual([
      { dir: `${root}/c1`, process: { pid: 4242, startTime: 99 } },
    ]);
    expect(JSON.parse(host.argsOf('runProgram')[0]?.stdin ?? '')).toMatchObject({
      status: 'running',
      pid: 4242,
    });
  });

  test.each([
    [running, 'cannot start an already running container'],
    [stopped, 'cannot start a container that has stopped'],
    [paused, 'cannot start a container in the paused state'],
  ])('%j: %s', async (facts, message) => {
    const failing = start(contextOf(hostWith(facts)), 'c1');
    await expect(failing).rejects.toMatchObject({ code: 'ERR_RUNDLET_WRONG_STATUS', message });
  });

  test.each([
    ['ENOENT', 'cannot start an already running container'],
    ['ESRCH', 'cannot start a container that has stopped'],
  ])('a gate that is gone (%s)', async (errnoName, message) => {
    const openGate = () => {
      throw failure({ op: 'openGate', errnoName });
    };
    await expect(start(contextOf(hostWith(created, { openGate })), 'c1')).rejects.toThrow(message);
  });

  test('a failed poststart hook stops the container', async () => {
    const runProgram = () => ({
      status: { kind: 'exited', value: 1 },
      stdout: '',
      stderr: '',
      timedOut: false,
    });
    const host = hostWith(created, { runProgram }, withHook('poststart'));
    await expect(start(contextOf(host), 'c1')).rejects.toThrow('error running poststart hook #0');
    expect(host.argsOf('signal')).toMatchObject([{ signal: 9 }]);
  });
});

describe('kill', () => {
  test.each([
    [undefined, 15],
    ['', 15],
    ['9', 9],
    ['KILL', 9],
    ['sigusr1', 10],
    ['SIGRTMIN+3', 37],
  ])('signal %s is %i', async (signal, number) => {
    const host = hostWith(running);
    await kill(contextOf(host), { id: 'c1', ...(signal !== undefined && { signal }) });
    expect(host.argsOf('signal')).toEqual([
      { process: { pid: 4242, startTime: 99 }, signal: number },
    ]);
  });

  test('unknown signal', async () => {
    await expect(kill(contextOf(hostWith(running)), { id: 'c1', signal: 'BOGUS' })).rejects.toThrow(
      'unknown signal "BOGUS"',
    );
  });

  test('a stopped one, and one that dies meanwhile', async () => {
    await expect(kill(contextOf(hostWith(stopped)), { id: 'c1' })).rejects.toMatchObject({
      message: 'container not running',
      from: 'stopped',
    });
    const signal = () => {
      throw failure({ op: 'signal', errnoName: 'ESRCH' });
    };
    await expect(kill(contextOf(hostWith(running, { signal })), { id: 'c1' })).rejects.toThrow(
      'container not running',
    );
  });

  test('--all signals the group, also after init’s end', async () => {
    const host = hostWith(stopped);
    await kill(contextOf(host), { id: 'c1', signal: '9', all: true });
    expect(host.argsOf('signalGroup')).toEqual([
      { paths: ['/sys/fs/cgroup/freezer/c1'], signal: 9 },
    ]);
    expect(host.ops).not.toContain('signal');
  });

  test('KILL without a pid namespace takes everyone', async () => {
    const signal = () => {
      throw failure({ op: 'signal', errnoName: 'ESRCH' });
    };
    const host = hostWith(running, { signal }, shared);
    await kill(contextOf(host), { id: 'c1', signal: 'KILL' });
    expect(host.argsOf('signalGroup')).toMatchObject([{ signal: 9 }]);
    await kill(contextOf(hostWith(running, {}, shared)), { id: 'c1', signal: 'TERM' });
  });

  test('KILL thaws a frozen container, v1 and v2', async () => {
    const v1 = hostWith(paused);
    await kill(contextOf(v1), { id: 'c1', signal: 'KILL' });
    expect(v1.argsOf('freeze')).toEqual([{ path: '/sys/fs/cgroup/freezer/c1', frozen: false }]);
    const v2 = hostWith(paused, {}, { cgroup_paths: { '': '/sys/fs/cgroup/c1' } });
    await kill(contextOf(v2), { id: 'c1', signal: 'KILL' });
    expect(v2.argsOf('freeze')).toEqual([{ path: '/sys/fs/cgroup/c1', frozen: false }]);
  });
});

describe('pause and resume', () => {
  const gone = () => {
    throw failure({ op: 'freeze', syscall: 'openat', subject: '/x', errnoName: 'ENOENT' });
  };

  test.each([
    [running, pause, true],
    [created, pause, true],
    [paused, resume, false],
  ])('%j', async (facts, verb, frozen) => {
    const host = hostWith(facts);
    await verb(contextOf(host), 'c1');
    expect(host.argsOf('freeze')).toEqual([{ path: '/sys/fs/cgroup/freezer/c1', frozen }]);
  });

  test.each([
    [paused, pause, 'container not running'],
    [stopped, pause, 'container not running'],
    [running, resume, 'container not paused'],
    [stopped, resume, 'container not paused'],
  ])('%j is refused', async (facts, verb, message) => {
    const host = hostWith(facts);
    await expect(verb(contextOf(host), 'c1')).rejects.toThrow(message);
    expect(host.ops).not.toContain('freeze');
  });

  test('without a group, and with one that goes away', async () => {
    const none = hostWith(running, {}, { cgroup_paths: {} });
    await expect(pause(contextOf(none), 'c1')).rejects.toThrow('cannot toggle freezer');
    const host = hostWith(running, { freeze: gone });
    await expect(pause(contextOf(host), 'c1')).rejects.toMatchObject({ errno: 'ENOENT' });
  });

  test('no right to the group: what to do about it', async () => {
    const freeze = () => {
      throw failure({ op: 'freeze', syscall: 'openat', subject: '/x', errnoName: 'EACCES' });
    };
    await expect(pause(contextOf(hostWith(running, { freeze })), 'c1')).rejects.toMatchObject({
      message: 'openat /x: permission denied',
      hint: expect.stringContaining('delegate'),
    });
  });
});

describe('delete', () => {
  test('a stopped one: cgroups, directory, then poststop hooks', async () => {
    const host = hostWith(stopped, {}, withHook('poststop'));
    await deleteContainer(contextOf(host), { id: 'c1' });
    expect(host.ops).toEqual(['containerStatus', 'cgroupRemove', 'removeTree', 'runProgram']);
    expect(host.argsOf('runProgram')[0]).toMatchObject({ path: '/hook', cwd: bundle });
    expect(host.directories.has(`${root}/c1`)).toBe(false);
  });

  test.each([
    [running, 'running'],
    [paused, 'paused'],
  ])('refuses %j', async (facts, from) => {
    await expect(deleteContainer(contextOf(hostWith(facts)), { id: 'c1' })).rejects.toMatchObject({
      message: `cannot delete container c1 that is not stopped: ${from}`,
      from,
      to: 'stopped',
    });
  });

  test('a created one is killed first, a running one with force', async () => {
    for (const [facts, force] of [
      [created, false],
      [running, true],
      [paused, true],
    ] as const) {
      const host = hostWith(facts);
      await deleteContainer(contextOf(host), { id: 'c1', force });
      expect(host.argsOf('signal')).toMatchObject([{ signal: 9 }]);
      expect(host.argsOf('wait')).toEqual([
        { process: { pid: 4242, startTime: 99 }, foreground: false },
      ]);
      expect(host.ops.slice(-2)).toEqual(['cgroupRemove', 'removeTree']);
    }
  });

  test('force: one that does not die stays, after ten seconds', async () => {
    const host = hostWith(running, { awaitEnd: () => ({ ended: false }) });
    await expect(deleteContainer(contextOf(host), { id: 'c1', force: true })).rejects.toMatchObject(
      { message: 'container init still running' },
    );
    expect(host.argsOf('awaitEnd')).toMatchObject([{ timeout: 10_000 }]);
    expect(host.directories.has(`${root}/c1`)).toBe(true);
    expect(host.ops).not.toContain('cgroupRemove');
  });

  test('force: a missing one is silence, a half-made one is removed', async () => {
    await deleteContainer(contextOf(new FakeHost()), { id: 'nope', force: true });
    for (const text of [undefined, '{', '{}', '[]', 'null']) {
      const host = new FakeHost();
      host.directories.add(`${root}/c1`);
      if (text !== undefined) host.files.set(`${root}/c1/state.json`, text);
      await expect(deleteContainer(contextOf(host), { id: 'c1' })).rejects.toThrow();
      expect(host.directories.has(`${root}/c1`)).toBe(true);
      await deleteContainer(contextOf(host), { id: 'c1', force: true });
      expect(host.directories.has(`${root}/c1`)).toBe(false);
    }
  });

  test('a journal: whatever is left in its cgroup is killed', async () => {
    const host = hostWith(running, {}, { init_process_pid: 0 });
    await deleteContainer(contextOf(host), { id: 'c1', force: true });
    expect(host.ops).toEqual(['signalGroup', 'cgroupRemove', 'removeTree']);
  });

  test('a cgroup that cannot be removed keeps the record for another try', async () => {
    const cgroupRemove = () => {
      throw failure({
        op: 'cgroupRemove',
        syscall: 'rmdir',
        subject: '/sys/fs/cgroup/x',
        errnoName: 'EBUSY',
      });
    };
    const host = hostWith(stopped, { cgroupRemove });
    await expect(deleteContainer(contextOf(host), { id: 'c1' })).rejects.toThrow(
      "unable to remove container's cgroup: rmdir /sys/fs/cgroup/x: device or resource busy",
    );
    expect(host.directories.has(`${root}/c1`)).toBe(true);
  });

  test('a failed poststop hook is a warning', async () => {
    const runProgram = () => {
      throw failure({ op: 'runProgram', errnoName: 'ENOENT' });
    };
    const host = hostWith(stopped, { runProgram }, withHook('poststop'));
    const warnings: string[] = [];
    const warn = (_: string, message: string) => warnings.push(message);
    await deleteContainer(contextOf(host, { warn }), { id: 'c1' });
    expect(warnings).toEqual([
      'error running poststop hook #0: fork/exec /hook: no such file or directory',
    ]);
  });
});

describe('list', () => {
  test('rows with owners; half-made ones and strangers are left out', async () => {
    const stat = ({ path }: { path: string }) => ({
      kind: 'directory',
      mode: 0o711,
      uid: path.endsWith('c2') ? 1000 : path.endsWith('c3') ? 1001 : 0,
      gid: 0,
      size: 0,
    });
    const host = hostWith(running, { stat });
    addContainer(host, 'c2');
    addContainer(host, 'c3');
    host.directories.add(`${root}/half`).add(`${root}/.hidden dir`);
    host.files.set('/etc/passwd', 'root:x:0:0::/:\nann:x:1000:1000::/:\n');
    const rows = await list(contextOf(host));
    expect(rows.map(({ id, owner }) => [id, owner])).toEqual([
      ['c1', 'root'],
      ['c2', 'ann'],
      ['c3', '#1001'],
    ]);
  });

  test('no root: empty, or an error when it was asked for', async () => {
    expect(await list(contextOf(new FakeHost()))).toEqual([]);
    await expect(list(contextOf(new FakeHost()), { strict: true })).rejects.toThrow(
      'open /run/rundlet: no such file or directory',
    );
  });
});

test('ps asks one group', async () => {
  const host = hostWith(running, { cgroupProcesses: () => ({ pids: [5, 6] }) });
  expect(await ps(contextOf(host), 'c1')).toEqual([5, 6]);
  expect(host.argsOf('cgroupProcesses')).toEqual([{ paths: ['/sys/fs/cgroup/freezer/c1'] }]);
});

describe('wait', () => {
  test.each([
    [{ kind: 'exited', value: 4 }, { exitCode: 4 }],
    [
      { kind: 'signaled', value: 15 },
      { exitCode: 143, signal: 'SIGTERM' },
    ],
    [{ kind: 'unknown', value: 0 }, { exitCode: null }],
  ])('%j', async (status, result) => {
    const host = hostWith(running, { wait: () => status });
    expect(await wait(contextOf(host), 'c1')).toEqual(result);
  });

  test('a process that is gone', async () => {
    const gone = () => {
      throw failure({ op: 'wait', errnoName: 'ESRCH' });
    };
    expect(await wait(contextOf(hostWith(stopped, { wait: gone })), 'c1')).toEqual({
      exitCode: null,
    });
  });
});
