import { execFileSync, spawn } from 'node:child_process';
import { fstatSync, mkdtempSync, openSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Runtime } from '../../../src/index.ts';
import { defaultRoot } from '../../../src/runtime/default-root.ts';
import { stdioTriple } from '../../../src/runtime/stdio.ts';
import { event, FakeHost, failure } from './fake-host.ts';
import { addContainer, bundle, launchHost, root, spec } from './fixtures.ts';

const runtimeOf = (host: FakeHost) => new Runtime({ host, root });

describe('Runtime', () => {
  test('run: a random id, no terminal attendance, exit and clean-up', async () => {
    const host = launchHost(spec(), { wait: () => ({ kind: 'exited', value: 2 }) });
    const result = await runtimeOf(host).run({ bundle, stdio: 'ignore' });
    expect(result).toEqual({
      id: expect.stringMatching(/^run-[0-9a-f]{16}$/),
      pid: 4242,
      exitCode: 2,
    });
    expect(host.argsOf('launch')[0]?.stdio).toEqual([-1, -1, -1]);
    expect(host.argsOf('wait')).toEqual([{ handle: 7, foreground: false }]);
    expect(host.ops).toContain('removeTree');
  });

  test('exec: in the container named', async () => {
    const host = launchHost(spec(), { launchContinue: () => event('running') });
    addContainer(host, 'c1');
    const result = await runtimeOf(host).exec({ id: 'c1', args: ['id'], stdio: 'inherit' });
    expect(result).toEqual({ id: 'c1', pid: 4242, exitCode: 0 });
    expect(host.argsOf('launch')[0]?.stdio).toEqual([0, 1, 2]);
  });

  test('an AbortSignal kills, cleans up and rejects', async () => {
    const controller = new AbortController();
    let end: (status: { kind: string; value: number }) => void = () => undefined;
    const host = launchHost(spec(), {
      signal: () => {
        end({ kind: 'signaled', value: 9 });
        return null;
      },
    });
    const ended = new Promise<{ kind: string; value: number }>((resolve) => {
      end = resolve;
    });
    host.answers.wait = () => ended as never;
    const { signal } = controller;
    const process = await runtimeOf(host).spawn({ id: 'r1', bundle, stdio: 'ignore', signal });
    controller.abort();
    await expect(process.wait()).rejects.toMatchObject({ code: 'ERR_RUNDLET_ABORTED' });
    expect(host.argsOf('signal')).toMatchObject([{ signal: 9 }]);
    expect(host.directories.has(`${root}/r1`)).toBe(false);
  });

  test('await using ends the container', async () => {
    const host = launchHost();
    let killed = false;
    host.answers.signal = () => {
      killed = true;
      return null;
    };
    host.answers.wait = () =>
      new Promise((resolve) => setTimeout(resolve, 20, { kind: 'exited', value: 0 })) as never;
    {
      await using process = await runtimeOf(host).spawn({ id: 'r1', bundle, stdio: 'ignore' });
      expect(process.pid).toBe(4242);
    }
    expect(killed).toBe(true);
    expect(host.directories.has(`${root}/r1`)).toBe(false);
  });

  test('pipes of a launch that fails later are closed', async () => {
    const host = launchHost(spec(), {
      launch: () => event('ready', { pipes: [-1, -1, pipeEnd()] }),
      launchContinue: () => {
        throw failure({ syscall: 'execve', subject: '/bin/true', errnoName: 'EACCES' });
      },
    });
    let end = -1;
    function pipeEnd(): number {
      end = openFifo();
      return end;
    }
    await expect(runtimeOf(host).run({ id: 'r1', bundle })).rejects.toThrow('permission denied');
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(() => fstatSync(end)).toThrow('EBADF');
  });

  test('the small verbs', async () => {
    const host = launchHost(spec(), { cgroupProcesses: () => ({ pids: [4242] }) });
    addContainer(host, 'c1');
    const runtime = runtimeOf(host);
    expect((await runtime.list()).map(({ id }) => id)).toEqual(['c1']);
    expect(await runtime.state('c1')).toMatchObject({ status: 'running' });
    expect(await runtime.ps('c1')).toEqual([4242]);
    expect(await runtime.wait('c1')).toEqual({ exitCode: 0 });
    await runtime.kill('c1', 'HUP');
    expect(host.argsOf('signal')).toMatchObject([{ signal: 1 }]);
    await expect(runtime.start('c1')).rejects.toThrow('cannot start an already running container');
    await runtime.delete('c1', { force: true });
    expect(await runtime.list()).toEqual([]);
    expect((await runtime.features()).ociVersionMax).toBe('1.3.0');
  });
});

test('stdio words', () => {
  expect(stdioTriple('pipe')).toEqual([-2, -2, -2]);
  expect(stdioTriple(['ignore', 'inherit', 9])).toEqual([-1, 1, 9]);
});

test('pipes are read to their end', async () => {
  const { openStreams, collectText } = await import('../../../src/runtime/node-stdio.ts');
  expect(await collectText(undefined)).toBeUndefined();
  expect(openStreams([-1, -1, -1])).toEqual({});
  const { stdout } = openStreams([-1, openFifo("printf 'héllo'"), -1]);
  expect(await collectText(stdout)).toBe('héllo');
});

/** The reading end of a fifo that a shell command writes to. */
function openFifo(command = 'sleep 5'): number {
  const path = join(mkdtempSync(join(tmpdir(), 'rundlet-')), 'fifo');
  execFileSync('mkfifo', [path]);
  spawn('sh', ['-c', `${command} > ${path}`]).unref();
  return openSync(path, 'r');
}

test.each([
  [{}, 0, '/run/rundlet'],
  [{ XDG_RUNTIME_DIR: '' }, 1000, '/run/rundlet'],
  [{ XDG_RUNTIME_DIR: '/run/user/0' }, 0, '/run/rundlet'],
  [{ XDG_RUNTIME_DIR: '/run/user/1000' }, 1000, '/run/user/1000/rundlet'],
])('default root with %j as uid %i', async (env, uid, expected) => {
  const stat = () => ({ kind: 'directory', mode: 0, uid, gid: 0, size: 0 });
  const host = new FakeHost({ stat });
  Object.assign(host.env, env);
  expect(await defaultRoot(host)).toBe(expected);
});
