// A container as a service of systemd: sd_notify(3) out of it. The manager here is a socket of the test's.
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Running, requires, useBox } from '../support/index.ts';

const box = useBox();

/** Prints each message that comes to the socket, and closes the descriptors that come with it. */
const manager = `
import socket, sys, os, array
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print('listens', flush=True)
while True:
    data, control, _, _ = s.recvmsg(4096, socket.CMSG_SPACE(16))
    print(repr(data.decode()), flush=True)
    for _, _, fds in control:
        for fd in array.array('i', fds[:4]): os.close(fd)
`;

const ready = `
import socket, os, time
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.connect(os.environ['NOTIFY_SOCKET'])
s.send(b'STATUS=soon')
s.send(b'READY=1\\nSTATUS=up')
time.sleep(1000)
`;

async function listen(): Promise<{ path: string; manager: Running }> {
  const path = join(box.folder(), 'manager.sock');
  const running = box.start(['python3', '-c', manager, path], { timeout: 120_000 });
  await running.until(/listens/, 30_000);
  return { path, manager: running };
}

async function end(running: Running): Promise<void> {
  process.kill(running.pid());
  await running;
}

/** The host's python in the container. */
const withPython = (c: Parameters<NonNullable<Parameters<typeof box.bundle>[1]>>[0]): void => {
  for (const source of ['/usr', '/lib', '/lib64', '/etc']) {
    c.mounts.push({ destination: source, type: 'bind', source, options: ['rbind', 'ro'] });
  }
};

describe('NOTIFY_SOCKET', () => {
  it('start waits for READY, which goes on with the main process and a barrier', async (ctx) => {
    requires(ctx, 'root', 'program python3');
    const { path, manager } = await listen();
    const bundle = box.bundle(['/usr/bin/python3', '-c', ready], withPython);
    const id = box.id();
    const options = { env: { PATH: process.env['PATH'], NOTIFY_SOCKET: path }, timeout: 60_000 };
    await box.ok(['create', '-b', bundle.dir, id], options);
    const { pid } = await box.state(id);
    await box.ok(['start', id], options);
    await manager.until(/BARRIER=1/, 30_000);
    expect(manager.stdout()).toBe(`listens\n'READY=1\\n'\n'MAINPID=${pid}\\n'\n'BARRIER=1'\n`);
    await end(manager);
  });

  it('start returns when the program ends without a word', async (ctx) => {
    requires(ctx, 'root', 'program python3');
    const { path, manager } = await listen();
    const bundle = box.bundle('test -S $NOTIFY_SOCKET && stat -c %a /run/notify/notify.sock');
    const id = box.id();
    const options = { env: { PATH: process.env['PATH'], NOTIFY_SOCKET: path } };
    await box.ok(['create', '-b', bundle.dir, id], options);
    const started = await box.ok(['start', id], options);
    expect(started.code).toBe(0);
    expect(manager.stdout()).toBe('listens\n');
    await end(manager);
  });

  it('run -d waits, run in the foreground names itself the main process', async (ctx) => {
    requires(ctx, 'root', 'program python3');
    const { path, manager } = await listen();
    const bundle = box.bundle(['/usr/bin/python3', '-c', ready], withPython);
    const options = { env: { PATH: process.env['PATH'], NOTIFY_SOCKET: path }, timeout: 60_000 };
    const id = box.id();
    await box.ok(['run', '-d', '-b', bundle.dir, id], options);
    await manager.until(/BARRIER=1/, 30_000);
    expect(manager.stdout()).toContain(`MAINPID=${(await box.state(id)).pid}`);
    const second = box.id();
    const running = box.rt(['run', '-b', bundle.dir, second], options);
    await manager.until(/BARRIER=1(.|\n)*BARRIER=1/, 30_000);
    expect(manager.stdout()).not.toContain(`MAINPID=${(await box.state(second)).pid}\n`);
    await box.ok(['kill', second, 'KILL']);
    expect((await running).code).toBe(137);
    await end(manager);
  });

  it('a manager that is not there is an error, and nothing stays', async (ctx) => {
    requires(ctx, 'root');
    const NOTIFY_SOCKET = join(box.folder(), 'nobody.sock');
    const bundle = box.bundle(['/bin/probe', 'hold']);
    const options = { env: { PATH: process.env['PATH'], NOTIFY_SOCKET } };
    const r = await box.rt(['run', '-d', '-b', bundle.dir, box.id()], options);
    expect(r.code).toBe(1);
    expect(r.stderr).toMatch(/nobody.sock/);
  });
});
