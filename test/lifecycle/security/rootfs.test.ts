// Links and odd files in the rootfs: nothing of the host is written, made or shown.
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  type Bundle,
  type Config,
  exceptOn,
  type Mount,
  tools,
  useBox,
} from '../../support/index.ts';

const box = useBox();
const relink = (b: Bundle, path: string, target: string) => {
  rmSync(join(b.rootfs, path), { recursive: true, force: true });
  symlinkSync(target, join(b.rootfs, path));
};
const mounts =
  (...list: Mount[]) =>
  (c: Config) => {
    c.mounts.push(...list);
  };
/** A folder of the host that must stay as it is. */
function victim(): { dir: string; intact: () => void } {
  const dir = box.folder('victim');
  writeFileSync(join(dir, 'file'), 'host\n');
  mkdirSync(join(dir, 'sub'));
  return {
    dir,
    intact: () => {
      expect(readdirSync(dir).toSorted()).toEqual(['file', 'sub']);
      expect(readdirSync(join(dir, 'sub'))).toEqual([]);
      expect(readFileSync(join(dir, 'file'), 'utf8')).toBe('host\n');
    },
  };
}

describe('/proc and /sys of the rootfs are links', () => {
  const cases: [string, 'proc' | 'sys', (b: Bundle, dir: string) => string][] = [
    ['sym-proc-abs', 'proc', (_, dir) => dir],
    ['sym-proc-inroot', 'proc', () => '/srv'],
    ['sym-proc-dotdot', 'proc', () => '../../../../../../tmp'],
    ['sym-sys-abs', 'sys', (_, dir) => dir],
    ['sym-sys-inroot', 'sys', () => '/srv'],
  ];
  for (const [name, path, target] of cases) {
    it(name, async () => {
      const v = victim();
      const r = await box.run(
        'grep -E " (proc|sysfs) " /proc/self/mountinfo; echo ran',
        undefined,
        {
          prepare: (b) => relink(b, path, target(b, v.dir)),
        },
      );
      expect(r.code).toBe(1);
      expect(r.stdout).not.toContain('ran');
      expect(r.stderr.trim()).not.toBe('');
      v.intact();
      await box.expectNothingLeft();
    });
  }
});

describe('mounts below /proc', () => {
  for (const [name, mount] of [
    ['mount-tmpfs-on-proc', { destination: '/proc', type: 'tmpfs', source: 'tmpfs' }],
    [
      'mount-bind-on-proc',
      { destination: '/proc', type: 'bind', source: '/tmp', options: ['bind'] },
    ],
    [
      'mount-in-proc-sys',
      {
        destination: '/proc/sys/kernel/hostname',
        type: 'bind',
        source: '/etc/hostname',
        options: ['bind'],
      },
    ],
    ['mount-in-proc-self-attr', { destination: '/proc/self/attr', type: 'tmpfs', source: 'tmpfs' }],
    [
      'mount in /proc by a detour',
      { destination: '/srv/../proc/self/attr', type: 'tmpfs', source: 'tmpfs' },
    ],
  ] as [string, Mount][]) {
    it(`${name} is refused`, async (ctx) => {
      if (mount.destination.endsWith('attr')) exceptOn(ctx, 'runc', '1.1.5 does not look at tmpfs');
      const r = await box.run('echo ran', mounts(mount));
      expect(r.code).toBe(1);
      expect(r.stdout).toBe('');
      await box.expectNothingLeft();
    });
  }

  it('through a link in the rootfs is refused', async (ctx) => {
    exceptOn(ctx, 'runc', '1.1.5 does not look at tmpfs');
    const r = await box.run(
      'echo ran',
      mounts({ destination: '/srv/link/attr', type: 'tmpfs', source: 'tmpfs' }),
      {
        prepare: (b) => symlinkSync('/proc/self', join(b.rootfs, 'srv/link')),
      },
    );
    expect(r.code).toBe(1);
    expect(r.stdout).toBe('');
  });

  it("lxcfs's files are allowed", async () => {
    const file = join(box.folder(), 'meminfo');
    writeFileSync(file, 'MemTotal: 1 kB\n');
    const r = await box.run(
      'cat /proc/meminfo',
      mounts({ destination: '/proc/meminfo', type: 'bind', source: file, options: ['bind', 'ro'] }),
    );
    expect([r.stderr, r.stdout]).toEqual(['', 'MemTotal: 1 kB\n']);
  });
});

