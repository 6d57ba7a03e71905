import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { eventually, exceptOn, type Running, tools, useBox } from '../support/index.ts';

const box = useBox();

/** The other end of a console socket, listening. */
async function terminal(input?: string, size?: string): Promise<{ socket: string; tty: Running }> {
  const socket = join(box.folder('tty'), 'sock');
  const tty = box.start(
    [tools().tty, socket, ...(size ? [size] : [])],
    input === undefined ? {} : { input },
  );
  await tty.until(/listening/);
  return { socket, tty };
}

describe('console socket', () => {
  it('create sends the master of a pty; the container has its other end as controlling terminal', async () => {
    const { socket, tty } = await terminal();
    const bundle = box.bundle(
      'tty; [ -t 0 ] && [ -t 1 ] && [ -t 2 ] && echo all; echo done > /dev/tty; ls -l /dev/console',
      (c) => {
        c.process.terminal = true;
      },
    );
    const id = box.id();
    await box.ok(['create', '-b', bundle.dir, '--console-socket', socket, id]);
    await box.ok(['start', id]);
    await tty;
    expect(tty.stdout()).toMatch(/fd \S+ tty=1 fds=1/);
    expect(tty.stdout()).toMatch(/\/dev\/(console|pts\/0)/);
    expect(tty.stdout()).toContain('all');
    expect(tty.stdout()).toContain('done');
    expect(tty.stdout()).toMatch(/crw\S+ .*136,\s+0 .*\/dev\/console/);
  });

  it('hands what is typed to the container', async () => {
    const { socket, tty } = await terminal('typed\n');
    const bundle = box.bundle('read x; echo "got <$x>"', (c) => {
      c.process.terminal = true;
    });
    await box.ok(['run', '-d', '-b', bundle.dir, '--console-socket', socket, box.id()]);
    await tty.until(/got <typed>/);
    await tty;
  });

  it('sets the size of process.consoleSize', async () => {
    const { socket, tty } = await terminal();
    const bundle = box.bundle('stty size', (c) => {
      c.process.terminal = true;
      c.process.consoleSize = { height: 33, width: 99 };
    });
    await box.ok(['run', '-d', '-b', bundle.dir, '--console-socket', socket, box.id()]);
    await tty;
    expect(tty.stdout()).toContain('33 99');
  });

  it('gives the terminal to a user other than root', async () => {
    const { socket, tty } = await terminal();
    const bundle = box.bundle('echo hi > /dev/tty; ls -ln /dev/pts/0', (c) => {
      c.process.terminal = true;
      c.process.user = { uid: 1000, gid: 1000 };
    });
    await box.ok(['run', '-d', '-b', bundle.dir, '--console-socket', socket, box.id()]);
    await tty;
    expect(tty.stdout()).toMatch(/crw--w---- +1 1000 +\d+ /);
  });

  it('exec -t -d', async () => {
    const { id } = await box.running();
    const { socket, tty } = await terminal();
    await box.ok([
      'exec',
      '-t',
      '-d',
      '--console-socket',
      socket,
      id,
      'sh',
      '-c',
      'tty; [ -t 2 ] && echo all',
    ]);
    await tty;
    expect(tty.stdout()).toMatch(/fd \S+ tty=1 fds=1/);
    expect(tty.stdout()).toMatch(/\/dev\/pts\/\d/);
    expect(tty.stdout()).toContain('all');
  });

  it('a terminal without a socket is refused when the runtime will not stay', async () => {
    const bundle = box.bundle('exit 0', (c) => {
      c.process.terminal = true;
    });
    const r = await box.rt(['create', '-b', bundle.dir, box.id()]);
    expect(r.code).toBe(1);
    expect(r.stderr).toContain(
      'cannot allocate tty if runc will detach without setting console socket',
    );
    await box.expectNothingLeft();
  });

  it('a socket without a terminal is refused', async () => {
    const { socket, tty } = await terminal();
    const bundle = box.bundle('exit 0');
    const r = await box.rt(['create', '-b', bundle.dir, '--console-socket', socket, box.id()]);
    expect(r.code).toBe(1);
    expect(r.stderr).toContain('cannot use console socket if runc will not detach or allocate tty');
    tty.child.kill('SIGKILL');
    await tty;
  });

  for (const [name, path] of [
    ['is not there', '/nosuch/sock'],
    ['is a regular file', '/etc/passwd'],
  ] as const) {
    it(`a socket that ${name} fails and leaves nothing`, async () => {
      const bundle = box.bundle('exit 0', (c) => {
        c.process.terminal = true;
      });
      const r = await box.rt(['create', '-b', bundle.dir, '--console-socket', path, box.id()]);
      expect(r.code).toBe(1);
      expect(r.stderr).not.toBe('');
      await box.expectNothingLeft();
    });
  }

  it('run in the foreground makes its own terminal and copies it', async () => {
    const bundle = box.bundle('[ -t 1 ] && stty size && echo tty-inside; exit 3', (c) => {
      c.process.terminal = true;
    });
    const call = ['--root', box.root, 'run', '-b', bundle.dir, box.id()];
    const r = await box.start([tools().pty, '21x77', box.runtime.path, ...call]);
    expect(r.stdout).toContain('tty-inside');
    expect(r.stdout).toContain('21 77');
    expect(r.code).toBe(3);
  });
});

