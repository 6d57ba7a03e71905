import { describe, expect, test } from 'vitest';
import { finishValues } from '../../../src/cli/flag-values.ts';
import { readFlags } from '../../../src/cli/read-flags.ts';
import { scanFlags } from '../../../src/cli/scan-flags.ts';
import { createTable } from '../../../src/cli/table/create.ts';
import { execTable } from '../../../src/cli/table/exec.ts';
import { globalFlags } from '../../../src/cli/table/globals.ts';
import { listTable } from '../../../src/cli/table/list.ts';
import type { CommandTable, FlagValues } from '../../../src/cli/table/types.ts';

function parse<T extends CommandTable>(
  table: T,
  line: string,
): { flags: FlagValues<T['flags']>; args: string[] } {
  const scan = scanFlags(table.flags, line.split(' '), table.stopAtArgument ?? false);
  return { flags: finishValues(table.flags, readFlags(table.flags, scan.tokens)), args: scan.args };
}

describe('flags: forms that runc takes', () => {
  for (const line of [
    '--bundle /b c1',
    '-bundle /b c1',
    '--bundle=/b c1',
    '-b /b c1',
    '-b=/b c1',
    'c1 -b /b',
  ]) {
    test(line, () => {
      const { flags, args } = parse(createTable, line);
      expect(flags.bundle).toBe('/b');
      expect(args).toEqual(['c1']);
    });
  }

  test('a boolean takes its value only after =', () => {
    expect(parse(createTable, '--no-pivot false c1').args).toEqual(['false', 'c1']);
    expect(parse(createTable, '--no-pivot=false c1').flags['no-pivot']).toBe(false);
    expect(parse(createTable, '-no-pivot=T c1').flags['no-pivot']).toBe(true);
  });

  test('the last of two wins', () => {
    expect(parse(createTable, '-b /a --bundle /b c1').flags.bundle).toBe('/b');
  });

  test('a repeatable flag keeps all, with = and commas inside', () => {
    const { flags } = parse(execTable, '-e A=B --env=C=D,E -env F= c1 env');
    expect(flags.env).toEqual(['A=B', 'C=D,E', 'F=']);
    expect(flags.cap).toEqual([]);
  });

  test('a value may look like a flag', () => {
    expect(parse(execTable, '--cwd --env c1').flags.cwd).toBe('--env');
  });

  test('an empty value is a value', () => {
    expect(parse(listTable, '--format=').flags.format).toBe('');
  });

  test('-- ends the flags', () => {
    expect(parse(createTable, '-- -b').args).toEqual(['-b']);
  });

  test('a lone dash is an argument', () => {
    expect(parse(createTable, '-').args).toEqual(['-']);
  });

  test('integers are numbers, with a default', () => {
    expect(parse(createTable, '--preserve-fds 3 c1').flags['preserve-fds']).toBe(3);
    expect(parse(createTable, 'c1').flags['preserve-fds']).toBe(0);
  });

  test('digits alone stay text where the flag is text', () => {
    expect(parse(execTable, '--user 1000 007 id')).toMatchObject({
      flags: { user: '1000' },
      args: ['007', 'id'],
    });
  });
});

describe('flags: the container’s command is left alone', () => {
  test('exec stops at the id', () => {
    const { flags, args } = parse(execTable, '-t c1 ls -d --env X -- -h');
    expect(args).toEqual(['c1', 'ls', '-d', '--env', 'X', '--', '-h']);
    expect(flags).toMatchObject({ tty: true, detach: false, env: [] });
  });

  test('globals stop at the command', () => {
    const scan = scanFlags(globalFlags, ['--root', '/r', '--debug', 'state', '--root', 'x'], true);
    expect(scan).toEqual({
      tokens: ['--root=/r', '--debug'],
      args: ['state', '--root', 'x'],
      help: false,
    });
  });
});

describe('flags: errors in the words of Go', () => {
  const cases: [string, string][] = [
    ['--bogus c1', 'flag provided but not defined: -bogus'],
    ['-x=1 c1', 'flag provided but not defined: -x'],
    ['-b', 'flag needs an argument: -b'],
    ['--no-pivot=maybe c1', 'invalid boolean value "maybe" for -no-pivot: parse error'],
    ['--preserve-fds x c1', 'invalid value "x" for flag -preserve-fds: parse error'],
    ['---bundle c1', 'bad flag syntax: ---bundle'],
    ['--=x c1', 'bad flag syntax: --=x'],
    ['--__proto__ c1', 'flag provided but not defined: -__proto__'],
    ['--constructor=1 c1', 'flag provided but not defined: -constructor'],
  ];
  for (const [line, message] of cases) {
    test(line, () => {
      expect(() => parse(createTable, line)).toThrow(message);
    });
  }
});
