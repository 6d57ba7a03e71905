// Capabilities, groups, sysctl, ids, and words with NUL or other malice in them.
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Config, exceptOn, useBox } from '../../support/index.ts';

const box = useBox();
const field = (text: string, name: string) =>
  new RegExp(`^${name}:[ \\t]*(.*)$`, 'm').exec(text)?.[1]?.trim();
const rich = ['--ambient', '--groups', '4,20,27'];

describe('what the caller has does not reach the container', () => {
  it('caps-groups-run: inheritable and ambient capabilities, supplementary groups', async () => {
    const r = await box.run(
      ['/bin/cat', '/proc/self/status'],
      (c) => {
        c.process.user = { uid: 1000, gid: 1000 };
      },
      { enter: rich },
    );
    for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapAmb'])
      expect([set, field(r.stdout, set)]).toEqual([set, '0000000000000000']);
    expect(field(r.stdout, 'Groups')).toBe('');
  });

  it('caps-groups-exec: the same for exec', async () => {
    const { id } = await box.running((c) => {
      c.process.user = { uid: 1000, gid: 1000 };
    });
    const r = await box.ok(['exec', id, 'cat', '/proc/self/status'], { enter: rich });
    for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapAmb'])
      expect([set, field(r.stdout, set)]).toEqual([set, '0000000000000000']);
    expect(field(r.stdout, 'Groups')).toBe('');
  });

  it('caps-exec-cap: exec --cap leaves inheritable empty (CVE-2022-29162)', async () => {
    const { id } = await box.running();
    const r = await box.ok(['exec', '--cap', 'CAP_NET_ADMIN', id, 'cat', '/proc/self/status'], {
      enter: rich,
    });
    expect(field(r.stdout, 'CapInh')).toBe('0000000000000000');
    expect(field(r.stdout, 'CapAmb')).toBe('0000000000000000');
  });

  it('caps-nonroot-user: a user has none', async () => {
    const r = await box.run(['/bin/cat', '/proc/self/status'], (c) => {
      c.process.user = { uid: 1000, gid: 1000 };
    });
    expect(field(r.stdout, 'CapEff')).toBe('0000000000000000');
  });

  it('env-umask: state is not readable by others', async () => {
    const bundle = box.bundle('exit 0');
    const id = box.id();
    await box.ok(['create', '-b', bundle.dir, id], { enter: ['--umask', '0'] });
    expect(statSync(join(box.root, id)).mode & 0o066).toBe(0);
  });
});

describe('exec -u is read strictly (CVE-2026-30892)', () => {
  for (const user of [
    ':',
    '0x0',
    '-1',
    '1:',
    '1:2:3',
    '4294967295',
    '4294967296',
    ' 1',
    '1 ',
    '1e3',
    'root:-1',
  ]) {
    it(JSON.stringify(user), async (ctx) => {
      exceptOn(ctx, 'runc', '1.1.5 reads some of these');
      const { id } = await box.running();
      const r = await box.rt(['exec', '--user', user, id, 'id', '-u']);
      expect(r.code).not.toBe(0);
      expect(r.stdout).toBe('');
    });
  }
});

describe('sysctl', () => {
  const set = (key: string, value: string) => (c: Config) => {
    c.linux.sysctl = { [key]: value };
  };
  const refused = async (key: string, value: string, change?: (c: Config) => void) => {
    const r = await box.run('echo ran', (c) => {
      set(key, value)(c);
      change?.(c);
    });
    expect(r.code).toBe(1);
    expect(r.stdout).toBe('');
    await box.expectNothingLeft();
  };

  it('sysctl-host: one that is not of a namespace', async () => {
    const before = readFileSync('/proc/sys/vm/swappiness', 'utf8');
    await refused('vm.swappiness', before.trim());
    await refused('kernel.panic', readFileSync('/proc/sys/kernel/panic', 'utf8').trim());
  });

  it('sysctl-traversal: .. and / do not lead elsewhere', async () => {
    for (const key of [
      'net/../vm/swappiness',
      'net..vm.swappiness',
      'net.ipv4/../../vm/swappiness',
      '../vm/swappiness',
    ]) {
      await refused(key, readFileSync('/proc/sys/vm/swappiness', 'utf8').trim());
    }
  });

  it("sysctl-netns-shared: net.* with the host's network", async () => {
    await refused('net.ipv4.ip_forward', '0', (c) => {
      c.linux.namespaces = c.linux.namespaces.filter((n) => n.type !== 'network');
      c.mounts = c.mounts.filter((m) => m.type !== 'sysfs');
    });
  });

  it("kernel.shmmax with the host's ipc", async () => {
    await refused('kernel.shmmax', '1000', (c) => {
      c.linux.namespaces = c.linux.namespaces.filter((n) => n.type !== 'ipc');
      c.mounts = c.mounts.filter((m) => m.type !== 'mqueue');
    });
  });

  it('with a slash form', async (ctx) => {
    exceptOn(ctx, 'runc', '1.1.5 knows it since 1.1.0 only for net');
    const r = await box.run('cat /proc/sys/net/ipv4/ip_forward', set('net/ipv4/ip_forward', '1'));
    expect(r.stdout).toBe('1\n');
  });
});

