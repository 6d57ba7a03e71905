import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  type CapabilitySet,
  type Config,
  hasCapability,
  requires,
  skip,
  useBox,
} from '../support/index.ts';

const box = useBox();

const numbers: Record<string, number> = {
  CAP_CHOWN: 0,
  CAP_DAC_OVERRIDE: 1,
  CAP_FOWNER: 3,
  CAP_KILL: 5,
  CAP_SETGID: 6,
  CAP_SETUID: 7,
  CAP_NET_BIND_SERVICE: 10,
  CAP_SYS_ADMIN: 21,
  CAP_AUDIT_WRITE: 29,
};
const mask = (...names: string[]) =>
  names
    .reduce((bits, name) => bits | (1n << BigInt(numbers[name] ?? Number.NaN)), 0n)
    .toString(16)
    .padStart(16, '0');

async function statusOf(
  change: (c: Config) => void,
  ...fields: string[]
): Promise<Record<string, string>> {
  const r = await box.run(['/bin/cat', '/proc/self/status'], change);
  expect(r.stderr).toBe('');
  return Object.fromEntries(
    fields.map((field) => [
      field,
      new RegExp(`^${field}:\\s*(.*)$`, 'm').exec(r.stdout)?.[1] ?? 'missing',
    ]),
  );
}

