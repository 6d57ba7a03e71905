import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Bundle, type Config, exceptOn, type Loose, useBox } from '../support/index.ts';

const box = useBox();

interface Bad {
  name: string;
  /** What the message must name, on every runtime. */
  says?: RegExp;
  /** What rundlet's message must also name: the pointer, the line and column. */
  rundletSays?: RegExp;
  /** Why runc 1.1.5 is no witness here. */
  notOnRunc?: string;
  spoil: (bundle: Bundle) => void;
}

const edit = (change: (c: Loose) => void) => (bundle: Bundle) =>
  bundle.write((c: Config) => change(c));

const cases: Bad[] = [
  {
    name: 'config.json is missing',
    says: /config\.json/,
    spoil: (b) => rmSync(join(b.dir, 'config.json')),
  },
  {
    name: 'config.json is a folder',
    spoil: (b) => (rmSync(join(b.dir, 'config.json')), void box.sh(`mkdir ${b.dir}/config.json`)),
  },
  { name: 'config.json is empty', spoil: (b) => b.writeText('') },
  {
    name: 'config.json is truncated',
    rundletSays: /config\.json:\d+:\d+/,
    spoil: (b) => b.writeText(JSON.stringify(b.config, null, 2).slice(0, 700)),
  },
  {
    name: 'config.json is not JSON',
    rundletSays: /config\.json:\d+:\d+/,
    spoil: (b) => b.writeText('ociVersion: 1.0.2\n'),
  },
  { name: 'config.json is an array', spoil: (b) => b.writeText('[]') },
  { name: 'config.json is null', notOnRunc: 'panics', spoil: (b) => b.writeText('null') },
  {
    name: 'config.json is binary',
    spoil: (b) => writeFileSync(join(b.dir, 'config.json'), Buffer.alloc(5000, 0xff)),
  },
  {
    name: 'config.json has 200000 open brackets',
    spoil: (b) => b.writeText('{"ociVersion":"1.0.2","annotations":'.padEnd(200_000, '[')),
  },
  {
    name: 'config.json is deeply nested',
    spoil: (b) =>
      b.writeText(
        `{"ociVersion":"1.0.2","process":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}}`,
      ),
  },
  {
    name: 'config.json is 10 MB of args',
    notOnRunc: 'says it too late for the log',
    spoil: edit((c) => {
      c.process.args = ['/bin/true', 'x'.repeat(10_000_000)];
    }),
  },
  {
    name: 'args is a string',
    says: /args/,
    rundletSays: /\/process\/args|process\.args/,
    spoil: edit((c) => {
      c.process.args = 'true';
    }),
  },
  {
    name: 'args is empty',
    says: /args/,
    spoil: edit((c) => {
      c.process.args = [];
    }),
  },
  {
    name: 'a uid is a string',
    says: /uid/,
    rundletSays: /process[./]user[./]uid/,
    spoil: edit((c) => {
      c.process.user.uid = '0';
    }),
  },
  {
    name: 'a uid is negative',
    says: /uid/,
    spoil: edit((c) => {
      c.process.user.uid = -1;
    }),
  },
  {
    name: 'mounts is an object',
    says: /mounts/,
    spoil: edit((c) => {
      c.mounts = { destination: '/x' };
    }),
  },
  {
    name: 'no process',
    says: /process/i,
    spoil: edit((c) => {
      delete c.process;
    }),
  },
  {
    name: 'no root',
    says: /root/i,
    spoil: edit((c) => {
      delete c.root;
    }),
  },
  {
    name: 'the rootfs is not there',
    says: /rootfs|nosuchroot/i,
    spoil: edit((c) => {
      c.root.path = 'nosuchroot';
    }),
  },
  {
    name: 'the rootfs is a file',
    spoil: edit((c) => {
      c.root.path = 'config.json';
    }),
  },
  {
    name: 'the cwd is relative',
    says: /[Cc]wd/,
    rundletSays: /process[./]cwd/,
    spoil: edit((c) => {
      c.process.cwd = 'tmp';
    }),
  },
  {
    name: 'the cwd is empty',
    says: /[Cc]wd/,
    spoil: edit((c) => {
      c.process.cwd = '';
    }),
  },
  {
    name: 'a bind source is missing',
    says: /\/nosuch\/source/,
    rundletSays: /(?=.*mounts[[/]6)(?=.*\/data)/,
    spoil: edit((c) => {
      c.mounts.push({
        destination: '/data',
        type: 'bind',
        source: '/nosuch/source',
        options: ['rbind'],
      });
    }),
  },
  {
    name: 'an unknown file system',
    says: /no such device|nosuchfs|ENODEV/,
    rundletSays: /nosuchfs/,
    spoil: edit((c) => {
      c.mounts.push({ destination: '/data', type: 'nosuchfs', source: 'x' });
    }),
  },
  {
    name: 'a tmpfs with a wrong size',
    says: /\/data/,
    rundletSays: /size=bogus/,
    spoil: edit((c) => {
      c.mounts.push({
        destination: '/data',
        type: 'tmpfs',
        source: 'tmpfs',
        options: ['size=bogus'],
      });
    }),
  },
  {
    name: 'a folder bound onto a file',
    says: /not a directory|ENOTDIR/,
    spoil: edit((c) => {
      c.mounts.push({
        destination: '/etc/passwd',
        type: 'bind',
        source: '/tmp',
        options: ['bind'],
      });
    }),
  },
  {
    name: 'an unknown seccomp action',
    says: /SCMP_ACT_NOSUCH|action/,
    rundletSays: /SCMP_ACT_NOSUCH/,
    spoil: edit((c) => {
      c.linux.seccomp = { defaultAction: 'SCMP_ACT_NOSUCH' };
    }),
  },
  {
    name: 'an unknown seccomp architecture',
    says: /SCMP_ARCH_NOSUCH|arch/i,
    spoil: edit((c) => {
      c.linux.seccomp = { defaultAction: 'SCMP_ACT_ALLOW', architectures: ['SCMP_ARCH_NOSUCH'] };
    }),
  },
  {
    name: 'an unknown seccomp operator',
    spoil: edit((c) => {
      c.linux.seccomp = {
        defaultAction: 'SCMP_ACT_ALLOW',
        syscalls: [
          {
            names: ['getpid'],
            action: 'SCMP_ACT_ERRNO',
            args: [{ index: 0, value: 0, op: 'SCMP_CMP_NOSUCH' }],
          },
        ],
      };
    }),
  },
  {
    name: 'an unknown namespace',
    says: /nosuch/i,
    spoil: edit((c) => {
      c.linux.namespaces.push({ type: 'nosuch' });
    }),
  },
  {
    name: 'an unknown rlimit',
    says: /RLIMIT_NOSUCH/,
    spoil: edit((c) => {
      c.process.rlimits = [{ type: 'RLIMIT_NOSUCH', soft: 1, hard: 1 }];
    }),
  },
  {
    name: 'an rlimit twice',
    notOnRunc: 'accepts it',
    spoil: edit((c) => {
      c.process.rlimits = [
        { type: 'RLIMIT_NOFILE', soft: 1, hard: 1 },
        { type: 'RLIMIT_NOFILE', soft: 2, hard: 2 },
      ];
    }),
  },
  {
    name: 'a memory limit below what is used',
    says: /memory/,
    notOnRunc: 'accepts it',
    spoil: edit((c) => {
      c.linux.resources.memory = { limit: 1024, swap: 1024 };
    }),
  },
  {
    name: 'an unknown propagation',
    says: /propagation|nosuch/i,
    notOnRunc: 'accepts it',
    spoil: edit((c) => {
      c.linux.rootfsPropagation = 'nosuch';
    }),
  },
  {
    name: 'a hostname without a uts namespace',
    says: /uts/i,
    spoil: edit((c) => {
      c.linux.namespaces = c.linux.namespaces.filter((n: { type: string }) => n.type !== 'uts');
    }),
  },
  {
    name: 'a device of an unknown type',
    spoil: edit((c) => {
      c.linux.devices = [{ path: '/dev/x', type: 'q', major: 1, minor: 3 }];
    }),
  },
  {
    name: 'an ociVersion that is a number',
    spoil: edit((c) => {
      c.ociVersion = 1;
    }),
  },
];

const noTrace = /panic|goroutine|backtrace|thread '.*' panicked|\n\s+at .+:\d+|SIGSEGV/;

describe('bad input: one clear line, exit 1, a log line, nothing left', () => {
  for (const bad of cases) {
    it(bad.name, async (ctx) => {
      const other = box.runtime.name !== 'rundlet';
      if (bad.notOnRunc) exceptOn(ctx, 'runc', bad.notOnRunc);
      const bundle = box.bundle('echo ran');
      bad.spoil(bundle);
      const log = join(bundle.dir, 'log.json');
      const r = await box.rt(['run', '-b', bundle.dir, box.id()], {
        global: ['--root', box.root, '--log', log, '--log-format', 'json'],
      });
      expect(r.code, r.stdout + r.stderr).toBe(1);
      expect(r.stdout).toBe('');
      expect(r.stderr).not.toMatch(noTrace);
      expect(r.stderr.length).toBeLessThan(2000);
      if (!other) expect(r.stderr.trim().split('\n')).toHaveLength(1);
      const lines = readFileSync(log, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
      const last = lines.at(-1);
      expect(last.level).toBe('error');
      expect(r.stderr).toContain(last.msg);
      if (bad.says) expect(last.msg).toMatch(bad.says);
      if (bad.rundletSays && !other) expect(last.msg).toMatch(bad.rundletSays);
      await box.expectNothingLeft();
    });
  }
});

describe('bad programs: the words that the engines look for', () => {
  const programs: [string, string[], RegExp][] = [
    ['not on the PATH', ['nosuch'], /exec: "nosuch": executable file not found in \$PATH/],
    [
      'an absolute path that is not there',
      ['/nosuch'],
      /exec: "\/nosuch": (stat \/nosuch: )?no such file or directory/,
    ],
    ['a folder', ['/bin'], /exec: "\/bin": (is a directory|permission denied)/],
    ['not executable', ['/etc/passwd'], /exec: "\/etc\/passwd": permission denied/],
    ['the empty string', [''], /exec|args|executable/],
  ];
  for (const [name, args, text] of programs) {
    it(name, async () => {
      const bundle = box.bundle(args);
      const log = join(bundle.dir, 'log.json');
      const r = await box.rt(['create', '-b', bundle.dir, box.id()], {
        global: ['--root', box.root, '--log', log, '--log-format', 'json'],
      });
      expect(r.code).toBe(1);
      const last = JSON.parse(readFileSync(log, 'utf8').trim().split('\n').at(-1) ?? '');
      expect(last.msg).toMatch(text);
      expect(last.msg).toMatch(
        /^(runc|rundlet) create failed: unable to start container process: /,
      );
      await box.expectNothingLeft();
    });
  }

  it('no executable format', async () => {
    const r = await box.run(['/tmp/junk'], undefined, {
      prepare: (b) =>
        writeFileSync(join(b.rootfs, 'tmp/junk'), 'neither script nor program', { mode: 0o755 }),
    });
    expect(r.code).not.toBe(0);
    expect(r.stderr).toMatch(/exec format error/);
    await box.expectNothingLeft();
  });

  it('a script whose interpreter is not there', async () => {
    const r = await box.run(['/tmp/script'], undefined, {
      prepare: (b) =>
        writeFileSync(join(b.rootfs, 'tmp/script'), '#!/no/such/interpreter\n', { mode: 0o755 }),
    });
    expect(r.code).not.toBe(0);
    expect(r.stderr).toMatch(/no such file or directory/);
    await box.expectNothingLeft();
  });
});

describe('what must be allowed', () => {
  it('unknown keys are passed over, silently', async () => {
    const r = await box.run('echo fine', (c) => {
      Object.assign(c, { nosuchKey: 1, windows: {} });
      Object.assign(c.linux, { nosuchKey: [] });
      Object.assign(c.process, { nosuchKey: 'x' });
    });
    expect([r.code, r.stdout, r.stderr]).toEqual([0, 'fine\n', '']);
  });

  it('null where Go writes null', async () => {
    const bundle = box.bundle('echo fine');
    const text = JSON.stringify(bundle.config).replace(
      '"resources":',
      '"devices":null,"sysctl":null,"uidMappings":null,"resources":',
    );
    bundle.writeText(text);
    expect((await box.ok(['run', '-b', bundle.dir, box.id()])).stdout).toBe('fine\n');
  });

  it('5 MB of annotations', async () => {
    const r = await box.run('echo fine', (c) => {
      c.annotations = Object.fromEntries(
        Array.from({ length: 5000 }, (_, i) => [`key${i}`, 'x'.repeat(1000)]),
      );
    });
    expect([r.code, r.stdout]).toEqual([0, 'fine\n']);
  });

  it('white space, a byte order and an order of keys of any kind', async () => {
    const bundle = box.bundle('echo fine');
    bundle.writeText(
      `\n\t ${JSON.stringify(Object.fromEntries(Object.entries(bundle.config).reverse()), null, '\t')}\n\n`,
    );
    expect((await box.ok(['run', '-b', bundle.dir, box.id()])).stdout).toBe('fine\n');
  });
});
