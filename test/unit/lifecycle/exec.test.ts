import { describe, expect, test } from 'vitest';
import type { Act } from '../../../src/host/generated/plan.ts';
import { exec } from '../../../src/lifecycle/exec.ts';
import { withFlags } from '../../../src/lifecycle/exec-process.ts';
import { subCgroups } from '../../../src/lifecycle/sub-cgroup.ts';
import { parseGid, parseUser } from '../../../src/lifecycle/user-flag.ts';
import type { StateRecord } from '../../../src/state/state-record.ts';
import { type Answers, event, type FakeHost, failure } from './fake-host.ts';
import { addContainer, contextOf, launchHost, record, spec } from './fixtures.ts';

function execHost(answers: Answers = {}, more: Partial<StateRecord> = {}): FakeHost {
  const host = launchHost(spec(), { launchContinue: () => event('running'), ...answers });
  addContainer(host, 'c1', more);
  return host;
}

/** The fields of the only act of that name in the launched plan. */
function actOf(host: FakeHost, name: string): Record<string, unknown> | undefined {
  const acts = host
    .argsOf('launch')[0]
    ?.steps.map(({ act }) => act as Act & Record<string, object>);
  return acts?.find((act) => name in act)?.[name] as Record<string, unknown> | undefined;
}

const args = ['id'];

describe('exec', () => {
  test('runs in the container’s namespaces and groups, and waits', async () => {
    const host = execHost({ wait: () => ({ kind: 'exited', value: 5 }) });
    expect(await exec(contextOf(host), { id: 'c1', args })).toEqual({ pid: 4242, exitCode: 5 });
    const [plan] = host.argsOf('launch');
    expect(plan?.namespaces.of).toEqual({ pid: 4242, startTime: 99 });
    expect(plan?.cgroup).toMatchObject({ existing: true });
    expect(plan?.gate).toEqual({ open: {} });
    expect(actOf(host, 'exec')).toMatchObject({ args });
    expect(host.ops.at(-1)).toBe('wait');
  });

  test('detached: pid file and release', async () => {
    const host = execHost();
    const options = { id: 'c1', args, detach: true, pidFile: '/run/p' };
    expect(await exec(contextOf(host), options)).toEqual({ pid: 4242, exitCode: 0 });
    expect(host.files.get('/run/p')).toBe('4242');
    expect(host.ops.at(-1)).toBe('launchRelease');
  });

  test('the process of a file gets what the container has and it does not say', async () => {
    const config: StateRecord['config'] = {
      ...record('c1').config,
      no_new_privileges: true,
      capabilities: { Bounding: ['CAP_KILL'], Effective: ['CAP_KILL'], Permitted: ['CAP_KILL'] },
      oom_score_adj: 7,
      seccomp: { default_action: 4, syscalls: [{ name: 'swapon', action: 2, errnoRet: 1 }] },
    };
    const host = execHost({}, { config });
    host.files.set('/p.json', '{"cwd":"/","args":["id"],"user":{"uid":5,"gid":6}}');
    await exec(contextOf(host), { id: 'c1', processFile: '/p.json', detach: true });
    const [plan] = host.argsOf('launch');
    expect(actOf(host, 'noNewPrivileges')).toBeDefined();
    expect(actOf(host, 'credentials')).toMatchObject({ uid: 5, gid: 6 });
    expect(actOf(host, 'credentials')?.capabilities).toMatchObject({ bounding: [5] });
    expect(plan?.prepare[0]?.act).toEqual({ oomScoreAdj: { value: 7 } });
    expect(plan?.seccomp[0]?.profile).toMatchObject({
      defaultAction: 'SCMP_ACT_ALLOW',
      syscalls: [{ names: ['swapon'], action: 'SCMP_ACT_ERRNO', errnoRet: 1 }],
    });
  });

  test.each([
    [{ alive: false, fifo: false, frozen: false }, 'cannot exec in a stopped container'],
    [
      { alive: true, fifo: false, frozen: true },
      'cannot exec in a paused container (use --ignore-paused to override)',
    ],
  ])('%j: %s, exit code 255', async (facts, text) => {
    const host = execHost({ containerStatus: () => facts });
    await expect(exec(contextOf(host), { id: 'c1', args })).rejects.toMatchObject({
      message: `exec failed: ${text}`,
      code: 'ERR_RUNDLET_WRONG_STATUS',
      exitCode: 255,
    });
  });

  test('--ignore-paused', async () => {
    const host = execHost({ containerStatus: () => ({ alive: true, fifo: false, frozen: true }) });
    await exec(contextOf(host), { id: 'c1', args, ignorePaused: true });
  });

  test.each([
    [{ id: 'nope', args }, 'exec failed: container does not exist'],
    [{ id: '..', args }, 'exec failed: invalid container ID format: ..'],
    [{ id: 'c1' }, 'exec failed: exec args cannot be empty'],
    [{ id: 'c1', args, cwd: 'rel' }, 'exec failed: Cwd must be an absolute path'],
    [{ id: 'c1', args, user: '1:' }, 'exec failed: bad user "1:"'],
    [{ id: 'c1', args, cgroup: ['freezer:../x'] }, 'exec failed: bad sub cgroup path: ../x'],
    [
      { id: 'c1', args, tty: true, detach: true },
      'exec failed: cannot allocate tty if runc will detach without setting console socket',
    ],
    [{ id: 'c1', processFile: '/nosuch' }, 'exec failed: openat /nosuch: no such file'],
  ])('%j is refused with 255', async (options, text) => {
    const host = execHost();
    const failing = exec(contextOf(host), options);
    await expect(failing).rejects.toThrow(text);
    await expect(failing).rejects.toMatchObject({ exitCode: 255 });
    expect(host.ops).not.toContain('launch');
  });

  test('a missing program: runc’s text, aborted', async () => {
    const host: FakeHost = execHost({
      launch: () => event('ready'),
      launchContinue: () => {
        const steps = host.argsOf('launch')[0]?.steps ?? [];
        throw failure({
          list: 'steps',
          step: steps.findIndex(({ act }) => 'lookupProgram' in act),
          subject: 'nosuch',
          detail: 'exec: "nosuch": executable file not found in $PATH',
        });
      },
    });
    await expect(exec(contextOf(host), { id: 'c1', args: ['nosuch'] })).rejects.toMatchObject({
      message:
        'exec failed: unable to start container process: exec: "nosuch": executable file not found in $PATH',
      code: 'ERR_RUNDLET_PROGRAM',
      exitCode: 255,
    });
    expect(host.ops).toContain('launchAbort');
  });

  test('points into the file for what stands there, not for what a flag replaced', async () => {
    const failing = (act: string, errnoName: string): FakeHost => {
      const host: FakeHost = execHost({
        launch: (plan) => {
          const step = plan.steps.findIndex((one) => act in one.act);
          throw failure({ list: 'steps', step, syscall: 'x', errnoName });
        },
      });
      return host;
    };
    const flags = { id: 'c1', args: ['nosuch'] };
    const error = (host: FakeHost, more = {}) =>
      exec(contextOf(host), { ...flags, ...more }).catch((caught: unknown) => caught);
    expect(await error(failing('lookupProgram', 'ENOENT'))).toMatchObject({ pointer: undefined });
    expect(await error(failing('cwd', 'ENOENT'))).toMatchObject({
      pointer: '/process/cwd',
      location: { file: 'config.json', line: 4 },
    });
    expect(await error(failing('cwd', 'ENOENT'), { cwd: '/x' })).toMatchObject({
      location: undefined,
    });
  });
});

