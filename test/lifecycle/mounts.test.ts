import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Mount, useBox } from '../support/index.ts';

const box = useBox();

const withMount =
  (...mounts: Mount[]) =>
  (c: { mounts: Mount[] }) => {
    c.mounts.push(...mounts);
  };

/** Options and optional fields of one mount point in the container. */
async function look(
  mount: Mount,
): Promise<{ options: string; type: string; super: string; optional: string }> {
  const r = await box.run(`grep " ${mount.destination} " /proc/self/mountinfo`, withMount(mount));
  expect(r.stderr).toBe('');
  const [left = '', right = ''] = r.stdout.trim().split(' - ');
  const words = left.split(' ');
  const [type = '', , sup = ''] = right.split(' ');
  return { options: words[5] ?? '', optional: words.slice(6).join(' '), type, super: sup };
}

describe('mounts', () => {
  it('bind: the folder, writable', async () => {
    const folder = box.folder();
    writeFileSync(join(folder, 'in'), 'from outside\n');
    const r = await box.run(
      'cat /data/in; echo back > /data/out',
      withMount({ destination: '/data', type: 'bind', source: folder, options: ['bind'] }),
    );
    expect(r.stdout).toBe('from outside\n');
    expect(readFileSync(join(folder, 'out'), 'utf8')).toBe('back\n');
  });

  it('bind without a type', async () => {
    const folder = box.folder();
    writeFileSync(join(folder, 'in'), 'x\n');
    const r = await box.run(
      'cat /data/in',
      withMount({ destination: '/data', source: folder, options: ['rbind'] }),
    );
    expect(r.stdout).toBe('x\n');
  });

  it('bind ro: not writable', async () => {
    const folder = box.folder();
    const r = await box.run(
      'touch /data/x',
      withMount({ destination: '/data', type: 'bind', source: folder, options: ['rbind', 'ro'] }),
    );
    expect(r.code).toBe(1);
    expect(r.stderr).toContain('Read-only file system');
    expect(existsSync(join(folder, 'x'))).toBe(false);
  });

  it('bind of a file', async () => {
    const file = join(box.folder(), 'file');
    writeFileSync(file, 'content\n');
    const r = await box.run(
      'cat /etc/deep/er/file',
      withMount({
        destination: '/etc/deep/er/file',
        type: 'bind',
        source: file,
        options: ['bind', 'ro'],
      }),
    );
    expect(r.stdout).toBe('content\n');
  });

  it('bind over a file that exists', async () => {
    const file = join(box.folder(), 'file');
    writeFileSync(file, 'other::0:0::/:\n');
    const r = await box.run(
      'cat /etc/passwd',
      withMount({ destination: '/etc/passwd', type: 'bind', source: file, options: ['bind'] }),
    );
    expect(r.stdout).toBe('other::0:0::/:\n');
  });

  it('a bind source relative to the bundle', async () => {
    const r = await box.run(
      'cat /data/x',
      withMount({ destination: '/data', type: 'bind', source: 'relative', options: ['bind'] }),
      {
        prepare: (bundle) => {
          mkdirSync(join(bundle.dir, 'relative'));
          writeFileSync(join(bundle.dir, 'relative/x'), 'rel\n');
        },
      },
    );
    expect([r.stderr, r.stdout]).toEqual(['', 'rel\n']);
  });

  it('makes missing folders of the destination', async () => {
    const r = await box.run(
      'ls -d /a/b/c',
      withMount({ destination: '/a/b/c', type: 'tmpfs', source: 'tmpfs' }),
    );
    expect(r.stdout).toBe('/a/b/c\n');
  });

  it('rbind takes what is mounted below, bind does not', async () => {
    const folder = box.folder();
    mkdirSync(join(folder, 'sub'));
    await box.sh(`mount -t tmpfs tmpfs ${folder}/sub && echo below > ${folder}/sub/x`);
    const all = await box.run(
      'cat /data/sub/x',
      withMount({ destination: '/data', type: 'bind', source: folder, options: ['rbind'] }),
    );
    const one = await box.run(
      'ls /data/sub',
      withMount({ destination: '/data', type: 'bind', source: folder, options: ['bind'] }),
    );
    await box.sh(`umount ${folder}/sub`);
    expect(all.stdout).toBe('below\n');
    expect(one.stdout).toBe('');
  });

  it('flags of a bind mount', async () => {
    const found = await look({
      destination: '/data',
      type: 'bind',
      source: box.folder(),
      options: ['bind', 'nosuid', 'nodev', 'noexec', 'ro', 'noatime'],
    });
    expect(found.options.split(',').sort()).toEqual(['noatime', 'nodev', 'noexec', 'nosuid', 'ro']);
  });

  it('tmpfs with size, mode, uid and flags', async () => {
    const found = await look({
      destination: '/data',
      type: 'tmpfs',
      source: 'tmpfs',
      options: ['nosuid', 'nodev', 'size=4m', 'mode=1700', 'uid=7', 'nr_inodes=100'],
    });
    expect(found.type).toBe('tmpfs');
    expect(found.options).toContain('nosuid');
    expect(found.options).toContain('nodev');
    for (const option of ['size=4096k', 'mode=1700', 'uid=7', 'nr_inodes=100'])
      expect(found.super).toContain(option);
  });

  it('a later option takes an earlier one back', async () => {
    const found = await look({
      destination: '/data',
      type: 'tmpfs',
      source: 'tmpfs',
      options: ['ro', 'nosuid', 'noexec', 'rw', 'exec'],
    });
    expect(found.options.split(',')).toContain('rw');
    expect(found.options).not.toContain('noexec');
    expect(found.options).toContain('nosuid');
  });

  it('tmpcopyup brings the content of the folder below', async () => {
    const r = await box.run(
      'cat /srv/sub/file; ls -ld /srv/sub; echo more > /srv/more',
      withMount({ destination: '/srv', type: 'tmpfs', source: 'tmpfs', options: ['tmpcopyup'] }),
      {
        prepare: (bundle) => {
          mkdirSync(join(bundle.rootfs, 'srv/sub'), { mode: 0o711 });
          writeFileSync(join(bundle.rootfs, 'srv/sub/file'), 'copied\n');
        },
      },
    );
    expect(r.stdout).toMatch(/^copied\ndrwx--x--x /);
  });

  for (const [option, optional] of [
    ['private', ''],
    ['shared', 'shared:'],
    ['slave', 'master:'],
    ['unbindable', 'unbindable'],
  ] as const) {
    it(`propagation ${option}`, async () => {
      const folder = box.folder();
      await box.sh(`mount --bind ${folder} ${folder} && mount --make-shared ${folder}`);
      const found = await look({
        destination: '/data',
        type: 'bind',
        source: folder,
        options: ['bind', option],
      });
      await box.sh(`umount ${folder}`);
      if (optional === '') expect(found.optional).toBe('');
      else expect(found.optional).toContain(optional);
    });
  }

  it('a mount of the container does not come out: rslave is the default', async () => {
    const folder = box.folder();
    mkdirSync(join(folder, 'sub'));
    await box.sh(`mount --bind ${folder} ${folder} && mount --make-rshared ${folder}`);
    const before = box.mounts().length;
    const r = await box.run('mount -t tmpfs tmpfs /data/sub && echo mounted', (c) => {
      withMount({
        destination: '/data',
        type: 'bind',
        source: folder,
        options: ['rbind', 'rprivate'],
      })(c);
      for (const set of ['bounding', 'effective', 'permitted'] as const)
        c.process.capabilities?.[set]?.push('CAP_SYS_ADMIN');
    });
    expect([r.stderr, r.stdout]).toEqual(['', 'mounted\n']);
    expect(box.mounts().length).toBe(before);
    await box.sh(`umount ${folder}`);
  });

  for (const [value, optional] of [
    ['rprivate', ''],
    ['rslave', 'master:'],
    ['rshared', 'shared:'],
  ] as const) {
    it(`rootfsPropagation ${value} shows in a bind mount of a shared folder`, async () => {
      const folder = box.folder();
      await box.sh(`mount --bind ${folder} ${folder} && mount --make-shared ${folder}`);
      const r = await box.run(`grep ' /data ' /proc/self/mountinfo`, (c) => {
        c.linux.rootfsPropagation = value;
        c.mounts.push({ destination: '/data', type: 'bind', source: folder, options: ['bind'] });
      });
      await box.sh(`umount ${folder}`);
      expect(r.stderr).toBe('');
      const fields = (r.stdout.split(' - ')[0] ?? '').split(' ').slice(6).join(' ');
      if (optional === '') expect(fields).toBe('');
      else expect(fields).toContain(optional);
    });
  }

  it('a shared parent of the rootfs sees nothing', async () => {
    const parent = box.folder();
    await box.sh(`mount -t tmpfs tmpfs ${parent} && mount --make-shared ${parent}`);
    const before = box.mounts().length;
    const bundle = box.bundle(['/bin/probe', 'hold']);
    await box.sh(`cp -a ${bundle.rootfs} ${bundle.dir}/config.json ${parent}`);
    const id = box.id();
    await box.ok(['run', '-d', '-b', parent, id]);
    expect(box.mounts().length).toBe(before);
    await box.ok(['delete', '-f', id]);
    await box.sh(`umount ${parent}`);
  });

  it('root.readonly', async () => {
    const r = await box.run('touch /x', (c) => {
      c.root.readonly = true;
    });
    expect(r.stderr).toContain('Read-only file system');
  });

  it('root.path absolute', async () => {
    const bundle = box.bundle('echo fine');
    bundle.write((c) => {
      c.root.path = bundle.rootfs;
    });
    expect((await box.ok(['run', '-b', bundle.dir, box.id()])).stdout).toBe('fine\n');
  });

  it('a destination that is a symlink is resolved inside the rootfs', async () => {
    const folder = box.folder();
    writeFileSync(join(folder, 'x'), 'here\n');
    const r = await box.run(
      'cat /real/x',
      withMount({
        destination: '/link/x',
        type: 'bind',
        source: join(folder, 'x'),
        options: ['bind'],
      }),
      {
        prepare: (bundle) => symlinkSync('/real', join(bundle.rootfs, 'link')),
      },
    );
    expect([r.stderr, r.stdout]).toEqual(['', 'here\n']);
    expect(existsSync('/real')).toBe(false);
  });

  it("mqueue, devpts and shm are the container's own", async () => {
    const r = await box.run(
      'grep -E " /dev(/pts|/shm|/mqueue)? " /proc/self/mountinfo | sed "s/.* - //" | cut -d" " -f1 | sort',
    );
    expect(r.stdout).toBe('devpts\nmqueue\ntmpfs\ntmpfs\n');
  });

  it("cgroup: the container's own cgroups, read-only when asked", async () => {
    const r = await box.run(
      'ls /sys/fs/cgroup; touch /sys/fs/cgroup/memory/tasks; mkdir /sys/fs/cgroup/memory/x',
      (c) => {
        c.mounts.push({
          destination: '/sys/fs/cgroup',
          type: 'cgroup',
          source: 'cgroup',
          options: ['nosuid', 'noexec', 'nodev', 'relatime', 'ro'],
        });
      },
    );
    expect(r.stdout.split('\n')).toEqual(
      expect.arrayContaining(['memory', 'pids', 'devices', 'freezer']),
    );
    expect(r.stderr).toContain('Read-only file system');
  });

  it('cgroup with a cgroup namespace', async () => {
    const r = await box.run(
      'cat /proc/self/cgroup | cut -d: -f3 | sort -u; ls /sys/fs/cgroup/memory/memory.limit_in_bytes',
      (c) => {
        c.linux.namespaces.push({ type: 'cgroup' });
        c.mounts.push({
          destination: '/sys/fs/cgroup',
          type: 'cgroup',
          source: 'cgroup',
          options: ['nosuid', 'noexec', 'nodev', 'ro'],
        });
      },
    );
    expect(r.stdout).toContain('/sys/fs/cgroup/memory/memory.limit_in_bytes');
    expect(r.stdout.split('\n')[0]).toBe('/');
  });

  it('mount flags of a file system with its own name: a second proc', async () => {
    const found = await look({
      destination: '/proc2',
      type: 'proc',
      source: 'proc',
      options: ['nosuid', 'noexec', 'nodev', 'ro'],
    });
    expect(found.type).toBe('proc');
    expect(found.options.split(',').slice(0, 4).sort()).toEqual([
      'nodev',
      'noexec',
      'nosuid',
      'ro',
    ]);
  });

  it('the source of a bind mount keeps its mode and owner', async () => {
    const folder = box.folder();
    const before = statSync(folder);
    await box.run(
      'true',
      withMount({
        destination: '/data',
        type: 'bind',
        source: folder,
        options: ['rbind', 'ro', 'nosuid'],
      }),
    );
    const after = statSync(folder);
    expect([after.mode, after.uid, after.ctimeMs]).toEqual([
      before.mode,
      before.uid,
      before.ctimeMs,
    ]);
  });

  it('thirty mounts', async () => {
    const mounts = Array.from({ length: 30 }, (_, i) => ({
      destination: `/m/${i}`,
      type: 'tmpfs',
      source: 'tmpfs',
      options: ['size=64k'],
    }));
    const r = await box.run('grep -c " /m/" /proc/self/mountinfo', withMount(...mounts));
    expect(r.stdout).toBe('30\n');
  });
});