describe('process', () => {
  it('finds the program on the PATH of config.json', async () => {
    const r = await box.run(
      ['found', 'a b', '', '$x'],
      (c) => {
        c.process.env = ['PATH=/nosuch:/srv'];
      },
      {
        prepare: (bundle) =>
          writeFileSync(join(bundle.rootfs, 'srv/found'), '#!/bin/sh\nprintf "<%s>" "$@"', {
            mode: 0o755,
          }),
      },
    );
    expect(r.stdout).toBe('<a b><><$x>');
  });

  it('env exactly as given, HOME added from passwd', async () => {
    const r = await box.run(['/bin/env'], (c) => {
      c.process.env = ['A=1', 'EMPTY=', 'EQ=x=y=z', 'UNI=ä€'];
      c.process.user = { uid: 1000, gid: 1000 };
    });
    expect(r.stdout.trim().split('\n').sort()).toEqual([
      'A=1',
      'EMPTY=',
      'EQ=x=y=z',
      'HOME=/home/user',
      'UNI=ä€',
    ]);
  });

  it('HOME of config.json stays', async () => {
    const r = await box.run('echo $HOME', (c) => {
      c.process.env.push('HOME=/srv');
    });
    expect(r.stdout).toBe('/srv\n');
  });

  it('cwd, made when it is missing', async () => {
    const r = await box.run('pwd', (c) => {
      c.process.cwd = '/new/place';
    });
    expect([r.code, r.stdout]).toEqual([0, '/new/place\n']);
  });

  it('hostname and domainname', async () => {
    const r = await box.run('hostname; cat /proc/sys/kernel/domainname', (c) => {
      c.hostname = 'a-name';
    });
    expect(r.stdout).toBe('a-name\n(none)\n');
  });

  it('domainname', async (ctx) => {
    if (box.runtime.name === 'runc') skip(ctx, 'runc 1.1.5 does not know domainname');
    const r = await box.run('cat /proc/sys/kernel/domainname', (c) => {
      c.domainname = 'example.org';
    });
    expect(r.stdout).toBe('example.org\n');
  });

  it('sysctl of the own namespaces', async () => {
    const r = await box.run(
      'cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/shmmax /proc/sys/kernel/msgmax /proc/sys/fs/mqueue/msg_max',
      (c) => {
        c.linux.sysctl = {
          'net.ipv4.ip_forward': '1',
          'kernel.shmmax': '12345678',
          'kernel.msgmax': '4321',
          'fs.mqueue.msg_max': '17',
        };
      },
    );
    expect([r.stderr, r.stdout]).toEqual(['', '1\n12345678\n4321\n17\n']);
  });

  it('rlimits', async () => {
    const r = await box.run('ulimit -Sn; ulimit -Hn; ulimit -Sc; ulimit -Hs', (c) => {
      c.process.rlimits = [
        { type: 'RLIMIT_NOFILE', soft: 500, hard: 600 },
        { type: 'RLIMIT_CORE', soft: 0, hard: 0 },
        { type: 'RLIMIT_STACK', soft: 8388608, hard: 16777216 },
      ];
    });
    expect(r.stdout).toBe('500\n600\n0\n16384\n');
  });

  it('an rlimit of RLIM_INFINITY survives', async () => {
    const bundle = box.bundle('ulimit -Hf');
    const text = JSON.stringify(bundle.config).replace(
      '"noNewPrivileges"',
      '"rlimits":[{"type":"RLIMIT_FSIZE","soft":18446744073709551615,"hard":18446744073709551615}],"noNewPrivileges"',
    );
    bundle.writeText(text);
    expect((await box.ok(['run', '-b', bundle.dir, box.id()])).stdout).toBe('unlimited\n');
  });

  it('an rlimit above the hard one', async (ctx) => {
    requires(ctx, 'CAP_SYS_RESOURCE');
    const r = await box.run('ulimit -Hn', (c) => {
      c.process.rlimits = [{ type: 'RLIMIT_NOFILE', soft: 900_000, hard: 900_000 }];
    });
    expect(r.stdout).toBe('900000\n');
  });

  it('exec has the rlimits too', async () => {
    const { id } = await box.running((c) => {
      c.process.rlimits = [{ type: 'RLIMIT_NPROC', soft: 5333, hard: 5444 }];
    });
    const { stdout } = await box.ok(['exec', id, 'grep', 'Max processes', '/proc/self/limits']);
    expect(stdout).toMatch(/ 5333 +5444 /);
  });

  it('user, group and additional groups', async () => {
    const r = await box.run('id -u; id -g; id -G', (c) => {
      c.process.user = { uid: 1000, gid: 1001, additionalGids: [5, 10] };
    });
    expect(r.stdout).toBe('1000\n1001\n1001 5 10\n');
  });

  it('no additional groups but those given', async () => {
    const r = await box.run(['/bin/grep', '^Groups', '/proc/self/status'], undefined, {
      enter: ['--groups', '4,20,27'],
    });
    expect(r.stdout.trim()).toBe('Groups:');
  });

  it('umask of config.json', async () => {
    const r = await box.run('umask; touch /tmp/x; stat -c %a /tmp/x', (c) => {
      c.process.user.umask = 0o027;
    });
    expect(r.stdout).toBe('0027\n640\n');
  });

  it('umask of 0', async () => {
    const r = await box.run(
      'umask',
      (c) => {
        c.process.user.umask = 0;
      },
      { enter: ['--umask', '077'] },
    );
    expect(r.stdout).toBe('0000\n');
  });

  it('the nodes and folders that are made do not depend on the umask of the caller', async () => {
    const r = await box.run(
      'stat -c %a /dev/null /dev /made/here',
      (c) => {
        c.mounts.push({
          destination: '/made/here',
          type: 'tmpfs',
          source: 'tmpfs',
          options: ['mode=755'],
        });
      },
      { enter: ['--umask', '077'] },
    );
    expect(r.stdout).toBe('666\n755\n755\n');
  });

  for (const value of [true, false]) {
    it(`noNewPrivileges ${value}`, async () => {
      const found = await statusOf((c) => {
        c.process.noNewPrivileges = value;
      }, 'NoNewPrivs');
      expect(found['NoNewPrivs']).toBe(value ? '1' : '0');
    });
  }

  it('oomScoreAdj', async () => {
    const r = await box.run(['/bin/cat', '/proc/self/oom_score_adj'], (c) => {
      c.process.oomScoreAdj = 345;
    });
    expect(r.stdout).toBe('345\n');
  });

  it('a negative oomScoreAdj without the right to it fails and says what', async (ctx) => {
    if (hasCapability('CAP_SYS_RESOURCE')) skip(ctx, 'the machine has CAP_SYS_RESOURCE');
    const r = await box.run('exit 0', (c) => {
      c.process.oomScoreAdj = -500;
    });
    expect(r.code).toBe(1);
    expect(r.stderr).toMatch(/oom_score_adj.*permission denied/i);
    await box.expectNothingLeft();
  });

  it('a session keyring of its own', async () => {
    const r = await box.run(['/bin/probe', 'keyring']);
    expect(r.stdout).toMatch(/^keyring;0;0;[0-9a-f]+;_ses\./);
  });

  it("--no-new-keyring leaves the caller's", async () => {
    const r = await box.run(['/bin/probe', 'keyring'], undefined, { flags: ['--no-new-keyring'] });
    expect(r.stdout).not.toMatch(/_ses\.rt/);
  });

  it('personality LINUX32', async (ctx) => {
    if (box.runtime.name === 'runc') skip(ctx, 'runc 1.1.5 does not know personality');
    const r = await box.run(['/bin/uname', '-m'], (c) => {
      c.linux.personality = { domain: 'LINUX32' };
    });
    expect(r.stdout).toBe('i686\n');
  });
});

