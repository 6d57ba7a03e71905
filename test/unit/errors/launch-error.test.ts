import { describe, expect, test } from 'vitest';
import { launchError } from '../../../src/errors/launch-error.ts';
import type { RundletError } from '../../../src/errors/rundlet-error.ts';
import type { Act, LaunchPlan, OpFailure } from '../../../src/host/generated/plan.ts';
import { failure } from '../lifecycle/fake-host.ts';

const credentials = { uid: 0, gid: 0, additionalGids: [], setGroups: true };
const bind = { slot: 4, target: '/x', source: '/nosuchsrc', set: 0, clear: 0 };
const mount = {
  target: '/data',
  fstype: 'tmpfs',
  source: 'tmpfs',
  attr: 6,
  data: ['size=bogus'],
};

/** A plan of one step; what the texts do not look at is left out. */
function planOf(act: object, list: 'prepare' | 'steps' = 'steps', more: object[] = []): LaunchPlan {
  const steps = [
    { from: '/mounts/3', act: act as Act },
    ...more.map((one) => ({ from: '', act: one })),
  ];
  return { prepare: [], steps: more, [list]: steps } as unknown as LaunchPlan;
}

async function explain(
  act: object,
  fields: Partial<OpFailure>,
  options: { list?: 'prepare' | 'steps'; more?: object[]; exec?: boolean; text?: string } = {},
): Promise<RundletError> {
  const { list = 'steps', more = [], exec = false, text } = options;
  const plan =
    list === 'prepare'
      ? ({
          prepare: [{ from: '/mounts/3', act }],
          steps: more.map((one) => ({ from: '', act: one })),
        } as unknown as LaunchPlan)
      : planOf(act, list);
  const error = await launchError(failure({ list, step: 0, ...fields }), {
    plan,
    exec,
    ...(text !== undefined && { source: { text, file: 'config.json' } }),
  });
  return error as RundletError;
}

const start = 'unable to start container process: error during container init: ';

describe('texts', () => {
  const cases: [string, object, Partial<OpFailure>, string][] = [
    [
      'a missing command',
      { lookupProgram: { file: 'nosuch', path: '' } },
      { detail: 'exec: "nosuch": executable file not found in $PATH', errnoName: 'ENOENT' },
      'exec: "nosuch": executable file not found in $PATH',
    ],
    [
      'a missing absolute path',
      { lookupProgram: { file: '/nosuch', path: '' } },
      { errnoName: 'ENOENT', subject: '/nosuch' },
      'exec: "/nosuch": stat /nosuch: no such file or directory',
    ],
    [
      'a directory',
      { lookupProgram: { file: '/bin', path: '' } },
      { detail: 'exec: "/bin": is a directory', errnoName: 'EISDIR' },
      'exec: "/bin": is a directory',
    ],
    [
      'mode 644',
      { lookupProgram: { file: '/bin/noexec', path: '' } },
      { errnoName: 'EACCES' },
      'exec: "/bin/noexec": permission denied',
    ],
    [
      'a refused mount option',
      { mount },
      { syscall: 'mount', errnoName: 'EINVAL' },
      'error mounting "tmpfs" to rootfs at "/data": mount src=tmpfs, dst=/data, flags=MS_NOSUID|MS_NODEV, data=size=bogus: invalid argument',
    ],
    [
      'a refused mount option, in init’s words',
      { mount },
      {
        syscall: 'fsconfig',
        errnoName: 'EINVAL',
        detail:
          "mount src=tmpfs, dst=/data, data=size=bogus: invalid argument: tmpfs: Bad value for 'size'",
      },
      'error mounting "tmpfs" to rootfs at "/data": mount src=tmpfs, dst=/data, data=size=bogus: ' +
        "invalid argument: tmpfs: Bad value for 'size'",
    ],
    [
      'a mount point that cannot be made',
      { bind },
      { syscall: 'mkdirat', subject: '/x', errnoName: 'EACCES' },
      'error mounting "/nosuchsrc" to rootfs at "/x": create mountpoint for /x mount: mkdirat /x: permission denied',
    ],
    [
      'capabilities',
      { credentials },
      { syscall: 'capset', errnoName: 'EPERM' },
      "unable to apply caps: can't apply capabilities: operation not permitted",
    ],
    [
      'the bounding set',
      { credentials },
      { syscall: 'prctl(PR_CAPBSET_DROP)', subject: '12', errnoName: 'EPERM' },
      "unable to apply bounding set: can't apply capabilities: operation not permitted",
    ],
    [
      'the user',
      { credentials },
      { syscall: 'setgroups', errnoName: 'EPERM' },
      'unable to setup user: setgroups: operation not permitted',
    ],
    [
      'a limit',
      { rlimit: { resource: 7, soft: 1, hard: 1 } },
      { syscall: 'prlimit64', errnoName: 'EPERM' },
      'error setting rlimits for ready process: error setting rlimit type 7: operation not permitted',
    ],
    [
      'oom_score_adj',
      { oomScoreAdj: { value: -5 } },
      { syscall: 'write', errnoName: 'EACCES' },
      'failed to update /proc/self/oom_score_adj: permission denied',
    ],
    [
      'a hook’s exit',
      { hook: { kind: 'createContainer', index: 1 } },
      { detail: 'exit status 1, stdout: , stderr: ' },
      'error running createContainer hook #1: exit status 1, stdout: , stderr: ',
    ],
    [
      'a missing hook',
      { hook: { kind: 'startContainer', index: 0 } },
      { subject: '/h', errnoName: 'ENOENT' },
      'error running startContainer hook #0: fork/exec /h: no such file or directory',
    ],
    [
      'a working directory',
      { cwd: { path: '/w', create: true } },
      { syscall: 'chdir', errnoName: 'EACCES' },
      'chdir to cwd ("/w") set in config.json failed: permission denied',
    ],
    [
      'an act without words of its own',
      { umask: { mask: 0 } },
      { syscall: 'umask', subject: 's', errnoName: 'EINVAL' },
      'umask s: invalid argument',
    ],
  ];
  test.each(cases)('%s', async (_, act, fields, text) => {
    expect((await explain(act, fields)).message).toBe(start + text);
  });

  test('a missing bind source names the destination', async () => {
    const act = { openSource: { slot: 4, path: '/nosuchsrc', recursive: true, nofollow: false } };
    const error = await explain(
      act,
      { syscall: 'open_tree', subject: '/nosuchsrc', errnoName: 'ENOENT' },
      { list: 'prepare', more: [{ bind }] },
    );
    expect(error).toMatchObject({
      message: `${start}error mounting "/nosuchsrc" to rootfs at "/x": open /nosuchsrc: no such file or directory`,
      step: 'openSource',
      pointer: '/mounts/3',
      errno: 'ENOENT',
      hint: 'create the source on the host first, or correct `source`',
    });
  });

  test('an exec has no container init', async () => {
    const act = { lookupProgram: { file: 'x', path: '' } };
    const error = await explain(
      act,
      { detail: 'exec: "x": executable file not found in $PATH', errnoName: 'ENOENT' },
      { exec: true },
    );
    expect(error.message).toBe(
      'unable to start container process: exec: "x": executable file not found in $PATH',
    );
  });
});