describe('descriptors', () => {
  it('--preserve-fds hands the first N on, and no more', async () => {
    const bundle = box.bundle(['/bin/probe', 'fds']);
    const file = join(bundle.dir, 'config.json');
    const enter = [3, 4, 5, 6].flatMap((fd) => ['--open', String(fd), file]);
    const r = await box.ok(['run', '-b', bundle.dir, '--preserve-fds', '2', box.id()], { enter });
    expect(
      r.stdout
        .trim()
        .split('\n')
        .map((line) => line.split(' ')[0]),
    ).toEqual(['3', '4']);
  });

  it('--preserve-fds of exec', async () => {
    const { id, bundle } = await box.running();
    const file = join(bundle.dir, 'config.json');
    const enter = [3, 4, 5, 6].flatMap((fd) => ['--open', String(fd), file]);
    const r = await box.ok(['exec', '--preserve-fds=1', id, '/bin/probe', 'fds'], { enter });
    expect(
      r.stdout
        .trim()
        .split('\n')
        .map((line) => line.split(' ')[0]),
    ).toEqual(['3']);
  });

  it('LISTEN_FDS are handed on with LISTEN_PID=1', async (ctx) => {
    exceptOn(ctx, 'crun', 'passes them only where LISTEN_PID is its own');
    const bundle = box.bundle('probe fds; echo $LISTEN_FDS $LISTEN_PID');
    const r = await box.sh(
      `LISTEN_FDS=1 LISTEN_PID=$$ exec ${box.runtime.path} --root ${box.root} run -b ${bundle.dir} ${box.id()}`,
      { enter: ['--open', '3', join(bundle.dir, 'config.json'), '--open', '4', '/'] },
    );
    expect(r.stdout).toMatch(/^3 .*\n1 1\n$/);
  });

  for (const [name, fds] of [
    ['stdin', [0]],
    ['stdout', [1]],
    ['stderr', [2]],
    ['all three', [0, 1, 2]],
  ] as const) {
    it(`works with ${name} closed`, async () => {
      const bundle = box.bundle('echo ran > /ran');
      const id = box.id();
      const r = await box.rt(['run', '-b', bundle.dir, id], {
        enter: fds.flatMap((fd) => ['--close', String(fd)]),
      });
      expect(r.code).toBe(0);
      expect(readFileSync(join(bundle.rootfs, 'ran'), 'utf8')).toBe('ran\n');
      // nothing of the runtime's own writing went into a file that took the number of a closed descriptor
      expect(() => JSON.parse(readFileSync(join(bundle.dir, 'config.json'), 'utf8'))).not.toThrow();
    });
  }

  it('create and start work with all of stdio closed', async () => {
    const enter = [0, 1, 2].flatMap((fd) => ['--close', String(fd)]);
    const bundle = box.bundle('echo ran > /ran');
    const id = box.id();
    await box.ok(['create', '-b', bundle.dir, id], { enter });
    await box.ok(['state', id]);
    await box.ok(['start', id], { enter });
    await box.status(id, 'stopped');
    expect(existsSync(join(bundle.rootfs, 'ran'))).toBe(true);
    await box.ok(['delete', id], { enter });
  });

  it('a reader of stdout that goes away does not hang the container', async () => {
    const bundle = box.bundle('while echo x; do :; done; exit 4');
    const r = await box.sh(
      `${box.runtime.path} --root ${box.root} run -b ${bundle.dir} ${box.id()} 2>/dev/null | head -n 1`,
    );
    expect(r.stdout).toBe('x\n');
    await eventually('the container ends', () => box.processes().length === 0);
  });
});