describe('mount destinations through links', () => {
  it('sym-bind-parent-abs: an absolute link is taken inside the rootfs', async () => {
    const v = victim();
    const r = await box.run(
      'echo ran',
      mounts({ destination: '/link/new/place', type: 'tmpfs', source: 'tmpfs' }),
      {
        prepare: (b) => relink(b, 'link', v.dir),
      },
    );
    expect([0, 1]).toContain(r.code);
    v.intact();
  });

  it('sym-bind-parent-dotdot: a link upwards stays in the rootfs', async () => {
    const v = victim();
    const up = '../'.repeat(12);
    const r = await box.run(
      'echo ran',
      mounts({ destination: '/link/sub/place', type: 'tmpfs', source: 'tmpfs' }),
      {
        prepare: (b) => relink(b, 'link', `${up}${v.dir}`),
      },
    );
    expect([0, 1]).toContain(r.code);
    v.intact();
  });

  it('sym-bind-newfile: no file is made on the host', async () => {
    const v = victim();
    const r = await box.run(
      'echo ran',
      mounts({
        destination: '/link/newfile',
        type: 'bind',
        source: '/etc/hostname',
        options: ['bind'],
      }),
      {
        prepare: (b) => relink(b, 'link', v.dir),
      },
    );
    expect([0, 1]).toContain(r.code);
    v.intact();
  });

  it('mount-dest: .. in the destination stays in the rootfs', async () => {
    const v = victim();
    await box.run(
      'echo ran',
      mounts({ destination: `/../../../../../..${v.dir}/made`, type: 'tmpfs', source: 'tmpfs' }),
    );
    v.intact();
  });

  it('mount-bind-hardlink: binding onto a file does not write into it', async () => {
    const v = victim();
    const r = await box.run(
      'cat /srv/file',
      mounts({
        destination: '/srv/file',
        type: 'bind',
        source: '/etc/hostname',
        options: ['bind'],
      }),
      {
        prepare: (b) => execFileSync('ln', [join(v.dir, 'file'), join(b.rootfs, 'srv/file')]),
      },
    );
    expect(r.stdout).toBe(readFileSync('/etc/hostname', 'utf8'));
    v.intact();
  });

  it('mount-bind-fifo: a fifo as destination does not hang', async () => {
    const r = await box.run(
      'echo ran',
      mounts({
        destination: '/srv/fifo',
        type: 'bind',
        source: '/etc/hostname',
        options: ['bind'],
      }),
      {
        prepare: (b) => execFileSync('mkfifo', [join(b.rootfs, 'srv/fifo')]),
        timeout: 8000,
      },
    );
    expect([0, 1]).toContain(r.code);
  });

  it('toctou-rootfs: a component that is swapped all the time never leads out', async (ctx) => {
    exceptOn(ctx, 'runc', '1.1.5 is vulnerable (CVE-2024-45310)');
    const v = victim();
    const bundle = box.bundle(
      'true',
      mounts({ destination: '/swap/a/b', type: 'tmpfs', source: 'tmpfs' }),
    );
    mkdirSync(join(bundle.rootfs, 'swap'));
    symlinkSync(`${'../'.repeat(12)}${v.dir}/sub`, join(bundle.rootfs, 'other'));
    const swap = box.sh(
      `cd ${bundle.rootfs}; while :; do mv -T swap away; mv -T other swap; mv -T swap other; mv -T away swap; done 2>/dev/null`,
    );
    for (let i = 0; i < 15; i++) await box.rt(['run', '-b', bundle.dir, box.id()]);
    process.kill(swap.pid(), 'SIGKILL');
    await swap;
    v.intact();
  });
});

describe('masked paths', () => {
  it('mask-works', async () => {
    const r = await box.run('cat /etc/passwd | wc -c', (c) => {
      c.linux.maskedPaths = ['/etc/passwd'];
    });
    expect(r.stdout).toBe('0\n');
  });

  it("mask-devnull-symlink: the container's /dev/null is not trusted (CVE-2025-31133)", async (ctx) => {
    exceptOn(ctx, 'runc', '1.1.5 is vulnerable');
    const v = victim();
    const bundle = box.bundle('cat /etc/secret; echo hacked > /etc/secret; true', (c) => {
      // no /dev of its own: the rootfs's one, whose null is a link to a file that must not show up
      c.mounts = c.mounts.filter((m) => !m.destination.startsWith('/dev'));
      c.linux.maskedPaths = ['/etc/secret'];
      c.mounts.push({ destination: '/host', type: 'bind', source: v.dir, options: ['bind'] });
    });
    writeFileSync(join(bundle.rootfs, 'etc/secret'), 'secret\n');
    symlinkSync('/host/file', join(bundle.rootfs, 'dev/null'));
    const r = await box.rt(['run', '-b', bundle.dir, box.id()]);
    expect(r.stdout).toBe('');
    v.intact();
  });

  it('mask-nodev: a missing /dev/null is no reason not to mask', async () => {
    const r = await box.run('cat /etc/passwd', (c) => {
      c.mounts = c.mounts.filter((m) => !m.destination.startsWith('/dev'));
      c.linux.maskedPaths = ['/etc/passwd'];
    });
    expect(r.stdout).toBe('');
  });

  it('mask-symlink: a link is masked at its target inside, or the container is refused', async () => {
    const v = victim();
    const r = await box.run(
      'cat /etc/link',
      (c) => {
        c.linux.maskedPaths = ['/etc/link'];
      },
      {
        prepare: (b) => {
          writeFileSync(join(b.rootfs, 'srv/secret'), 'secret\n');
          symlinkSync('/srv/secret', join(b.rootfs, 'etc/link'));
        },
      },
    );
    expect(r.stdout).toBe('');
    v.intact();
  });
});

