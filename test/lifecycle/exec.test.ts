import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { eventually, exceptOn, useBox } from '../support/index.ts';

const box = useBox();

const status = (text: string, field: string) =>
  new RegExp(`^${field}:[ \\t]*(.*)$`, 'm').exec(text)?.[1];

describe('exec', () => {
  it('runs a program in the container and passes its output on', async () => {
    const { id } = await box.running();
    const r = await box.ok(['exec', id, 'sh', '-c', 'hostname; echo err >&2; cat /proc/1/comm']);
    expect(r.stdout).toBe('inside\nprobe\n');
    expect(r.stderr).toBe('err\n');
  });

  for (const code of [0, 3, 255]) {
    it(`ends with the program's exit code ${code}`, async () => {
      const { id } = await box.running();
      expect((await box.rt(['exec', id, 'sh', '-c', `exit ${code}`])).code).toBe(code);
    });
  }

  it('ends with 128 + signal', async () => {
    const { id } = await box.running();
    expect((await box.rt(['exec', id, 'sh', '-c', 'kill -KILL $$'])).code).toBe(137);
    expect((await box.rt(['exec', id, 'sh', '-c', 'kill -TERM $$'])).code).toBe(143);
  });

  it('hands stdin on', async () => {
    const { id } = await box.running();
    expect((await box.ok(['exec', id, 'cat'], { input: 'given' })).stdout).toBe('given');
  });

  it('joins every namespace of the container', async () => {
    const { id, pid } = await box.running();
    const r = await box.ok([
      'exec',
      id,
      'sh',
      '-c',
      'for n in ipc mnt net pid uts; do readlink /proc/self/ns/$n; done',
    ]);
    const links = await box.sh(
      `for n in ipc mnt net pid uts; do readlink /proc/${pid}/ns/$n; done`,
    );
    expect(r.stdout).toBe(links.stdout);
  });

  it('takes env from config.json, adds --env, and HOME', async () => {
    const { id } = await box.running((c) => {
      c.process.env.push('FROM=config', 'BOTH=config');
    });
    const r = await box.ok(['exec', '-e', 'BOTH=flag', '-e', 'NEW=x=y', id, 'env'], {
      env: { OUTSIDE: '1' },
    });
    const env = r.stdout.split('\n');
    expect(env).toEqual(
      expect.arrayContaining(['FROM=config', 'BOTH=flag', 'NEW=x=y', 'HOME=/root']),
    );
    expect(env).not.toContain('OUTSIDE=1');
    expect(env).not.toContain('BOTH=config');
  });

  it('--cwd', async () => {
    const { id } = await box.running();
    expect((await box.ok(['exec', '--cwd', '/srv', id, 'pwd'])).stdout).toBe('/srv\n');
  });

  it('--user UID:GID and --additional-gids', async () => {
    const { id } = await box.running();
    const r = await box.ok(['exec', '-u', '1000:1001', '-g', '7', '-g', '8', id, 'id']);
    expect(r.stdout).toMatch(/^uid=1000(\(user\))? gid=1001.* groups=1001,7,8\n|groups=7,8/);
  });

  it('gives a non-root user no effective capabilities', async () => {
    const { id } = await box.running();
    const r = await box.ok(['exec', '-u', '1000', id, 'cat', '/proc/self/status']);
    expect(status(r.stdout, 'CapEff')).toBe('0000000000000000');
    expect(status(r.stdout, 'CapInh')).toBe('0000000000000000');
    expect(status(r.stdout, 'CapAmb')).toBe('0000000000000000');
  });

  it('has the capabilities and no_new_privs of config.json', async (ctx) => {
    exceptOn(ctx, 'crun', 'exec without --no-new-privs leaves NoNewPrivs 0');
    const { id, pid } = await box.running();
    const r = await box.ok(['exec', id, 'cat', '/proc/self/status']);
    const first = box.read(`/proc/${pid}/status`);
    for (const field of [
      'CapInh',
      'CapPrm',
      'CapEff',
      'CapBnd',
      'CapAmb',
      'NoNewPrivs',
      'Seccomp',
    ]) {
      expect([field, status(r.stdout, field)]).toEqual([field, status(first, field)]);
    }
  });

  it('--cap adds to bounding, permitted and effective, not to inheritable', async () => {
    const { id } = await box.running();
    const r = await box.ok(['exec', '--cap', 'CAP_SYS_PTRACE', id, 'cat', '/proc/self/status']);
    const bit = 1n << 19n;
    const has = (field: string) => (BigInt(`0x${status(r.stdout, field)}`) & bit) !== 0n;
    expect([has('CapBnd'), has('CapPrm'), has('CapEff'), has('CapInh')]).toEqual([
      true,
      true,
      true,
      false,
    ]);
  });

  it('--no-new-privs', async () => {
    const { id } = await box.running((c) => {
      c.process.noNewPrivileges = false;
    });
    expect((await box.ok(['exec', id, 'grep', 'NoNewPrivs', '/proc/self/status'])).stdout).toMatch(
      /0$/m,
    );
    expect(
      (await box.ok(['exec', '--no-new-privs', id, 'grep', 'NoNewPrivs', '/proc/self/status']))
        .stdout,
    ).toMatch(/1$/m);
  });

  it('--process takes all from its file', async () => {
    const { id, bundle } = await box.running();
    const file = join(bundle.dir, 'process.json');
    writeFileSync(
      file,
      JSON.stringify({
        user: { uid: 1000, gid: 1000, additionalGids: [10] },
        args: ['sh', '-c', 'pwd; id -u; id -G; echo $FROM; umask; exit 6'],
        env: ['PATH=/bin', 'FROM=file'],
        cwd: '/srv',
      }),
    );
    const r = await box.rt(['exec', '--process', file, id]);
    expect(r.stderr).toBe('');
    expect(r.stdout).toBe('/srv\n1000\n1000 10\nfile\n0022\n');
    expect(r.code).toBe(6);
  });

  it('--detach returns at once and writes the pid file', async () => {
    const { id, bundle } = await box.running();
    const file = join(bundle.dir, 'exec.pid');
    const r = box.rt(['exec', '-d', '--pid-file', file, id, '/bin/probe', 'hold', 'detached']);
    expect((await r).code).toBe(0);
    const pid = Number(readFileSync(file, 'utf8'));
    await r.until(/detached/);
    expect(box.read(`/proc/${pid}/cmdline`)).toBe('/bin/probe\0hold\0detached\0');
    expect(box.read(`/proc/${pid}/status`)).toMatch(/^PPid:\t1$/m);
  });

  it('puts the process into the cgroups of the container', async () => {
    const { id, pid } = await box.running();
    const r = await box.ok(['exec', id, 'cat', '/proc/self/cgroup']);
    expect(r.stdout).toBe(box.read(`/proc/${pid}/cgroup`));
  });

  it('passes flags after the program to the program', async () => {
    const { id } = await box.running();
    expect((await box.ok(['exec', id, 'echo', '-e', 'a', '--cwd', '--', '-d'])).stdout).toBe(
      'a --cwd -- -d\n',
    );
  });

  it('starts in the cwd of config.json, whatever the cwd of the caller', async () => {
    const { id } = await box.running((c) => {
      c.process.cwd = '/srv';
    });
    expect((await box.ok(['exec', id, 'pwd'], { cwd: '/usr' })).stdout).toBe('/srv\n');
  });

  it('never loses a code: 400 execs of a program that ends at once', {
    timeout: 90_000,
  }, async () => {
    const { id } = await box.running();
    const wrong: string[] = [];
    const one = async () => {
      for (let i = 0; i < 100; i++) {
        const r = await box.rt(['exec', id, i % 2 ? 'true' : 'false']);
        if (r.code !== 1 - (i % 2) || r.stderr) wrong.push(`${i}: exit ${r.code}: ${r.stderr}`);
      }
    };
    await Promise.all([one(), one(), one(), one()]);
    expect(wrong).toEqual([]);
  });

  it('leaves no process behind in the container', async () => {
    const { id, pid } = await box.running();
    await box.ok(['exec', id, 'true']);
    await eventually(
      'only init is left',
      () => box.read(`/proc/${pid}/task/${pid}/children`) === '',
    );
  });
});