describe('ids', () => {
  const bad = [
    '../x',
    '..',
    '.',
    'a/b',
    '/abs',
    '',
    'a b',
    'x\ny',
    `${'a'.repeat(5000)}`,
    'ü',
    '$(id)',
    'a;b',
  ];
  for (const id of bad) {
    it(`id-* ${JSON.stringify(id.slice(0, 20))} is refused by every verb`, async () => {
      const bundle = box.bundle('exit 0');
      await box.sh(`mkdir -p ${box.root}/../outside && touch ${box.root}/../outside/file`);
      for (const args of [
        ['create', '-b', bundle.dir, id],
        ['run', '-b', bundle.dir, id],
        ['state', id],
        ['kill', id, '9'],
        ['delete', id],
        ['start', id],
        ['exec', id, 'true'],
        ['ps', id],
      ]) {
        const r = await box.rt(args);
        expect([args[0], r.code === 0]).toEqual([args[0], false]);
        expect(r.stderr + r.stdout).not.toMatch(/panic|goroutine/);
      }
      // go-runc deletes by force after each failed create
      await box.rt(['delete', '--force', id]);
      expect(existsSync(box.dir)).toBe(true);
      expect(existsSync(join(box.dir, 'outside/file'))).toBe(true);
      expect(existsSync(join(bundle.dir, 'config.json'))).toBe(true);
    });
  }

  it('id-* good ones work', async () => {
    for (const id of ['a', 'A-b_c+d.e', '0', 'x'.repeat(200)]) {
      const r = await box.run(
        'exit 5',
        (c) => {
          c.linux.cgroupsPath = `/${box.prefix}-good`; // the leak check knows its prefix
        },
        { id },
      );
      expect(r.code, r.stderr).toBe(5);
    }
  });

  it('id-state-kill-traversal: a state directory reached by .. is not read', async () => {
    const { id } = await box.running();
    for (const args of [
      ['state', `x/../${id}`],
      ['kill', `./${id}`, '9'],
      ['delete', '-f', `${id}/`],
    ]) {
      await box.rt(args);
      expect((await box.state(id)).status).toBe('running');
    }
  });

  it('delete-force-missing', async () => {
    expect(await box.rt(['delete', '--force', box.id()])).toMatchObject({ code: 0, stderr: '' });
  });
});

describe('NUL and other malice in config.json', () => {
  const nul = '\u0000';
  const cases: [string, (c: Config) => void][] = [
    ['mal-args-nul', (c) => c.process.args.push(`a${nul}b`)],
    ['mal-arg0-nul', (c) => void (c.process.args = [`/bin/true${nul}x`])],
    ['mal-env-nul', (c) => c.process.env.push(`A=b${nul}c`)],
    ['mal-cwd-nul', (c) => void (c.process.cwd = `/tmp${nul}x`)],
    [
      'mal-mount-nul',
      (c) => c.mounts.push({ destination: `/srv${nul}x`, type: 'tmpfs', source: 'tmpfs' }),
    ],
    [
      'mal-source-nul',
      (c) =>
        c.mounts.push({
          destination: '/srv',
          type: 'bind',
          source: `/tmp${nul}x`,
          options: ['bind'],
        }),
    ],
    [
      'mal-options-nul',
      (c) =>
        c.mounts.push({
          destination: '/srv',
          type: 'tmpfs',
          source: 'tmpfs',
          options: [`size=1m${nul}x`],
        }),
    ],
    ['mal-root-nul', (c) => void (c.root.path = `rootfs${nul}x`)],
    ['mal-hostname-nul', (c) => void (c.hostname = `a${nul}b`)],
    ['mal-mask-nul', (c) => c.linux.maskedPaths?.push(`/etc/passwd${nul}x`)],
    ['mal-cgpath-nul', (c) => void (c.linux.cgroupsPath = `/a${nul}b`)],
    ['mal-sysctl-nul', (c) => void (c.linux.sysctl = { [`net.ipv4.ip_forward${nul}x`]: '1' })],
    [
      'mal-nspath-nul',
      (c) =>
        void (c.linux.namespaces = [
          { type: 'mount' },
          { type: 'network', path: `/proc/self/ns/net${nul}x` },
        ]),
    ],
  ];
  for (const [name, spoil] of cases) {
    it(`${name} is refused`, async (ctx) => {
      exceptOn(ctx, 'runc', '1.1.5 cuts some at the NUL');
      const r = await box.run('echo ran', spoil);
      expect(r.code).toBe(1);
      expect(r.stdout).toBe('');
      expect(r.stderr.trim().split('\n')).toHaveLength(1);
      await box.expectNothingLeft();
    });
  }

  it('mal-cgpath-root: the root of the hierarchies is refused', async (ctx) => {
    exceptOn(ctx, 'runc', '1.1.5 takes it');
    for (const path of ['/', '/..', '//', '/a/../..']) {
      const r = await box.run('echo ran', (c) => {
        c.linux.cgroupsPath = path;
      });
      expect([path, r.code, r.stdout]).toEqual([path, 1, '']);
    }
  });

  it('log-injection: a name with line ends stays one log line', async () => {
    const bundle = box.bundle(['no\nsuch\u001b[31m"}']);
    const log = join(bundle.dir, 'log.json');
    const r = await box.rt(['run', '-b', bundle.dir, box.id()], {
      global: ['--root', box.root, '--log', log, '--log-format', 'json'],
    });
    expect(r.code).toBe(1);
    const lines = readFileSync(log, 'utf8').trim().split('\n');
    for (const line of lines) expect(JSON.parse(line).level).toBe('error');
  });

  it('a text log escapes control characters', async () => {
    const bundle = box.bundle(['no\nsuch\u001b[31m']);
    const log = join(bundle.dir, 'log.txt');
    await box.rt(['run', '-b', bundle.dir, box.id()], {
      global: ['--root', box.root, '--log', log],
    });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for
    expect(readFileSync(log, 'utf8')).not.toMatch(/\u001b/);
    writeFileSync(log, '');
  });
});
