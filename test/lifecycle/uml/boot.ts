// A User-mode Linux whose init writes its findings into a file.
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { which } from '../../support/index.ts';

export interface Guest {
  /** Its root, a folder of this machine. */
  root: string;
  init: string;
  /** Further words of the kernel's command line. */
  words?: string[];
  /** Where its lines go; ends with `1..n`. */
  out: string;
  /** For what the kernel itself leaves. */
  home: string;
  memory: string;
  /** Milliseconds, then it is killed. */
  timeout: number;
}

/** Boots, waits for the end, and gives the lines back. */
export async function boot(guest: Guest): Promise<string> {
  const { root, init, words = [], out, home, memory, timeout } = guest;
  writeFileSync(out, '');
  const kernel = [`mem=${memory}`, 'rootfstype=hostfs', `rootflags=${root}`, 'rw', `init=${init}`];
  const child = spawn(
    which('linux.uml') ?? 'linux.uml',
    [...kernel, 'con=null', 'con0=null,fd:1', 'quiet', ...words],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
      env: { PATH: process.env['PATH'], HOME: home, TMPDIR: '/dev/shm' },
    },
  );
  let console = '';
  child.stdout.on('data', (text) => (console += text));
  child.stderr.on('data', (text) => (console += text));
  const timer = setTimeout(() => {
    // never 0: that is the tests' own process group
    if (child.pid) process.kill(-child.pid, 'SIGKILL');
  }, timeout);
  await new Promise((done, fail) => {
    child.once('exit', done);
    child.once('error', fail);
  });
  clearTimeout(timer);
  const lines = readFileSync(out, 'utf8');
  if (!/^1\.\.\d+$/m.test(lines))
    throw new Error(`the guest did not come to its end\n${lines}\n${console.slice(-3000)}`);
  return lines;
}

/** The failed checks with what they say. */
export function failedChecks(lines: string): string {
  let failed = false;
  return lines
    .split('\n')
    .filter((line) => {
      if (!line.startsWith('#')) failed = line.startsWith('not ok');
      return failed;
    })
    .join('\n');
}