describe('--user', () => {
  test.each([
    ['0', { uid: 0 }],
    ['1000:5', { uid: 1000, gid: 5 }],
    ['4294967294', { uid: 4294967294 }],
  ])('%s', (text, user) => expect(parseUser(text)).toEqual(user));

  test.each([
    '',
    ':',
    '0x0',
    '-1',
    '+1',
    '1:',
    ':1',
    '1:2:3',
    '4294967295',
    ' 1',
    '1 ',
    '1\n',
    'root',
    '1e3',
  ])('%j is refused', (text) => expect(() => parseUser(text)).toThrow('bad user'));

  test.each(['', '-1', 'x', '4294967295'])('group %j is refused', (text) =>
    expect(() => parseGid(text)).toThrow('additional-gids must be a positive number'),
  );
});

describe('flags over the container’s process', () => {
  const base = { cwd: '/a', args: ['x'], terminal: true, user: { uid: 1, gid: 2 }, env: ['A=1'] };

  test('only what was given', () => {
    expect(withFlags(base, { id: 'c', env: ['B=2'] }, ['y'])).toEqual({
      ...base,
      args: ['y'],
      env: ['A=1', 'B=2'],
      terminal: false,
    });
  });

  test('user keeps the group unless it is named; groups are added', () => {
    const options = { id: 'c', user: '5', additionalGids: ['7'] };
    expect(withFlags(base, options, ['y']).user).toEqual({ uid: 5, gid: 2, additionalGids: [7] });
  });

  test('capabilities: ambient only beside inheritable', () => {
    const options = { id: 'c', capabilities: ['net_raw', 'CAP_KILL'] };
    const sets = { bounding: ['CAP_KILL'], inheritable: ['CAP_KILL'] };
    const names = ['CAP_KILL', 'CAP_NET_RAW'];
    const { capabilities } = withFlags({ ...base, capabilities: sets }, options, ['y']);
    expect(capabilities?.bounding).toEqual(names);
    expect(capabilities?.ambient?.toSorted()).toEqual(names);
    expect(withFlags(base, options, ['y']).capabilities).not.toHaveProperty('ambient');
  });
});

describe('--cgroup', () => {
  const v1 = { cpu: '/c/cpu/x', cpuacct: '/c/cpu/x', pids: '/c/pids/x' };
  test('v1: by controllers', () => {
    expect(subCgroups(v1, ['cpu,cpuacct:a/b'])).toEqual({
      cpu: '/c/cpu/x/a/b',
      cpuacct: '/c/cpu/x/a/b',
      pids: '/c/pids/x',
    });
  });

  test('one path alone is for every hierarchy', () => {
    expect(subCgroups(v1, ['a'])).toEqual({
      cpu: '/c/cpu/x/a',
      cpuacct: '/c/cpu/x/a',
      pids: '/c/pids/x/a',
    });
  });

  test('v2: one path', () => {
    expect(subCgroups({ '': '/c/x' }, ['/sub'])).toEqual({ '': '/c/x/sub' });
  });

  test.each([
    [['a', 'cpu:b'], 'missing <controller>: prefix'],
    [['..'], 'bad sub cgroup path: ..'],
    [[':a'], 'empty <controller> prefix'],
    [['cpu:a', 'cpu:b'], 'controller cpu specified multiple times'],
    [['cpu:../..'], 'bad sub cgroup path'],
    [['memory:a'], 'unknown controller memory'],
  ])('%j is refused', (flags, text) => expect(() => subCgroups(v1, flags)).toThrow(text));
});
