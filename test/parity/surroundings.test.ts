import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { missingBuild, runExecutable } from './both-hosts.ts';

const executable = join(fileURLToPath(new URL('../..', import.meta.url)), 'dist/bin/rundlet');
const reason = missingBuild();
if (reason) console.warn(reason);

function shell(script: string) {
  const { status, stdout, stderr } = spawnSync('/bin/sh', ['-c', script, 'sh', executable], {
    env: {},
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

/** Engines call with an empty environment, strange directories and descriptors. */
describe.skipIf(reason)('executable: wherever it is called', () => {
  const notThere = { status: 1, stdout: '', stderr: 'container does not exist\n' };

  test('without any environment', () => {
    expect(runExecutable(['state', 'nope'])).toEqual(notThere);
  });

  test('in a directory that was removed', () => {
    const gone = 'd=$(mktemp -d) && cd "$d" && rmdir "$d" && exec "$1"';
    expect(shell(`${gone} state nope`)).toEqual(notThere);
    expect(shell(`${gone} create nope`)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('getwd: no such file or directory'),
    });
  });

  test('with closed stdio', () => {
    expect(shell('"$1" state nope <&- >&- 2>&-').status).toBe(1);
    expect(shell('"$1" list -q <&-').status).toBe(0);
  });

  test('with a closed reader of stdout', () => {
    const { status, stderr } = shell('{ "$1" --help; echo "status $?" >&2; } | true');
    expect(status).toBe(0);
    expect(stderr.split('\n').filter(Boolean).at(-1)).toMatch(/^status [01]$/);
  });

  test('with many descriptors open', () => {
    expect(shell('exec 3</dev/null 4</dev/null 9</dev/null; exec "$1" state nope')).toEqual(
      notThere,
    );
  });

  test('with an argument that is not UTF-8', () => {
    expect(shell('exec "$1" state "$(printf \'\\377\')"')).toEqual({
      status: 1,
      stdout: '',
      stderr: 'argument 2 is not UTF-8\n',
    });
  });

  test('with a small stack, deep JSON ends in an error', () => {
    const config = `process.stdout.write('['.repeat(3e5))`;
    const { status, stderr } = shell(
      `d=$(mktemp -d); ${process.execPath} -e "${config}" > $d/config.json; ulimit -s 512; "$1" plan -b $d; s=$?; rm -r $d; exit $s`,
    );
    expect(status).toBe(1);
    expect(stderr.split('\n')).toHaveLength(2);
  });

  test('and is one static file', () => {
    expect(existsSync(executable)).toBe(true);
    expect(shell('head -c 4096 "$1" | grep -c ld-linux').stdout.trim()).toBe('0');
  });
});
