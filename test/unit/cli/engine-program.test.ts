import { describe, expect, test } from 'vitest';
import { topics } from '../../../src/cli/engine/topics.ts';
import { main } from '../../../src/cli/quickjs-main.ts';

async function run(...argv: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const ran = { code: -1, stdout: '', stderr: '' };
  const call = (op: string, text: string): string => {
    const args = JSON.parse(text);
    if (op !== 'print') throw new Error(`unexpected ${op}`);
    ran[args.fd === 1 ? 'stdout' : 'stderr'] += args.text;
    return 'null';
  };
  ran.code = await main({ call, argv, env: {}, cwd: '/', pid: 1, version: '1.2.3', commit: 'abc' });
  return ran;
}

describe('topics', () => {
  test('the program’s help names them', async () => {
    const { stdout } = await run('--help');
    for (const name of Object.keys(topics))
      expect(stdout).toMatch(new RegExp(`^   ${name} +\\w`, 'm'));
  });

  test('a topic alone, with --help, and help of it: its verbs', async () => {
    for (const argv of [['container'], ['container', '--help'], ['help', 'container']]) {
      const { code, stdout } = await run(...argv);
      expect(code).toBe(0);
      expect(stdout).toContain('Usage:  rundlet container COMMAND');
      expect(stdout).toMatch(/^ {2}create +Create a container from an image/m);
      expect(stdout).toMatch(/^ {6}--data-root dir +\w.*\(default "\/var\/lib\/rundlet"\)$/m);
    }
  });

  test('help of a verb', async () => {
    for (const argv of [
      ['container', 'create', '--help'],
      ['container', 'help', 'create'],
      ['--data-root=/x', 'container', '--exec-root', '/y', 'create', '--help'],
    ]) {
      const { code, stdout } = await run(...argv);
      expect(code).toBe(0);
      expect(stdout).toContain(
        'Usage:  rundlet container create [OPTIONS] IMAGE [COMMAND] [ARG...]',
      );
      expect(stdout).toMatch(/^ {2}-e, --env list +Environment variable$/m);
      expect(stdout).not.toContain('--net-alias');
    }
  });

  test.each([
    [['container', 'bogus'], 1, "'bogus' is not a command of rundlet container"],
    [['container', 'constructor'], 1, "'constructor' is not a command of rundlet container"],
    [['container', 'create'], 1, '"rundlet container create" requires at least 1 argument.'],
    [['container', 'create', '--bogus', 'x'], 125, 'unknown flag: --bogus'],
    [['container', '--bogus', 'create'], 125, 'unknown flag: --bogus'],
    [['--data-root', '/', 'container', 'create', 'x'], 125, 'invalid --data-root: /'],
    [['container', 'create', '--exec-root=', 'x'], 125, 'invalid --exec-root: (empty)'],
  ])('%j: one line', async (argv, code, message) => {
    const ran = await run(...argv);
    expect(ran).toMatchObject({ code, stdout: '' });
    expect(ran.stderr.startsWith(message)).toBe(true);
    expect(ran.stderr.match(/\n/g)).toHaveLength(1);
  });
});
