import { chownSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Config, requires, skip, useBox } from '../support/index.ts';

const box = useBox();
const ns = (type: string) =>
  ({
    pid: 'pid',
    network: 'net',
    ipc: 'ipc',
    uts: 'uts',
    mount: 'mnt',
    cgroup: 'cgroup',
    user: 'user',
    time: 'time',
  })[type] ?? type;

const setNamespaces =
  (...wanted: (string | { type: string; path: string })[]) =>
  (c: Config) => {
    c.linux.namespaces = wanted.map((w) => (typeof w === 'string' ? { type: w } : w));
  };
const own = ['pid', 'network', 'ipc', 'uts', 'mount'];

describe('namespaces', () => {
  for (const type of [...own, 'cgroup']) {
    it(`a new ${type} namespace`, async () => {
      const outside = (await box.sh(`readlink /proc/self/ns/${ns(type)}`)).stdout;
      const r = await box.run(
        ['/bin/readlink', `/proc/self/ns/${ns(type)}`],
        setNamespaces(...new Set([...own, type])),
      );
      expect(r.stdout).toMatch(/:\[\d+\]/);
      expect(r.stdout).not.toBe(outside);
    });
  }

  for (const type of ['pid', 'network', 'ipc', 'uts']) {
    it(`without ${type}: the caller's`, async () => {
      const outside = (await box.sh(`readlink /proc/self/ns/${ns(type)}`)).stdout;
      const r = await box.run(['/bin/readlink', `/proc/self/ns/${ns(type)}`], (c) => {
        setNamespaces(...own.filter((n) => n !== type))(c);
        if (type === 'uts') delete c.hostname;
        if (type === 'ipc') c.mounts = c.mounts.filter((m) => m.type !== 'mqueue');
        if (type === 'network') c.mounts = c.mounts.filter((m) => m.type !== 'sysfs');
      });
      expect(r.stderr).toBe('');
      expect(r.stdout).toBe(outside);
    });
  }

  it('without mount: in the rootfs, by chroot, and the mounts stay with the caller', async () => {
    const bundle = box.bundle('readlink /proc/self/ns/mnt; ls /; cat /proc/1/comm; true', (c) => {
      setNamespaces(...own.filter((n) => n !== 'mount'))(c);
      delete c.linux.maskedPaths;
      delete c.linux.readonlyPaths;
    });
    const before = box.mounts();
    const r = await box.rt(['run', '-b', bundle.dir, box.id()]);
    const made = box.mounts().filter((mount) => !before.includes(mount));
    // as runc leaves them: they are the caller's
    await box.start(['umount', '-R', bundle.rootfs]);
    expect(r.stderr).toBe('');
    const [namespace, ...names] = r.stdout.trim().split('\n');
    expect(`${namespace}\n`).toBe((await box.sh('readlink /proc/self/ns/mnt')).stdout);
    expect(names).toContain('proc');
    expect(names.at(-1)).toBe('sh');
    expect(made).toContain(`${bundle.rootfs}/proc`);
  });

  it('the process is pid 1 of its pid namespace', async () => {
    expect((await box.run('echo $$')).stdout).toBe('1\n');
  });

  it('loopback is up in a new network namespace', async () => {
    const r = await box.run(
      'cat /sys/class/net/lo/flags; ping -c 1 -W 1 127.0.0.1 > /dev/null && echo answered',
    );
    expect(r.stdout).toBe('0x9\nanswered\n');
  });

  it('joins the namespaces of another container by path', async () => {
    const first = await box.running();
    const types = ['pid', 'network', 'ipc', 'uts'];
    const r = await box.run(types.map((t) => `readlink /proc/self/ns/${ns(t)}`).join(';'), (c) => {
      setNamespaces(
        ...types.map((type) => ({ type, path: `/proc/${first.pid}/ns/${ns(type)}` })),
        'mount',
      )(c);
      delete c.hostname;
    });
    const wanted = await box.sh(
      types.map((t) => `readlink /proc/${first.pid}/ns/${ns(t)}`).join(';'),
    );
    expect(r.stderr).toBe('');
    expect(r.stdout).toBe(wanted.stdout);
  });

  it('joins a network namespace of a file', async () => {
    const file = `${box.folder()}/netns`;
    await box.sh(
      `touch ${file} && unshare -n sh -c 'ip link add name mark0 type bridge; mount --bind /proc/self/ns/net ${file}'`,
    );
    const r = await box.run(
      'ls /sys/class/net',
      setNamespaces('pid', 'ipc', 'uts', 'mount', { type: 'network', path: file }),
    );
    await box.sh(`umount ${file}`);
    expect([r.stderr, r.stdout.includes('mark0')]).toEqual(['', true]);
  });

  for (const [name, path] of [
    ['is not there', '/nosuch/ns'],
    ['is no namespace', '/etc/passwd'],
    ['is of another type', '/proc/self/ns/uts'],
  ] as const) {
    it(`a path that ${name} is refused, nothing is left`, async () => {
      const r = await box.run(
        'true',
        setNamespaces('pid', 'ipc', 'uts', 'mount', { type: 'network', path }),
      );
      expect(r.code).toBe(1);
      expect(r.stderr.trim()).not.toBe('');
      await box.expectNothingLeft();
    });
  }

  it('a namespace named twice is refused', async () => {
    const r = await box.run('true', setNamespaces(...own, 'pid'));
    expect(r.code).toBe(1);
    expect(r.stderr).toMatch(/duplicate/i);
  });

  it('time namespace with offsets', async (ctx) => {
    requires(ctx, 'timens');
    if (box.runtime.name === 'runc') skip(ctx, 'runc 1.1.5 has no time namespaces');
    const r = await box.run('cut -d. -f1 /proc/uptime', (c) => {
      setNamespaces(...own, 'time')(c);
      Object.assign(c.linux, { timeOffsets: { boottime: { secs: 1_000_000, nanosecs: 0 } } });
    });
    expect(Number(r.stdout)).toBeGreaterThan(1_000_000);
  });
});