describe('/dev', () => {
  for (const [name, target] of [
    ['dev-dir-symlink', (dir: string) => dir],
    ['dev-dir-dotdot', (dir: string) => `${'../'.repeat(12)}${dir}`],
  ] as const) {
    it(`${name}: no node or link is made on the host (CVE-2026-41579)`, async (ctx) => {
      exceptOn(ctx, 'runc', '1.1.5 is vulnerable');
      const v = victim();
      const r = await box.run(
        'echo ran',
        (c) => {
          c.mounts = c.mounts.filter((m) => !m.destination.startsWith('/dev'));
        },
        { prepare: (b) => relink(b, 'dev', target(v.dir)) },
      );
      expect([0, 1]).toContain(r.code);
      v.intact();
    });
  }

  it('dev-node-symlink: a node that is a link is replaced or refused, its target untouched', async (ctx) => {
    exceptOn(ctx, 'runc', '1.1.5 keeps what exists');
    const v = victim();
    await box.run(
      'echo written > /dev/full; true',
      (c) => {
        c.mounts = c.mounts.filter((m) => !m.destination.startsWith('/dev'));
        c.mounts.push({ destination: '/host', type: 'bind', source: v.dir, options: ['bind'] });
      },
      { prepare: (b) => symlinkSync('/host/file', join(b.rootfs, 'dev/full')) },
    );
    v.intact();
  });

  it('dev-path-traversal: .. in the path of a device stays in the rootfs', async () => {
    const v = victim();
    await box.run('true', (c) => {
      c.linux.devices = [
        { path: `/dev/../../../../../../..${v.dir}/node`, type: 'c', major: 1, minor: 3 },
      ];
    });
    v.intact();
  });
});

describe('files that the runtime reads in the rootfs', () => {
  it('passwd-fifo: a fifo as /etc/passwd does not hang', async (ctx) => {
    exceptOn(ctx, 'runc', 'hangs');
    const fifo = (b: Bundle) => {
      rmSync(join(b.rootfs, 'etc/passwd'));
      execFileSync('mkfifo', [join(b.rootfs, 'etc/passwd')]);
    };
    const r = await box.run('echo "$HOME"', undefined, { prepare: fifo, timeout: 8000 });
    if (r.code === 0) expect(r.stdout).toBe('/\n');
  });

  it('passwd-link: a link upwards is taken inside', async () => {
    const r = await box.run(
      'echo $HOME',
      (c) => {
        c.process.user = { uid: 4242, gid: 4242 };
      },
      {
        prepare: (b) => {
          const outside = join(b.dir, 'passwd');
          writeFileSync(outside, 'evil:x:4242:4242::/outside:/bin/sh\n');
          relink(b, 'etc/passwd', `../../../../../../../..${outside}`);
        },
      },
    );
    expect(r.stdout).not.toContain('outside');
  });

  it('passwd-zero: an endless /etc/passwd does not hang', async (ctx) => {
    exceptOn(ctx, 'runc', 'may read for ever');
    const r = await box.run('echo done', undefined, {
      prepare: (b) => relink(b, 'etc/passwd', '/dev/zero'),
      timeout: 8000,
    });
    expect([0, 1]).toContain(r.code);
  });
});

describe('the terminal', () => {
  it('tty-console-symlink: /dev/console of the rootfs as a link is not followed', async (ctx) => {
    exceptOn(ctx, 'runc', '1.1.5 mounts the terminal onto its target (CVE-2025-52565)');
    const v = victim();
    const socket = join(box.folder(), 'sock');
    const tty = box.start([tools().tty, socket]);
    await tty.until(/listening/);
    const bundle = box.bundle('cat /host/file', (c) => {
      c.process.terminal = true;
      c.mounts = c.mounts.filter((m) => m.destination !== '/dev');
      c.mounts.push({ destination: '/host', type: 'bind', source: v.dir, options: ['bind'] });
    });
    mkdirSync(join(bundle.rootfs, 'dev/pts'), { recursive: true });
    symlinkSync('/host/file', join(bundle.rootfs, 'dev/console'));
    const r = await box.rt(['run', '-d', '-b', bundle.dir, '--console-socket', socket, box.id()]);
    if (r.code !== 0) tty.child.kill('SIGKILL');
    await tty;
    if (r.code === 0) expect(tty.stdout()).toContain('host');
    v.intact();
    expect(existsSync(join(v.dir, 'file'))).toBe(true);
  });
});
