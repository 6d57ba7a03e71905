import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { missingBuild, runExecutable, runNode } from './both-hosts.ts';

const reason = missingBuild();
if (reason) console.warn(reason);

describe.skipIf(reason)('parity: one command line, two hosts', () => {
  let dir = '';
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'rundlet-parity-'));
  });
  afterAll(() => rmSync(dir, { recursive: true }));

  const cases: string[][] = [
    ['--version'],
    ['-v'],
    [],
    ['--help'],
    ['help', 'exec'],
    ['help', 'nothing'],
    ['exec', '--help'],
    ['bogus'],
    ['--bogus', 'list'],
    ['--root', '/', 'list'],
    ['--root'],
    ['--log-format=x', 'list'],
    ['--debug=maybe', 'list'],
    ['doctor'],
    ['doctor', '--json'],
    ['list'],
    ['list', '-f', 'json'],
    ['list', '-format=json'],
    ['list', '-q'],
    ['list', '--format='],
    ['list', 'too-many'],
    ['--root', '/nowhere/at/all', 'list'],
    ['state'],
    ['state', ''],
    ['state', 'nope'],
    ['state', 'a/b'],
    ['state', '--', '-x'],
    ['state', '--bogus', 'x'],
    ['start', 'nope'],
    ['kill', 'nope', 'KILL'],
    ['kill', 'nope', '-9'],
    ['kill', '-a', 'nope', '9'],
    ['pause'],
    ['pause', 'nope'],
    ['resume', 'nope'],
    ['resume', '--help'],
    ['update', '--help'],
    ['update', 'nope'],
    ['update', '--memory', '64q', 'nope'],
    ['update', '--pids-limit', 'x', 'nope'],
    ['update', '-r', '/nowhere', 'nope'],
    ['update', '-r', '-', 'nope'],
    ['events', '--help'],
    ['events', 'nope'],
    ['events', '--stats', 'nope'],
    ['events', '--interval=x', 'nope'],
    ['delete', '-r', '^nothing'],
    ['kill', '-r', '(', 'KILL'],
    ['create', '-f', '/nowhere.json', '-b', '/', 'c1'],
    ['checkpoint', '--help'],
    ['checkpoint', '--leave-running', '--image-path=/x', 'nope'],
    ['restore', '-no-subreaper', '--bundle', '/', '--detach', 'c1'],
    ['restore', '--manage-cgroups-mode', 'x', 'c1'],
    ['delete', 'nope'],
    ['delete', 'nope', '--force'],
    ['ps', 'nope', '-e', '-f'],
    ['ps', '-f', 'bogus', 'nope'],
    ['exec', 'nope', 'ls', '-d', '--', '-x'],
    ['exec', '-e', 'A=B=C', '-e', 'D=', '-t', '-preserve-fds=2', 'nope', 'env'],
    ['exec', '--preserve-fds', 'x', 'nope', 'env'],
    ['exec'],
    ['create', '-b', '/nowhere/at/all', 'c1'],
    ['create', '--no-pivot', '--no-new-keyring', '--pid-file=', 'c1'],
    ['create', '--no-pivot=false', 'c1'],
    ['--systemd-cgroup', 'create', 'c1'],
    ['run', '-b'],
    ['run', '--detach', '--keep', 'c1'],
    ['plan', '-b', '/nowhere/at/all'],
    ['features'],
    ['spec', 'too-many'],
  ];
  for (const args of cases) {
    test(`rundlet ${args.join(' ')}`, () => {
      // One root that neither this machine nor another test has anything in.
      const own = args.includes('--root') ? [] : ['--root', join(dir, 'root')];
      const words = [...(args.includes('list') ? [] : own), ...args];
      const setting = { cwd: dir, env: { PATH: '/usr/bin:/bin' } };
      expect(runNode(words, setting)).toEqual(runExecutable(words, setting));
    });
  }

  test('spec writes the same file, and refuses an existing one', () => {
    const setting = { cwd: dir };
    for (const flags of [[], ['--rootless']]) {
      const texts = [runExecutable, runNode].map((run) => {
        expect(run(['spec', ...flags], setting)).toEqual({ status: 0, stdout: '', stderr: '' });
        const again = run(['spec', ...flags], setting);
        expect(again).toMatchObject({
          status: 1,
          stderr: 'File config.json exists. Remove it first\n',
        });
        const text = readFileSync(join(dir, 'config.json'), 'utf8');
        rmSync(join(dir, 'config.json'));
        return text;
      });
      expect(texts[1]).toBe(texts[0]);
      expect(JSON.parse(texts[0] ?? '')).toMatchObject({ ociVersion: '1.3.0' });
    }
  });

  test('the error in the log file', () => {
    const lines = [runExecutable, runNode].map((run, index) => {
      const log = join(dir, `log-${index}.json`);
      run(['--log', log, '--log-format', 'json', 'state', 'nope']);
      return { ...JSON.parse(readFileSync(log, 'utf8')), time: '' };
    });
    expect(lines[1]).toEqual(lines[0]);
    expect(lines[0]).toMatchObject({ level: 'error', msg: 'container does not exist' });
  });
});