describe('capabilities', () => {
  it('one that the kernel does not know is told of and left out', async () => {
    const r = await box.run('grep CapBnd /proc/self/status', (c) => {
      c.process.capabilities = { bounding: ['CAP_NOSUCH', 'CAP_KILL'] };
    });
    expect(r.stderr).toMatch(/warning.*CAP_NOSUCH/);
    expect(r.stdout).toBe('CapBnd:\t0000000000000020\n');
  });

  it('all five sets, exactly', async () => {
    const sets: Record<CapabilitySet, string[]> = {
      bounding: ['CAP_CHOWN', 'CAP_KILL', 'CAP_SETUID', 'CAP_AUDIT_WRITE', 'CAP_NET_BIND_SERVICE'],
      permitted: ['CAP_CHOWN', 'CAP_KILL', 'CAP_SETUID', 'CAP_AUDIT_WRITE', 'CAP_NET_BIND_SERVICE'],
      effective: ['CAP_CHOWN', 'CAP_KILL', 'CAP_NET_BIND_SERVICE'],
      inheritable: ['CAP_KILL', 'CAP_NET_BIND_SERVICE'],
      ambient: ['CAP_NET_BIND_SERVICE'],
    };
    // a user that is not root, so that the kernel does not fill the sets again at execve
    const found = await statusOf(
      (c) => {
        c.process.user = { uid: 1000, gid: 1000 };
        c.process.capabilities = sets;
      },
      'CapBnd',
      'CapPrm',
      'CapEff',
      'CapInh',
      'CapAmb',
    );
    expect(found).toEqual({
      CapBnd: mask(...sets.bounding),
      CapPrm: mask(...sets.ambient),
      CapEff: mask(...sets.ambient),
      CapInh: mask(...sets.inheritable),
      CapAmb: mask(...sets.ambient),
    });
  });

  it('root has what the bounding set allows, and no more', async () => {
    const set = ['CAP_CHOWN', 'CAP_KILL'];
    const found = await statusOf(
      (c) => {
        c.process.capabilities = { bounding: set, effective: set, permitted: set };
      },
      'CapBnd',
      'CapPrm',
      'CapEff',
      'CapInh',
      'CapAmb',
    );
    expect(found).toEqual({
      CapBnd: mask(...set),
      CapPrm: mask(...set),
      CapEff: mask(...set),
      CapInh: mask(),
      CapAmb: mask(),
    });
  });

  it('empty sets', async () => {
    const found = await statusOf(
      (c) => {
        c.process.capabilities = {
          bounding: [],
          effective: [],
          permitted: [],
          inheritable: [],
          ambient: [],
        };
      },
      'CapBnd',
      'CapPrm',
      'CapEff',
      'CapInh',
      'CapAmb',
    );
    expect(new Set(Object.values(found))).toEqual(new Set([mask()]));
  });

  it('no capabilities object: none', async () => {
    const found = await statusOf(
      (c) => {
        delete c.process.capabilities;
      },
      'CapEff',
      'CapPrm',
      'CapBnd',
    );
    expect(new Set(Object.values(found))).toEqual(new Set([mask()]));
  });

  it('a capability that is missing is missing in deed', async () => {
    const r = await box.run('chown 5 /tmp', (c) => {
      const set = ['CAP_KILL'];
      c.process.capabilities = { bounding: set, effective: set, permitted: set };
    });
    expect(r.code).toBe(1);
    expect(r.stderr).toContain('Operation not permitted');
  });
});
