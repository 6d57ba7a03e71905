// A part of the suite on a kernel with pure cgroup v2: User-mode Linux, booted in a few seconds.

import { spawn } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { repository, requires, runtimeUnderTest, tools, which } from '../../support/index.ts';

const here = dirname(fileURLToPath(import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'rundlet-uml-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Boots, runs guest.sh as process 1 and gives its lines back. */
async function boot(): Promise<string> {
  const out = join(folder, 'out');
  for (const file of ['guest.sh', 'template.json'])
    copyFileSync(join(here, file), join(folder, file));
  chmodSync(join(folder, 'guest.sh'), 0o755);
  writeFileSync(
    join(folder, 'params'),
    `RT=${runtimeUnderTest(repository).path}\nTOOLS=${dirname(tools().probe)}\nOUT=${out}\n`,
  );
  writeFileSync(out, '');
  const guest = spawn(
    which('linux.uml') ?? 'linux.uml',
    [
      'mem=512M',
      'rootfstype=hostfs',
      'rootflags=/',
      'rw',
      `init=${folder}/guest.sh`,
      'con=null',
      'con0=null,fd:1',
      'quiet',
    ],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
      env: { PATH: process.env['PATH'], HOME: folder, TMPDIR: '/dev/shm' },
    },
  );
  let console = '';
  guest.stdout.on('data', (text) => (console += text));
  guest.stderr.on('data', (text) => (console += text));
  const timer = setTimeout(() => {
    // never 0: that is the tests' own process group
    if (guest.pid) process.kill(-guest.pid, 'SIGKILL');
  }, 60_000);
  await new Promise((done, fail) => {
    guest.once('exit', done);
    guest.once('error', fail);
  });
  clearTimeout(timer);
  const lines = readFileSync(out, 'utf8');
  if (!/^1\.\.\d+$/m.test(lines))
    throw new Error(`the guest did not come to its end\n${lines}\n${console.slice(-3000)}`);
  return lines;
}

describe('User-mode Linux, cgroup v2', () => {
  it('the checks of guest.sh', { timeout: 90_000 }, async (ctx) => {
    requires(ctx, 'root', 'program linux.uml');
    expect(existsSync(tools().probe)).toBe(true);
    const lines = await boot();
    const failed = lines.split('\n').filter(
      (line, i, all) =>
        line.startsWith('not ok') ||
        (line.startsWith('#') &&
          all
            .slice(0, i)
            .findLast((l) => !l.startsWith('#'))
            ?.startsWith('not ok')),
    );
    expect(failed.join('\n')).toBe('');
    expect(lines.match(/^ok /gm)?.length).toBeGreaterThan(25);
  });
});
