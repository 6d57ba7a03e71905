import { describe, expect, test } from 'vitest';
import { run } from '../../../src/lifecycle/run.ts';
import { event, type FakeHost, failure } from './fake-host.ts';
import { bundle, contextOf, launchHost, root, spec } from './fixtures.ts';

const dir = `${root}/r1`;
const poststart = { hooks: { poststart: [{ path: '/hook/p' }], poststop: [{ path: '/hook/z' }] } };

function execStep(host: FakeHost): number {
  return host.argsOf('launch')[0]?.steps.findIndex(({ act }) => 'exec' in act) ?? -1;
}

describe('run', () => {
  test('needs no fifo, waits in the foreground and deletes the container', async () => {
    const host = launchHost(spec(), { wait: () => ({ kind: 'exited', value: 3 }) });
    const result = await run(contextOf(host), { id: 'r1', bundle });
    expect(result).toEqual({ pid: 4242, exitCode: 3 });
    expect(host.argsOf('launch')[0]?.gate).toEqual({ word: {} });
    expect(host.argsOf('wait')).toEqual([{ handle: 7, foreground: true }]);
    expect(host.ops.slice(-5)).toEqual([
      'launchContinue',
      'launchContinue',
      'wait',
      'cgroupRemove',
      'removeTree',
    ]);
    expect(host.argsOf('cgroupRemove')[0]?.paths).toContain('/sys/fs/cgroup/devices/r1');
  });

  test('a signal is 128 and its number', async () => {
    const host = launchHost(spec(), { wait: () => ({ kind: 'signaled', value: 9 }) });
    const result = await run(contextOf(host), { id: 'r1', bundle });
    expect(result).toMatchObject({ exitCode: 137, signal: 'SIGKILL' });
  });

  test('keep leaves the container', async () => {
    const host = launchHost();
    await run(contextOf(host), { id: 'r1', bundle, keep: true });
    expect(host.directories.has(dir)).toBe(true);
    expect(host.ops).not.toContain('cgroupRemove');
  });

  test('detached: pid file, release, no waiting', async () => {
    const host = launchHost();
    const options = { id: 'r1', bundle, detach: true, pidFile: 'pid' };
    host.directories.add('/work');
    expect(await run(contextOf(host), options)).toEqual({ pid: 4242, exitCode: 0 });
    expect(host.files.get('/work/pid')).toBe('4242');
    expect(host.ops).not.toContain('wait');
    expect(host.ops.at(-1)).toBe('launchRelease');
  });

  test('runs poststart hooks once the program runs', async () => {
    const host = launchHost(spec(poststart));
    await run(contextOf(host), { id: 'r1', bundle });
    const states = host.argsOf('runProgram').map(({ stdin }) => JSON.parse(stdin));
    expect(states.map(({ status }) => status)).toEqual(['running', 'stopped']);
    expect(states[1]).not.toHaveProperty('pid');
  });

  test('a failed poststart hook ends the container', async () => {
    const host = launchHost(spec(poststart), {
      runProgram: ({ path }) => ({
        status: { kind: 'exited', value: path === '/hook/p' ? 2 : 0 },
        stdout: '',
        stderr: '',
        timedOut: false,
      }),
    });
    await expect(run(contextOf(host), { id: 'r1', bundle })).rejects.toThrow(
      'error running poststart hook #0: exit status 2, stdout: , stderr: ',
    );
    expect(host.ops).toContain('launchAbort');
    expect(host.directories.has(dir)).toBe(false);
  });

  test('a program that cannot be executed', async () => {
    const host: FakeHost = launchHost(spec(), {
      launchContinue: (_, count) => {
        if (count === 0) return event('ready');
        throw failure({
          list: 'steps',
          step: execStep(host),
          syscall: 'execve',
          subject: '/bin/true',
          errnoName: 'EACCES',
        });
      },
    });
    await expect(run(contextOf(host), { id: 'r1', bundle })).rejects.toMatchObject({
      code: 'ERR_RUNDLET_PROGRAM',
      message: expect.stringContaining('exec /bin/true: permission denied'),
      pointer: '/process/args',
      location: { file: 'config.json', line: 5 },
    });
    expect(host.directories.has(dir)).toBe(false);
  });

  test('a console socket is for detached terminals only', async () => {
    const host = launchHost();
    const options = { id: 'r1', bundle, consoleSocket: '/sock' };
    await expect(run(contextOf(host), options)).rejects.toThrow(
      'cannot use console socket if runc will not detach or allocate tty',
    );
  });
});
