// `container run`, `start -a`, `attach` and `exec` of the real executable: bytes, exit codes, terminals.
import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { requires } from '../support/index.ts';
import { type EngineRoots, makeEngineRoots } from './support/engine-roots.ts';

let roots: EngineRoots;
const program = join(import.meta.dirname, '../../dist/bin/rundlet');
const none = ['--network', 'none'];
const c = (...args: string[]) => roots.ok(['container', ...args]);

/** With an input, which the helpers for short commands do not have. */
function talk(args: string[], input: string) {
  const all = ['--data-root', roots.dataRoot, '--exec-root', roots.execRoot, 'container', ...args];
  return spawnSync(program, all, { input, encoding: 'utf8', timeout: 30_000 });
}
const run = (...args: string[]) => talk(['run', ...none, ...args], '');

/** The same in a terminal of util-linux's script; its input is open and empty. */
function inTerminal(args: string[]) {
  const words = [program, '--data-root', roots.dataRoot, '--exec-root', roots.execRoot];
  const line = [...words, 'container', ...args].map((word) => `'${word}'`).join(' ');
  const fifo = join(roots.dir, 'input');
  execFileSync('mkfifo', [fifo]);
  const input = openSync(fifo, 'r+');
  try {
    return spawnSync('script', ['-qec', line, '/dev/null'], {
      stdio: [input, 'pipe', 'pipe'],
      encoding: 'utf8',
      timeout: 30_000,
    });
  } finally {
    closeSync(input);
  }
}

beforeAll(() => {
  if (process.getuid?.() !== 0) return;
  roots = makeEngineRoots();
  roots.image({ layers: 2 });
});
afterAll(() => {
  if (roots) expect(readdirSync(join(roots.dataRoot, 'overlay2'))).toHaveLength(3);
  roots?.remove();
});
beforeEach((ctx) => requires(ctx as never, 'root'));

describe('run', () => {
  it('gives output, errors and exit code of the container, and with --rm nothing stays', () => {
    const { stdout, stderr, status } = run(
      '--rm',
      'busybox',
      'sh',
      '-c',
      'echo out; echo err >&2; exit 5',
    );
    expect({ stdout, stderr, status }).toEqual({ stdout: 'out\n', stderr: 'err\n', status: 5 });
    expect(c('ls', '-aq')).toBe('');
    expect(readdirSync(join(roots.dataRoot, 'containers'))).toEqual([]);
  });

  it('loses nothing of a program that ends at once', () => {
    for (let round = 0; round < 10; round++) {
      expect(run('--rm', 'busybox', 'echo', `round ${round}`).stdout).toBe(`round ${round}\n`);
    }
  });

  it('with --rm does not wait for the disk, and can be restarted all the same', () => {
    run('-d', '--rm', '--name', 'brief', 'busybox', 'sh', '-c', 'echo again >> /file; sleep 1000');
    const mount = () =>
      readFileSync('/proc/self/mountinfo', 'utf8')
        .split('\n')
        .find((line) => line.includes(`${roots.dataRoot}/overlay2`));
    expect(mount()).toMatch(/[,=]volatile\b/);
    c('restart', '-t', '0', 'brief');
    expect(c('exec', 'brief', 'cat', '/file')).toBe('again\nagain');
    c('stop', '-t', '0', 'brief');
    expect(c('ls', '-aq')).toBe('');
  });

  it('passes input on to its end', () => {
    const text = 'line\n'.repeat(50_000);
    const { stdout, status } = talk(['run', '--rm', '-i', ...none, 'busybox', 'cat'], text);
    expect(status).toBe(0);
    expect(stdout).toBe(text);
  });

  it('gives 125, 126 and 127 as docker does', () => {
    expect(run('--rm', 'nosuch').status).toBe(125);
    expect(run('--no-such-flag', 'busybox').status).toBe(125);
    expect(run('--rm', 'busybox', '/etc').status).toBe(126);
    expect(run('--rm', 'busybox', 'nosuch').status).toBe(127);
    expect(run('-it', '--rm', 'busybox').stderr).toContain('the input device is not a TTY');
    expect(c('ls', '-aq')).toBe('');
  });

  it('-d prints the id and goes on', () => {
    const id = run('-d', '--name', 'bg', 'busybox', 'sleep', '1000').stdout.trim();
    expect(id).toMatch(/^[0-9a-f]{64}$/);
    expect(c('ls', '-q', '--no-trunc')).toBe(id);
    expect(c('rm', '-f', 'bg')).toBe('bg');
  });

  it('is a terminal', (ctx) => {
    requires(ctx as never, 'program script');
    const { stdout, status } = inTerminal([
      'run',
      '--rm',
      '-it',
      ...none,
      'busybox',
      'sh',
      '-c',
      'tty; exit 4',
    ]);
    expect(stdout).toContain('/dev/pts/0');
    expect(status).toBe(4);
  });

  it('start -a shows a second run, with what the first one wrote', () => {
    run('--name', 'twice', 'busybox', 'sh', '-c', 'echo more >> /file; cat /file; exit 9');
    const { stdout, status } = talk(['start', '-a', 'twice'], '');
    expect({ stdout, status }).toEqual({ stdout: 'more\nmore\n', status: 9 });
    c('rm', 'twice');
  });

  it('attach talks to one that runs, and refuses one that does not', () => {
    run(
      '-d',
      '-i',
      '--name',
      'ear',
      'busybox',
      'sh',
      '-c',
      'read line; echo "heard $line"; exit 6',
    );
    const { stdout, status } = talk(['attach', 'ear'], 'you\n');
    // Its input ends before the container does, which only detaches.
    if (status === 6) expect(stdout).toContain('heard you');
    expect(c('wait', 'ear')).toBe('6');
    expect(readFileSync(JSON.parse(c('inspect', 'ear'))[0].LogPath, 'utf8')).toContain('heard you');
    expect(talk(['attach', 'ear'], '').stderr).toBe(
      'You cannot attach to a stopped container, start it first\n',
    );
    c('rm', 'ear');
  });
});