describe('user namespace', () => {
  const mapped =
    (hostID: number, size = 65536) =>
    (c: Config) => {
      c.linux.namespaces.push({ type: 'user' });
      c.linux.uidMappings = [{ containerID: 0, hostID, size }];
      c.linux.gidMappings = [{ containerID: 0, hostID: hostID + 1, size }];
    };
  const give = (hostID: number) => ({
    prepare: (bundle: { rootfs: string; dir: string }) =>
      chownSync(bundle.rootfs, hostID, hostID + 1),
  });

  it('maps as config.json says', async () => {
    const r = await box.run(
      'id -u; cat /proc/self/uid_map /proc/self/gid_map; touch /new; stat -c %u:%g /new',
      mapped(100000),
      give(100000),
    );
    expect(r.stderr).toBe('');
    expect(r.stdout.replaceAll(/ +/g, ' ')).toBe('0\n 0 100000 65536\n 0 100001 65536\n0:0\n');
  });

  it('several ranges', async () => {
    const r = await box.run(
      'cat /proc/self/uid_map',
      (c) => {
        mapped(100000, 1000)(c);
        c.linux.uidMappings?.push({ containerID: 5000, hostID: 300000, size: 10 });
      },
      give(100000),
    );
    expect(r.stdout.trim().replaceAll(/ +/g, ' ')).toBe('0 100000 1000\n 5000 300000 10');
  });

  it('has its own user namespace, and the others belong to it', async () => {
    const outside = (await box.sh('readlink /proc/self/ns/user')).stdout;
    const r = await box.run(
      'readlink /proc/self/ns/user; hostname new && hostname',
      (c) => {
        mapped(100000)(c);
        for (const set of ['bounding', 'effective', 'permitted'] as const)
          c.process.capabilities?.[set]?.push('CAP_SYS_ADMIN');
      },
      give(100000),
    );
    expect(r.stderr).toBe('');
    expect(r.stdout).not.toContain(outside.trim());
    expect(r.stdout).toContain('new');
  });

  it("limits may be above the caller's hard ones", async (ctx) => {
    const script = 'ulimit -H -n 2000 && exec "$0" --root "$1" run -b "$2" "$3"';
    const bundle = box.bundle('ulimit -H -n; ulimit -S -n', (c) => {
      mapped(100000)(c);
      c.process.rlimits = [{ type: 'RLIMIT_NOFILE', soft: 3000, hard: 4000 }];
    });
    give(100000).prepare(bundle);
    if ((await box.sh('ulimit -H -n 2000; ulimit -H -n 4000')).code !== 0) {
      skip(ctx, 'this machine gives no CAP_SYS_RESOURCE, to raise a hard limit');
    }
    const argv = [box.runtime.path, box.root, bundle.dir, box.id()];
    const r = await box.start(['/bin/sh', '-c', script, ...argv]);
    expect(r.stderr).toBe('');
    expect(r.stdout).toBe('4000\n3000\n');
  });

  it('device nodes have the numbers and owners of config.json', async () => {
    const r = await box.run(
      'stat -c "%n %t:%T %a %u:%g" /dev/null /dev/mine; grep " /dev/null " /proc/self/mountinfo; probe open rw /dev/null',
      (c) => {
        mapped(100000)(c);
        c.linux.devices = [
          { path: '/dev/mine', type: 'c', major: 1, minor: 5, fileMode: 0o640, uid: 3, gid: 7 },
        ];
      },
      give(100000),
    );
    expect(r.stderr).toBe('');
    const [nodes, own, mount, use] = r.stdout.split('\n');
    expect([nodes, own, use]).toEqual([
      '/dev/null 1:3 666 0:0',
      '/dev/mine 1:5 640 3:7',
      '/dev/null OK',
    ]);
    expect(mount).toMatch(/nosuid,noexec/);
  });

  it('device nodes are there and can be used', async () => {
    const r = await box.run(
      'echo x > /dev/null && head -c 2 /dev/zero | wc -c',
      mapped(100000),
      give(100000),
    );
    expect([r.stderr, r.stdout]).toEqual(['', '2\n']);
  });

  it('exec joins it', async () => {
    const { id } = await box.running((c) => mapped(100000)(c), ['/bin/probe', 'hold']);
    const r = await box.ok(['exec', '-u', '1000', id, 'sh', '-c', 'id -u; cat /proc/self/uid_map']);
    expect(r.stdout.replaceAll(/ +/g, ' ')).toBe('1000\n 0 100000 65536\n');
  });

  it('a user outside the maps is refused', async () => {
    const r = await box.run(
      'id -u',
      (c) => {
        mapped(100000, 10)(c);
        c.process.user.uid = 1000;
      },
      give(100000),
    );
    expect(r.code).toBe(1);
    expect(r.stderr.trim()).not.toBe('');
    await box.expectNothingLeft();
  });

  it('no maps are refused', async () => {
    const r = await box.run('true', (c) => {
      c.linux.namespaces.push({ type: 'user' });
    });
    expect(r.code).toBe(1);
    await box.expectNothingLeft();
  });
});
