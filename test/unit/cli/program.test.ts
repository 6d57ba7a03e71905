import { describe, expect, test } from 'vitest';
import { commands } from '../../../src/cli/commands.ts';
import { main } from '../../../src/cli/quickjs-main.ts';
import { selectRows } from '../../../src/cli/verbs/ps.ts';

interface Ran {
  code: number;
  stdout: string;
  stderr: string;
  /** Text appended to `--log`, by path. */
  logs: Record<string, string>;
  ops: string[];
}

/** The command line over a host that prints into strings and finds no file. */
async function run(...argv: (string | undefined)[]): Promise<Ran> {
  const ran: Ran = { code: -1, stdout: '', stderr: '', logs: {}, ops: [] };
  const call = (op: string, text: string): string | { failure: string } => {
    const args = JSON.parse(text);
    ran.ops.push(op);
    if (op === 'print') {
      ran[args.fd === 1 ? 'stdout' : 'stderr'] += args.text;
      return 'null';
    }
    if (op === 'appendText') {
      ran.logs[args.path] = (ran.logs[args.path] ?? '') + args.text;
      return 'null';
    }
    return { failure: JSON.stringify({ ...missing, op, subject: args?.path ?? '' }) };
  };
  const cwd = '/work';
  ran.code = await main({ call, argv, env: {}, cwd, pid: 1, version: '1.2.3', commit: 'abc' });
  return ran;
}

const missing = {
  syscall: 'open',
  errno: 2,
  errnoName: 'ENOENT',
  errnoText: 'no such file or directory',
  detail: '',
};

describe('program: version and help', () => {
  test('--version gives the lines that moby and go-runc read', async () => {
    for (const flag of ['--version', '-v', '-version']) {
      const { code, stdout, stderr } = await run(flag);
      expect(stdout).toBe('rundlet version 1.2.3\ncommit: abc\nspec: 1.3.0\n');
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    }
  });

  test('no command, help, -h: every command with its summary', async () => {
    for (const argv of [[], ['help'], ['h'], ['-h'], ['--help']]) {
      const { code, stdout } = await run(...argv);
      expect(code).toBe(0);
      for (const name of Object.keys(commands))
        expect(stdout).toMatch(new RegExp(`^   ${name} +\\w`, 'm'));
    }
  });

  test('help of a command, before and after it', async () => {
    const { stdout } = await run('kill', '--help');
    expect(stdout).toContain('USAGE:\n   rundlet kill [command options] <container-id> [signal]');
    expect(stdout).not.toContain('--all');
    expect((await run('help', 'kill')).stdout).toBe(stdout);
  });

  test('checkpoint --help says no: podman asks so whether it is supported', async () => {
    expect((await run('checkpoint', '--help')).code).not.toBe(0);
  });
});

