// CVE-2024-21626, CVE-2016-9962 and their kin: no descriptor of the host reaches the container.
import { createHash } from 'node:crypto';
import {
  existsSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { exceptOn, useBox } from '../../support/index.ts';

const box = useBox();
const leak = ['--open', '9', '/', '--open', '17', '/sys/fs/cgroup', '--open', '33', '/etc'];

describe('descriptors', () => {
  it('cwd-fd: a cwd of /proc/self/fd/N never leads out', async (ctx) => {
    exceptOn(ctx, 'runc', '1.1.5 is vulnerable (CVE-2024-21626)');
    for (let n = 3; n <= 20; n++) {
      const r = await box.run(
        'pwd; ls ../../../../../../etc/shadow ../../../../etc/os-release 2>/dev/null',
        (c) => {
          c.process.cwd = `/proc/self/fd/${n}`;
        },
        { enter: leak },
      );
      if (r.code === 0 || r.stdout) expect(r.stdout).toMatch(/^\/proc\/|^\//);
      expect(r.stdout).not.toMatch(/os-release|shadow|unreachable/);
    }
  });

  it('cwd-symlink-fd: nor through a link in the rootfs', async (ctx) => {
    exceptOn(ctx, 'runc', '1.1.5 is vulnerable (CVE-2024-21626)');
    for (let n = 3; n <= 12; n++) {
      const r = await box.run(
        'ls ../../../../../../etc/os-release 2>/dev/null',
        (c) => {
          c.process.cwd = '/srv/link';
        },
        {
          enter: leak,
          prepare: (b) => symlinkSync(`/proc/self/fd/${n}`, join(b.rootfs, 'srv/link')),
        },
      );
      expect(r.stdout).toBe('');
    }
  });

  it('exec-cwd-fd: nor for exec --cwd', async (ctx) => {
    exceptOn(ctx, 'runc', '1.1.5 is vulnerable (CVE-2024-21626)');
    const { id } = await box.running();
    for (let n = 3; n <= 20; n++) {
      const r = await box.rt(
        ['exec', '--cwd', `/proc/self/fd/${n}`, id, 'ls', '../../../../../etc/os-release'],
        { enter: leak },
      );
      expect(r.stdout).toBe('');
      expect(r.code).not.toBe(0);
    }
  });

  it('the program itself cannot be named through a descriptor', async (ctx) => {
    exceptOn(ctx, 'runc', '1.1.5 is vulnerable (CVE-2024-21626)');
    const { id } = await box.running();
    for (let n = 3; n <= 12; n++) {
      const r = await box.rt(['exec', id, `/proc/self/fd/${n}/../bin/true`], { enter: leak });
      expect(r.code).not.toBe(0);
    }
  });

  it('fd-leak-run: only 0, 1 and 2', async () => {
    const r = await box.run(['/bin/probe', 'fds'], undefined, { enter: leak });
    expect([r.code, r.stdout]).toEqual([0, '']);
  });

  it('fd-leak-create: only 0, 1 and 2', async () => {
    const bundle = box.bundle(['/bin/probe', 'fds']);
    const id = box.id();
    const created = box.rt(['create', '-b', bundle.dir, id], { enter: leak });
    await created;
    await box.ok(['start', id], { enter: leak });
    await box.status(id, 'stopped');
    expect(created.stdout()).toBe('');
  });

  it('fd-leak-exec: only 0, 1 and 2', async () => {
    const { id } = await box.running();
    const r = await box.ok(['exec', id, '/bin/probe', 'fds'], { enter: leak });
    expect(r.stdout).toBe('');
  });

  it('fd-leak-hook: only 0, 1 and 2', async (ctx) => {
    exceptOn(ctx, 'runc', 'its startContainer hooks see exec.fifo');
    const bundle = box.bundle('exit 0');
    const log = join(bundle.dir, 'log');
    writeFileSync(log, '');
    const probe = join(bundle.rootfs, 'bin/probe');
    bundle.write((c) => {
      c.mounts.push({ destination: log, type: 'bind', source: log, options: ['bind'] });
      c.hooks = Object.fromEntries(
        (
          [
            'prestart',
            'createRuntime',
            'createContainer',
            'startContainer',
            'poststart',
            'poststop',
          ] as const
        ).map((point) => [
          point,
          [
            {
              path: '/bin/sh',
              args: [
                'sh',
                '-c',
                `${point === 'startContainer' ? '/bin/probe' : probe} fds >> ${log}`,
              ],
            },
          ],
        ]),
      );
    });
    const r = await box.rt(['run', '-b', bundle.dir, box.id()], { enter: leak });
    expect(r.stderr).toBe('');
    const foreign = readFileSync(log, 'utf8')
      .split('\n')
      .filter((line) => line && !/ (pipe|anon_inode|socket):/.test(line));
    expect(foreign).toEqual([]);
  });

  it('pid1-before-start: a waiting container holds nothing of the host but its fifo', async (ctx) => {
    exceptOn(ctx, 'runc', 'its init is a Go process with epoll and the like');
    const bundle = box.bundle('exit 0');
    const id = box.id();
    await box.ok(['create', '-b', bundle.dir, id], { enter: leak });
    const { pid } = await box.state(id);
    const open = readdirSync(box.outside(`/proc/${pid}/fd`)).flatMap((fd) => {
      const path = box.outside(`/proc/${pid}/fd/${fd}`);
      try {
        const link = readlinkSync(path);
        const stat = statSync(path);
        // a handle of its own new procfs shows nothing of the host
        return Number(fd) > 2 &&
          link !== '/proc' &&
          (stat.isDirectory() || (stat.isFile() && stat.nlink > 0))
          ? [link]
          : [];
      } catch {
        return [];
      }
    });
    expect(open).toEqual([]);
  });

  it('steal-fds: a container sees no descriptor of a file or folder in processes that join it', async () => {
    const bundle = box.bundle(['/bin/probe', 'steal-fds', '400'], (c) => {
      for (const set of ['bounding', 'effective', 'permitted'] as const)
        c.process.capabilities?.[set]?.push('CAP_SYS_PTRACE');
    });
    const id = box.id();
    const attack = box.rt(['run', '-b', bundle.dir, id]);
    await attack.until(/ready/);
    for (let i = 0; i < 8; i++) {
      const r = await box.rt(['exec', id, '/bin/true']);
      if (r.code !== 0) break; // the attacker has ended
    }
    const r = await attack;
    // 0 to 2 are what the caller of exec gave the joining process as its own.
    expect(r.stdout).not.toMatch(/^BADFD (?![012] )/m);
    expect(r.stdout).toContain('done');
  });
});

describe("CVE-2019-5736: the runtime's executable cannot be overwritten", () => {
  const hash = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex');

  for (const [name, argv] of [
    ['/bin/true', ['/bin/true']],
    ['a link to /proc/self/exe', ['/srv/self']],
    ['a script of #!/proc/self/exe', ['/srv/script']],
    ['/proc/self/exe', ['/proc/self/exe']],
  ] as const) {
    it(`exe-overwrite-exec: while exec of ${name}`, async () => {
      const bundle = box.bundle(['/bin/probe', 'steal-exe', '3000'], (c) => {
        for (const set of ['bounding', 'effective', 'permitted'] as const)
          c.process.capabilities?.[set]?.push('CAP_SYS_PTRACE');
      });
      symlinkSync('/proc/self/exe', join(bundle.rootfs, 'srv/self'));
      writeFileSync(join(bundle.rootfs, 'srv/script'), '#!/proc/self/exe\n', { mode: 0o755 });
      const before = hash(box.runtime.path);
      const mtime = statSync(box.runtime.path).mtimeMs;
      const id = box.id();
      const attack = box.rt(['run', '-b', bundle.dir, id]);
      await attack.until(/ready/);
      for (let i = 0; i < 8; i++) await box.rt(['exec', id, ...argv], { timeout: 10_000 });
      const r = await attack;
      expect(r.stdout).toContain('done');
      // what was written into must be a program of the container: busybox or the probe
      const written = r.stdout.split('\n').filter((line) => line.startsWith('WRITTEN'));
      expect(written.filter((line) => !/ \/bin\/(busybox|probe)$/.test(line))).toEqual([]);
      expect([hash(box.runtime.path), statSync(box.runtime.path).mtimeMs]).toEqual([before, mtime]);
    });
  }

  it('exe-overwrite-init: a container whose program is /proc/self/exe', async () => {
    const before = hash(box.runtime.path);
    const r = await box.run(['/proc/self/exe', 'version']);
    expect(r.stdout + r.stderr).not.toMatch(/version 1\./);
    expect(hash(box.runtime.path)).toBe(before);
    expect(existsSync(box.runtime.path)).toBe(true);
  });
});