describe('masked and read-only paths', () => {
  it('a masked file reads as empty, a masked folder as an empty folder', async () => {
    const r = await box.run(
      'cat /etc/secret | wc -c; ls /srv | wc -l; touch /srv/x 2>&1',
      (c) => {
        c.linux.maskedPaths = ['/etc/secret', '/srv', '/nosuch'];
      },
      {
        prepare: (bundle) => {
          writeFileSync(join(bundle.rootfs, 'etc/secret'), 'secret');
          writeFileSync(join(bundle.rootfs, 'srv/file'), 'secret');
        },
      },
    );
    expect(r.stdout).toMatch(/^0\n0\ntouch: .*Read-only file system\n$/);
  });

  it('the default ones of /proc and /sys', async () => {
    const r = await box.run(
      'cat /proc/kcore /proc/keys /proc/timer_list | wc -c; ls /sys/firmware | wc -l; echo 1 > /proc/sys/kernel/shmmax',
    );
    expect(r.stdout).toBe('0\n0\n');
    expect(r.stderr).toContain('Read-only file system');
  });

  it('a read-only path is read-only with all below it', async () => {
    const r = await box.run(
      'touch /srv/x; touch /srv/deep/x; cat /srv/deep/y; touch /tmp/x && echo tmp',
      (c) => {
        c.linux.readonlyPaths = ['/srv', '/nosuch'];
      },
      {
        prepare: (bundle) => {
          mkdirSync(join(bundle.rootfs, 'srv/deep'));
          writeFileSync(join(bundle.rootfs, 'srv/deep/y'), 'y\n');
        },
      },
    );
    expect(r.stderr.match(/Read-only file system/g)).toHaveLength(2);
    expect(r.stdout).toBe('y\ntmp\n');
  });

  it('keeps the flags of the mount that is made read-only', async () => {
    const r = await box.run('grep " /data/ro " /proc/self/mountinfo | cut -d" " -f6', (c) => {
      c.mounts.push({
        destination: '/data',
        type: 'tmpfs',
        source: 'tmpfs',
        options: ['nosuid', 'nodev', 'noexec'],
      });
      c.mounts.push({
        destination: '/data/ro',
        type: 'tmpfs',
        source: 'tmpfs',
        options: ['nosuid', 'nodev', 'noexec'],
      });
      c.linux.readonlyPaths = ['/data/ro'];
    });
    expect(r.stdout.trim().split('\n').at(-1)?.split(',').slice(0, 4).sort()).toEqual([
      'nodev',
      'noexec',
      'nosuid',
      'ro',
    ]);
  });
});