describe('logs', () => {
  it('are told again, in part, with times, and as they come', async () => {
    run(
      '--name',
      'talker',
      'busybox',
      'sh',
      '-c',
      'echo one; echo two >&2; echo three; sleep 0.2; echo four',
    );
    const logs = (...args: string[]) => talk(['logs', ...args, 'talker'], '');
    expect(logs()).toMatchObject({ stdout: 'one\nthree\nfour\n', stderr: 'two\n', status: 0 });
    expect(logs('--tail', '1').stdout).toBe('four\n');
    expect(logs('-t', '-n', '1').stdout).toMatch(/^\d{4}-\d\d-\d\dT\S+Z four\n$/);
    expect(logs('--until', '1h').stdout).toBe('');
    expect(logs('-f').stdout).toBe('one\nthree\nfour\n');
    const id = c('create', ...none, '--name', 'silent', 'busybox');
    expect(talk(['logs', id], '')).toMatchObject({ stdout: '', stderr: '', status: 0 });
    c('create', ...none, '--log-driver', 'none', '--name', 'mute', 'busybox');
    expect(talk(['logs', 'mute'], '').stderr).toBe(
      'Error response from daemon: configured logging driver does not support reading\n',
    );
    c('rm', 'talker', 'silent', 'mute');
  });

  it('follow a container to its end', () => {
    run(
      '-d',
      '--name',
      'slow',
      'busybox',
      'sh',
      '-c',
      'for i in 1 2 3; do echo $i; sleep 0.1; done',
    );
    expect(talk(['logs', '-f', 'slow'], '').stdout).toBe('1\n2\n3\n');
    c('rm', '-f', 'slow');
  });
});

describe('exec', () => {
  it('runs programs as who, where and with what is wished', () => {
    run('-d', '--name', 'host', '-e', 'A=1', '-e', 'B=2', 'busybox', 'sleep', '1000');
    const exec = (args: string[], input = '') => talk(['exec', ...args], input);
    expect(exec(['host', 'sh', '-c', 'echo $A$B; exit 3'])).toMatchObject({
      stdout: '12\n',
      status: 3,
    });
    expect(
      exec([
        '-e',
        'A=9',
        '-w',
        '/tmp',
        '-u',
        '7:8',
        'host',
        'sh',
        '-c',
        'echo $A; pwd; id -u; id -g',
      ]).stdout,
    ).toBe('9\n/tmp\n7\n8\n');
    expect(exec(['-i', 'host', 'cat'], 'in\n').stdout).toBe('in\n');
    const bounding = (args: string[]) =>
      exec([...args, 'host', 'grep', 'CapBnd', '/proc/self/status']).stdout;
    expect(bounding([])).toContain('a80425fb');
    expect(bounding(['--privileged'])).not.toContain('a80425fb');
    expect(exec(['host', 'nosuch'])).toMatchObject({ status: 127 });
    expect(exec(['-d', 'host', 'touch', '/made'])).toMatchObject({ status: 0, stdout: '' });
    c('pause', 'host');
    expect(exec(['host', 'true']).stderr).toBe(
      'Error response from daemon: Container host is paused, unpause the container before exec\n',
    );
    c('unpause', 'host');
    const id = c('ls', '-q', '--no-trunc');
    c('stop', '-t', '0', 'host');
    expect(exec(['host', 'true']).stderr).toBe(
      `Error response from daemon: Container ${id} is not running\n`,
    );
    const mount = readFileSync(
      join(roots.dataRoot, 'image/overlay2/layerdb/mounts', id, 'mount-id'),
      'utf8',
    );
    expect(existsSync(join(roots.dataRoot, 'overlay2', mount, 'diff/made'))).toBe(true);
    c('rm', 'host');
  });
});
