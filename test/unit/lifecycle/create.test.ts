import { describe, expect, test } from 'vitest';
import { create } from '../../../src/lifecycle/create.ts';
import type { Spec } from '../../../src/spec/generated/config.ts';
import type { StateRecord } from '../../../src/state/state-record.ts';
import { event, type FakeHost, failure } from './fake-host.ts';
import { bundle, contextOf, launchHost, root, spec } from './fixtures.ts';

const dir = `${root}/c1`;

function stateOf(host: FakeHost): StateRecord {
  return JSON.parse(host.files.get(`${dir}/state.json`) ?? 'null');
}

const hooks = (more: Partial<Spec['hooks']> = {}): Partial<Spec> => ({
  hooks: {
    prestart: [{ path: '/hook/a' }],
    createRuntime: [{ path: '/hook/b', args: ['b', 'x'], env: ['A=1'], timeout: 1 }],
    poststop: [{ path: '/hook/z' }],
    ...more,
  },
});

describe('create', () => {
  test('writes the journal before the launch and the record before the gate', async () => {
    let journal: StateRecord | undefined;
    const host: FakeHost = launchHost(spec(), {
      launch: () => {
        journal = stateOf(host);
        return event('ready');
      },
    });
    const { pid } = await create(contextOf(host), { id: 'c1', bundle, pidFile: '/run/pid' });
    expect(pid).toBe(4242);
    expect(journal).toMatchObject({ id: 'c1', init_process_pid: 0 });
    expect(journal?.cgroup_paths).toMatchObject({ freezer: '/sys/fs/cgroup/freezer/c1' });
    expect(stateOf(host)).toMatchObject({ init_process_pid: 4242, init_process_start: 99 });
    expect(stateOf(host).namespace_paths).toMatchObject({ NEWPID: '/proc/4242/ns/pid' });
    expect(host.files.get('/run/pid')).toBe('4242');
    expect(host.ops).toEqual([
      'makeDirectory',
      'makeDirectory',
      'cgroupProcesses',
      'writeRecord',
      'launch',
      'writeRecord',
      'writeRecord',
      'launchContinue',
      'launchRelease',
    ]);
  });

  test('makes the root 0700 and the directory 0711, and waits at its fifo', async () => {
    const host = launchHost();
    await create(contextOf(host), { id: 'c1', bundle });
    expect(host.argsOf('makeDirectory').map(({ mode }) => mode)).toEqual([0o700, 0o711]);
    expect(host.argsOf('launch')[0]?.gate).toEqual({ fifo: { dir } });
  });

  test('runs prestart and createRuntime hooks at the barrier, with the state on stdin', async () => {
    const host = launchHost(spec(hooks()), {
      launch: () => event('barrier', { step: 3 }),
      launchContinue: () => event('ready'),
    });
    await create(contextOf(host), { id: 'c1', bundle });
    const [first, second] = host.argsOf('runProgram');
    expect(first).toMatchObject({ path: '/hook/a', args: [], cwd: bundle, timeout: 0 });
    expect(first).not.toHaveProperty('env');
    expect(second).toMatchObject({ args: ['b', 'x'], env: ['A=1'], timeout: 1000 });
    expect(JSON.parse(first?.stdin ?? '')).toEqual({
      ociVersion: '1.3.0',
      id: 'c1',
      status: 'creating',
      pid: 4242,
      bundle,
    });
  });

  test('a hook that fails undoes all and names itself', async () => {
    const host = launchHost(spec(hooks()), {
      launch: () => event('barrier'),
      runProgram: ({ path }) => ({
        status: { kind: 'exited', value: path === '/hook/b' ? 1 : 0 },
        stdout: 'out',
        stderr: 'err',
        timedOut: false,
      }),
    });
    await expect(create(contextOf(host), { id: 'c1', bundle })).rejects.toMatchObject({
      code: 'ERR_RUNDLET_HOOK',
      message:
        'unable to start container process: error during container init: ' +
        'error running createRuntime hook #0: exit status 1, stdout: out, stderr: err',
      pointer: '/hooks/createRuntime/0',
      location: { file: 'config.json' },
    });
    expect(host.ops.slice(-3)).toEqual(['launchAbort', 'removeTree', 'runProgram']);
    expect(host.argsOf('runProgram').at(-1)).toMatchObject({ path: '/hook/z' });
    expect(host.directories.has(dir)).toBe(false);
  });

  test('a hook past its timeout, and one that cannot run, have runc’s words', async () => {
    const timedOut = launchHost(spec(hooks({ prestart: [] })), {
      launch: () => event('barrier'),
      runProgram: () => ({
        status: { kind: 'signaled', value: 9 },
        stdout: '',
        stderr: '',
        timedOut: true,
      }),
    });
    await expect(create(contextOf(timedOut), { id: 'c1', bundle })).rejects.toThrow(
      'error running createRuntime hook #0: hook ran past specified timeout of 1.0s',
    );
    const missing = launchHost(spec(hooks()), {
      launch: () => event('barrier'),
      runProgram: ({ path }) => {
        throw failure({ op: 'runProgram', syscall: 'execve', subject: path, errnoName: 'ENOENT' });
      },
    });
    await expect(create(contextOf(missing), { id: 'c1', bundle })).rejects.toThrow(
      'error running prestart hook #0: fork/exec /hook/a: no such file or directory',
    );
  });

  test('a failed launch is told in runc’s words and leaves nothing', async () => {
    const host = launchHost(spec(), {
      launch: (plan) => {
        const step = plan.steps.findIndex(({ act }) => 'lookupProgram' in act);
        throw failure({
          list: 'steps',
          step,
          subject: 'nosuch',
          detail: 'exec: "true": executable file not found in $PATH',
        });
      },
    });
    await expect(create(contextOf(host), { id: 'c1', bundle })).rejects.toMatchObject({
      code: 'ERR_RUNDLET_PROGRAM',
      message:
        'unable to start container process: error during container init: ' +
        'exec: "true": executable file not found in $PATH',
      step: 'lookupProgram',
      pointer: '/process/args/0',
    });
    // A launch without a handle has cleaned up after itself.
    expect(host.ops).not.toContain('launchAbort');
    expect(host.directories.has(dir)).toBe(false);
  });

  test.each(['writeRecord', 'launchContinue', 'launchRelease'] as const)(
    'aborts the launch when %s fails after it',
    async (op) => {
      const host = launchHost(spec(), {
        [op]: (args: { path?: string; text?: string }) => {
          if (!args.text || args.text.includes('"init_process_pid":4242'))
            throw failure({ op, syscall: 'write', subject: 'x', errnoName: 'EINVAL' });
          return null;
        },
      });
      const options = { id: 'c1', bundle, pidFile: '/run/pid' };
      await expect(create(contextOf(host), options)).rejects.toThrow();
      expect(host.argsOf('launchAbort')).toEqual([{ handle: 7 }]);
      expect(host.files.has('/run/pid')).toBe(false);
      expect(host.directories.has(dir)).toBe(false);
    },
  );

  test('the loser of an id touches nothing of the winner', async () => {
    const host = launchHost();
    host.directories.add(root).add(dir);
    host.files.set(`${dir}/state.json`, 'winner');
    await expect(create(contextOf(host), { id: 'c1', bundle })).rejects.toMatchObject({
      code: 'ERR_RUNDLET_ID_IN_USE',
      message: 'container with given ID already exists',
    });
    expect(host.files.get(`${dir}/state.json`)).toBe('winner');
    expect(host.ops).not.toContain('removeTree');
    expect(host.ops).not.toContain('launch');
  });

  test('an aborted signal stops between two operations and undoes', async () => {
    const controller = new AbortController();
    const host = launchHost(spec(hooks()), {
      launch: () => {
        controller.abort();
        return event('barrier');
      },
    });
    const context = contextOf(host, { signal: controller.signal });
    await expect(create(context, { id: 'c1', bundle })).rejects.toMatchObject({
      code: 'ERR_RUNDLET_ABORTED',
    });
    expect(host.ops).toContain('launchAbort');
    expect(host.directories.has(dir)).toBe(false);
  });

  test('refuses before anything is made', async () => {
    const terminal = spec();
    terminal.process = { cwd: '/', args: ['sh'], terminal: true };
    const cases: [FakeHost, string, string][] = [
      [launchHost(), '../c1', 'invalid container ID format: ../c1'],
      [
        launchHost(terminal),
        'c1',
        'cannot allocate tty if runc will detach without setting console socket',
      ],
      [launchHost({ ociVersion: '1.3.0', root: { path: 'rootfs' } }), 'c1', 'must not be empty'],
      [launchHost(spec({ root: { path: 'nosuch' } })), 'c1', 'invalid rootfs: stat /bundle/nosuch'],
    ];
    for (const [host, id, text] of cases) {
      await expect(create(contextOf(host), { id, bundle })).rejects.toThrow(text);
      expect(host.ops).not.toContain('makeDirectory');
    }
  });

  test('refuses a cgroup that others use', async () => {
    const host = launchHost(spec(), { cgroupProcesses: () => ({ pids: [1, 2] }) });
    await expect(create(contextOf(host), { id: 'c1', bundle })).rejects.toThrow(
      "container's cgroup is not empty: 2 process(es) found",
    );
    expect(host.ops).not.toContain('launch');
    expect(host.ops.at(-1)).toBe('removeTree');
  });

  test('hands on sockets of the caller, and names them to the program', async () => {
    const host = launchHost();
    Object.assign(host.env, { LISTEN_PID: '100', LISTEN_FDS: '2' });
    await create(contextOf(host), { id: 'c1', bundle, preserveFds: 1 });
    const [plan] = host.argsOf('launch');
    expect(plan?.preserveFds).toBe(3);
    const exec = plan?.steps.map(({ act }) => ('exec' in act ? act.exec : undefined)).find(Boolean);
    expect(exec?.env).toEqual(['PATH=/bin', 'LISTEN_FDS=2', 'LISTEN_PID=1']);
  });
});