describe('failures without a step', () => {
  const writes = [
    { file: 'memory.limit_in_bytes', value: '1024', from: '/linux/resources/memory/limit' },
    { file: 'cpu.shares', value: '5', from: '/linux/resources/cpu/shares' },
  ];
  const plan = {
    prepare: [],
    steps: [],
    cgroup: { groups: [{ writes }] },
  } as unknown as LaunchPlan;

  async function told(fields: Partial<OpFailure>): Promise<RundletError> {
    return (await launchError(failure(fields), { plan })) as RundletError;
  }

  test('the memory limit has its own words and a hint', async () => {
    const error = await told({
      syscall: 'write',
      subject: '/sys/fs/cgroup/memory/x/memory.limit_in_bytes',
      errnoName: 'EBUSY',
      detail: 'unable to set memory limit to 1024 (current usage: 9, peak usage: 10)',
      from: '/linux/resources/memory/limit',
    });
    expect(error.message).toBe(
      `${start}error setting cgroup config for procHooks process: unable to set memory limit to 1024 (current usage: 9, peak usage: 10)`,
    );
    expect(error.pointer).toBe('/linux/resources/memory/limit');
    expect(error.hint).toContain('below what the container already uses');
  });

  test('any other limit', async () => {
    const error = await told({
      syscall: 'write',
      subject: '/c/cpu.shares',
      errnoName: 'EINVAL',
      from: '/linux/resources/cpu/shares',
    });
    expect(error.message).toContain('failed to write "5": write /c/cpu.shares: invalid argument');
  });

  test('the OOM killer replaces the whole text', async () => {
    const error = await told({ detail: 'container init was OOM-killed', errnoName: 'ESRCH' });
    expect(error.message).toBe(
      'unable to start container process: container init was OOM-killed (memory limit too low?)',
    );
    expect(error.hint).toContain('raise linux.resources.memory.limit');
  });

  test('anything else is told as it is', async () => {
    const error = await told({ syscall: 'clone3', errnoName: 'EPERM', list: 'stage' });
    expect(error.message).toBe(`${start}clone3: operation not permitted`);
  });
});

test('the place in the file comes from the pointer', async () => {
  const text = '{\n  "mounts": [1, 2, 3,\n    4]\n}';
  const error = await explain({ mount }, { syscall: 'fsopen', errnoName: 'ENODEV' }, { text });
  expect(error.location).toEqual({ file: 'config.json', line: 3, column: 5 });
  expect(error.hint).toContain('/proc/filesystems');
});

test('what is no host failure passes through', async () => {
  const error = new TypeError('bug');
  expect(await launchError(error, { plan: planOf({}) })).toBe(error);
});