describe('the state of the caller', () => {
  it('an empty environment is enough', async () => {
    const bundle = box.bundle(['/bin/probe', 'hold']);
    const id = box.id();
    const bare = { enter: ['--clearenv'], cwd: '/' };
    await box.ok(['create', '-b', bundle.dir, id], bare);
    await box.ok(['start', id], bare);
    await box.ok(['exec', id, 'true'], bare);
    await box.ok(['kill', id, '9'], bare);
    await box.status(id, 'stopped');
    await box.ok(['delete', '--force', id], bare);
  });

  it('an empty XDG_RUNTIME_DIR is as good as none (podman)', async () => {
    const bundle = box.bundle('echo fine');
    const r = await box.ok(['run', '-b', bundle.dir, box.id()], {
      env: { XDG_RUNTIME_DIR: '' },
      global: [],
    });
    expect(r.stdout).toBe('fine\n');
  });

  it('the environment of the runtime does not reach the container', async () => {
    const bundle = box.bundle(['/bin/env']);
    const r = await box.ok(['run', '-b', bundle.dir, box.id()], {
      env: {
        PATH: '/usr/bin',
        SECRET: 'x',
        LD_PRELOAD: '',
        NODE_OPTIONS: '--nosuch',
        _RUNDLET_X: '1',
        NOTIFY_SOCKET: '',
      },
    });
    expect(r.stdout.trim().split('\n').sort()).toEqual(
      [
        'HOME=/root',
        'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
        'TERM=xterm',
      ].sort(),
    );
  });

  it('a deleted working directory is no obstacle', async () => {
    const bundle = box.bundle('echo fine');
    const r = await box.rt(['run', '-b', bundle.dir, box.id()], { enter: ['--deleted-cwd'] });
    expect([r.code, r.stdout]).toEqual([0, 'fine\n']);
  });

  it('ignored signals of the caller are not ignored in the container', async (ctx) => {
    const bundle = box.bundle(['/bin/grep', '-E', '^Sig(Ign|Blk)', '/proc/self/status']);
    const enter = [1, 2, 3, 10, 13, 15].flatMap((signal) => ['--ignore', String(signal)]);
    const id = box.id();
    exceptOn(ctx, 'crun', 'leaves some ignored');
    const created = box.rt(['create', '-b', bundle.dir, id], { enter });
    await created;
    await box.ok(['start', id]);
    await created.until(/SigIgn:\t0{16}/);
    const run = await box.ok(['run', '-b', bundle.dir, box.id()], { enter });
    expect(run.stdout).toMatch(/SigIgn:\t0{16}/);
  });

  it('blocked signals of the caller are not blocked in the container', async (ctx) => {
    exceptOn(ctx, 'runc', '1.1.5 leaves SIGUSR1 blocked');
    const bundle = box.bundle(['/bin/grep', '-E', '^SigBlk', '/proc/self/status']);
    const enter = [1, 2, 10, 15, 17].flatMap((signal) => ['--block', String(signal)]);
    const r = await box.ok(['run', '-b', bundle.dir, box.id()], { enter });
    expect(r.stdout).toBe('SigBlk:\t0000000000000000\n');
  });

  it('run reaps its process although the caller blocks and ignores SIGCHLD', async () => {
    const r = await box.run('exit 6', undefined, {
      enter: ['--block', '17', '--ignore', '17'],
      timeout: 10_000,
    });
    expect(r.code).toBe(6);
  });

  it('exec: neither ignored nor blocked signals', async (ctx) => {
    exceptOn(ctx, 'crun', 'leaves some ignored');
    exceptOn(ctx, 'runc', '1.1.5 leaves SIGUSR1 blocked');
    const { id } = await box.running();
    const enter = ['--ignore', '1', '--ignore', '15', '--block', '10'];
    const r = await box.ok(['exec', id, 'grep', '-E', '^Sig(Ign|Blk)', '/proc/self/status'], {
      enter,
    });
    expect(r.stdout).toBe('SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n');
  });

  it('the process name of the container is its own, and nothing of the runtime lives beside it', async () => {
    const { pid } = await box.running();
    await eventually(
      'it has its own name',
      () => box.read(`/proc/${pid}/cmdline`) === '/bin/probe\0hold\0',
    );
    await eventually('it is alone', () => box.processes().length === 1);
  });

  it('a bundle path with spaces and non-ASCII works', async () => {
    const bundle = box.bundle('echo fine');
    const dir = `${bundle.dir} ä €`;
    await box.sh(`mv "$1" "$2"`.replace('$1', bundle.dir).replace('$2', dir));
    writeFileSync(join(dir, 'note'), '');
    expect((await box.ok(['run', '-b', dir, box.id()])).stdout).toBe('fine\n');
  });
});