describe('exec that cannot start ends with 255', () => {
  const cases: [string, string[], RegExp][] = [
    [
      'a program that is not there',
      ['nosuch'],
      /exec: "nosuch": executable file not found in \$PATH/,
    ],
    [
      'an absolute path that is not there',
      ['/nosuch'],
      /exec: "\/nosuch": (stat \/nosuch: )?no such file or directory/,
    ],
    ['a directory', ['/etc'], /exec: "\/etc": (is a directory|permission denied)/],
    ['a file without x', ['/etc/passwd'], /exec: "\/etc\/passwd": permission denied/],
  ];
  for (const [name, argv, text] of cases) {
    it(name, async (ctx) => {
      exceptOn(ctx, 'crun', 'has its own codes and texts');
      const { id } = await box.running();
      const log = join(box.folder(), 'log.json');
      const r = await box.rt(['exec', id, ...argv], {
        global: ['--root', box.root, '--log', log, '--log-format', 'json'],
      });
      expect(r.stderr).toMatch(text);
      expect(r.stderr).toContain('exec failed');
      expect(r.code).toBe(255);
      const last = JSON.parse(readFileSync(log, 'utf8').trim().split('\n').at(-1) ?? '');
      expect(last.level).toBe('error');
      expect(last.msg).toMatch(text);
    });
  }

  it('no program given', async () => {
    const { id } = await box.running();
    const r = await box.rt(['exec', id]);
    expect(r.code).not.toBe(0);
    expect(r.stdout + r.stderr).toMatch(/process args cannot be empty|args/);
  });

  it('a stopped container', async () => {
    const { id } = await box.running();
    await box.ok(['kill', id, 'KILL']);
    await box.status(id, 'stopped');
    const r = await box.rt(['exec', id, 'true']);
    expect(r.code).toBe(255);
    expect(r.stderr).toContain('cannot exec in a stopped container');
  });

  it('an unknown container', async () => {
    const r = await box.rt(['exec', box.id(), 'true']);
    expect([1, 255]).toContain(r.code);
    expect(r.stderr).toContain('does not exist');
  });

  it('a --process file that is not JSON', async () => {
    const { id, bundle } = await box.running();
    const file = join(bundle.dir, 'process.json');
    writeFileSync(file, '{"args": [');
    const r = await box.rt(['exec', '--process', file, id]);
    expect([1, 255]).toContain(r.code);
    expect(r.stderr).not.toMatch(/panic|at .*\.(js|ts):|goroutine/);
    expect(r.stderr.trim().split('\n')).toHaveLength(1);
  });
});