describe('program: usage errors', () => {
  test('an unknown command exits with 3', async () => {
    const { code, stdout, stderr } = await run('bogus');
    expect({ code, stdout, stderr }).toEqual({
      code: 3,
      stdout: '',
      stderr: "No help topic for 'bogus' (see 'rundlet help')\n",
    });
  });

  test.each([
    [['rnu', 'x'], 'did you mean "run"?'],
    [['contaner', 'ls'], 'did you mean "container"?'],
    [['ls'], 'did you mean "container ls"?'],
    [['image', 'lod'], 'did you mean "load"?'],
    [['create', '--bundel', 'x', 'y'], 'did you mean "--bundle"?'],
    [['--rot', 'x', 'list'], 'did you mean "--root"?'],
    [['container', 'create', '--vollume=x', 'y'], 'did you mean "--volume"?'],
  ])('%j: what was probably meant', async (argv, hint) => {
    const { code, stderr } = await run(...argv);
    expect(code).not.toBe(0);
    expect(stderr).toContain(`(${hint})\n`);
    expect(stderr.match(/\n/g)).toHaveLength(1);
  });

  test('names of Object’s own are unknown too', async () => {
    expect((await run('constructor')).code).toBe(3);
  });

  test('an unknown flag of a command: its help on stdout, the error on stderr', async () => {
    const { code, stdout, stderr } = await run('state', '--bogus', 'x');
    expect(stdout).toMatch(
      /^Incorrect Usage: flag provided but not defined: -bogus\n\nNAME:\n {3}rundlet state - /,
    );
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: 'flag provided but not defined: -bogus\n',
    });
  });

  test('an unknown global flag: the program’s help', async () => {
    const { code, stdout } = await run('--bogus', 'list');
    expect(stdout).toMatch(
      /^Incorrect Usage. flag provided but not defined: -bogus\n\nNAME:\n {3}rundlet - /,
    );
    expect(code).toBe(1);
  });

  test('too few and too many arguments', async () => {
    const few = await run('state');
    expect(few.stdout).toMatch(/^Incorrect Usage.\n\nNAME:\n {3}rundlet state - /);
    expect(few.stderr).toBe('rundlet: "state" requires exactly 1 argument(s)\n');
    expect((await run('kill')).stderr).toBe(
      'rundlet: "kill" requires a minimum of 1 argument(s)\n',
    );
    expect((await run('kill', 'a', 'b', 'c')).stderr).toBe(
      'rundlet: "kill" requires a maximum of 2 argument(s)\n',
    );
  });

  test('an argument that is not UTF-8', async () => {
    const { code, stderr } = await run('state', undefined);
    expect({ code, stderr }).toEqual({ code: 1, stderr: 'argument 2 is not UTF-8\n' });
  });

  test('wrong words for global choices', async () => {
    expect((await run('--log-format', 'x', 'list')).stderr).toBe('invalid log-format: x\n');
    expect((await run('--cgroup-manager=x', 'list')).stderr).toBe('invalid cgroup-manager: x\n');
  });

  test('--root / is refused', async () => {
    const { code, stderr } = await run('--root', '/../', 'list');
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: 'Option --root argument should not be set to /\n',
    });
  });

  test('list -f bogus', async () => {
    expect((await run('list', '-f', 'bogus')).stderr).toBe('invalid format option\n');
  });
});

describe('program: output and log', () => {
  test('list of the default root that is not there: a header, null, nothing', async () => {
    expect((await run('list')).stdout).toBe(
      'ID          PID         STATUS      BUNDLE      CREATED     OWNER\n',
    );
    expect((await run('list', '-f', 'json')).stdout).toBe('null\n');
    expect((await run('list', '-q')).stdout).toBe('');
  });

  test('a given root that is not there is an error', async () => {
    const { code, stderr } = await run('--root', '/nowhere', 'list');
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: 'open /nowhere: no such file or directory\n',
    });
  });

  test('an error is one line on stderr and one in the log', async () => {
    const ran = await run('--log', '/l.json', '--log-format', 'json', 'state', 'x');
    expect(ran).toMatchObject({ code: 1, stdout: '', stderr: 'container does not exist\n' });
    const line = JSON.parse(ran.logs['/l.json'] ?? '');
    expect(line).toMatchObject({ level: 'error', msg: 'container does not exist' });
    expect(line.time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  });

  test('nothing is logged without an error', async () => {
    const { logs } = await run('--log', '/l', 'list');
    expect(Object.values(logs).join('')).toBe('');
  });

  test('state asks for as little as can be', async () => {
    // The directory for what was probably meant, since there is no x.
    expect((await run('state', 'x')).ops).toEqual(['readContainer', 'listDirectory', 'print']);
  });
});

describe('ps: rows of the container', () => {
  const output =
    'UID          PID    PPID CMD\nroot           1       0 init\nroot          42       1 sh -c 7\n';

  test('are chosen by the PID column', () => {
    expect(selectRows(output, [42, 7])).toBe(
      'UID          PID    PPID CMD\nroot          42       1 sh -c 7\n',
    );
  });

  test('need such a column', () => {
    expect(() => selectRows('CMD\nsh\n', [1])).toThrow("couldn't find PID field in ps output");
  });
});
