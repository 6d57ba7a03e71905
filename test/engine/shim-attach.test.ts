// Clients of rundlet-shim: attach and exec, with and without a terminal.
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { nodeHost } from '../../src/host/node-host.ts';
import { makeShimBox, type ShimBox, useShimBoxes } from './support/shim-box.ts';
import { attachClient, execClient, shimClient } from './support/shim-client.ts';

const host = nodeHost();
const boxes = useShimBoxes();

async function running(...args: Parameters<typeof makeShimBox>) {
  const made = await makeShimBox(...args);
  boxes.push(made);
  const { handle, failure, pid } = await host.call('shimStart', made.spec);
  expect(failure).toBeUndefined();
  expect(await host.call('shimGo', { handle })).toEqual({});
  return { ...made, containerPid: pid };
}

async function kill(made: { containerPid: number; socket: string }): Promise<void> {
  process.kill(made.containerPid, 'SIGKILL');
  await host.call('shimWait', { socket: made.socket });
}

const echo =
  'while read line; do echo "got $line"; [ "$line" = end ] && exit 5; done; echo eof; exit 6';

describe('attach', () => {
  it('loses nothing of what is printed before and after it runs', async () => {
    const made = await makeShimBox('seq 1 20000; echo err >&2; exit 3');
    boxes.push(made);
    const client = shimClient(
      `const started = await call('shimStart', ${JSON.stringify(made.spec)});
       const { handle, tty } = await call('shimAttachOpen',
         { socket: '${made.socket}', stdin: false, stdout: true, stderr: true });
       await call('shimGo', { handle: started.handle });
       return { tty, ...await call('shimAttach',
         { handle, detachKeys: [], signalProxy: false, redraw: false }) };`,
    );
    expect(await client.result()).toEqual({ tty: false, kind: 'ended', exitCode: 3 });
    expect(client.stdout().split('\n')).toEqual([
      ...Array.from({ length: 20_000 }, (_, number) => String(number + 1)),
      '',
    ]);
    expect(client.stderr()).toBe('err\n');
    expect(made.log()).toHaveLength(20_001);
  });

  it('is for several at once, and input is everybody’s', async () => {
    const made = await running(echo, { openStdin: true });
    const first = attachClient(made.socket);
    const second = attachClient(made.socket);
    first.child.stdin.write('one\n');
    await first.shows('got one');
    // The second may have come after it.
    second.child.stdin.write('two\n');
    await second.shows('got two');
    await first.shows('got two');
    first.child.stdin.write('end\n');
    expect(await first.result()).toEqual({ kind: 'ended', exitCode: 5 });
    expect(await second.result()).toEqual({ kind: 'ended', exitCode: 5 });
  });

  it('with stdinOnce the end of the input is the container’s', async () => {
    const made = await running(echo, { openStdin: true, stdinOnce: true });
    const client = attachClient(made.socket);
    client.child.stdin.end('last\n');
    expect(await client.result()).toEqual({ kind: 'ended', exitCode: 6 });
    expect(client.stdout()).toBe('got last\neof\n');
  });

  it('without stdinOnce it only detaches', async () => {
    const made = await running(echo, { openStdin: true });
    const client = attachClient(made.socket);
    client.child.stdin.end('last\n');
    expect(await client.result()).toEqual({ kind: 'detached', exitCode: 0 });
    const { ended } = await host.call('shimWait', { socket: made.socket, timeoutMs: 1 });
    expect(ended).toBe(false);
    await kill(made);
  });

  it('a client that stops reading stops nothing, and is told what it missed', async () => {
    const made = await running(
      'while read line; do head -c 3000000 /dev/zero | tr "\\0" "x"; echo; echo "done $line" >&2; done',
      { openStdin: true },
    );
    const stuck = attachClient(made.socket, { stdin: false, stderr: false });
    const reader = attachClient(made.socket, { stdout: false });
    await stuck.attached();
    reader.child.stdin.write('0\n');
    await stuck.shows('xxx');
    stuck.child.stdout.pause();
    stuck.child.kill('SIGSTOP');
    for (const number of [1, 2, 3]) {
      reader.child.stdin.write(`${number}\n`);
      const end = Date.now() + 10_000;
      while (!reader.stderr().includes(`done ${number}`) && Date.now() < end) {
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      expect(reader.stderr()).toContain(`done ${number}`);
    }
    stuck.child.kill('SIGCONT');
    stuck.child.stdout.resume();
    reader.child.stdin.write('4\n');
    await expect
      .poll(() => stuck.stderr(), { timeout: 10_000 })
      .toMatch(/\d+ bytes of output are left out/);
    await expect.poll(() => reader.stderr(), { timeout: 10_000 }).toContain('done 4');
    await kill(made);
    await stuck.result();
    const logged = made.log().filter(({ stream }) => stream === 'stdout');
    expect(logged.reduce((sum, { log }) => sum + log.length, 0)).toBe(5 * 3_000_001);
  });

  it('a client that stops reading does not keep the engine from cleaning up', async () => {
    const made = await running('read line; head -c 300000 /dev/zero | tr "\\0" "x"', {
      openStdin: true,
    });
    const stuck = attachClient(made.socket, { stdin: false });
    await stuck.attached();
    stuck.child.kill('SIGSTOP');
    writeFileSync(made.io('init-stdin'), 'go\n');
    await made.cleaned();
    expect(readdirSync(made.spec.ownDirectory).sort()).toEqual(['exit.json', 'shim.sock']);
    // And still it is told all, to the end.
    stuck.child.kill('SIGCONT');
    expect(await stuck.result()).toEqual({ kind: 'ended', exitCode: 0 });
    expect(stuck.stdout()).toBe('x'.repeat(300_000));
  });
});

describe('a terminal', () => {
  const shell = 'stty size; while read line; do echo "got $line"; stty size; done';

  it('is the container’s, with our size, and the log has its bytes', async () => {
    const made = await running('read first; tty; stty size; read line; echo "<$line>"; exit 4', {
      tty: true,
      openStdin: true,
    });
    expect(existsSync(made.io('init-stderr'))).toBe(false);
    const client = attachClient(made.socket, { size: '33x101' });
    await client.attached();
    client.child.stdin.write('go\r');
    await client.shows('33 101');
    client.child.stdin.write('typed\r');
    expect(await client.result()).toEqual({ kind: 'ended', exitCode: 4 });
    expect(client.stdout()).toMatch(
      /go\r\n\/dev\/(pts\/0|console)\r\n33 101\r\ntyped\r\n<typed>\r\n$/,
    );
    expect(made.log().map(({ log, stream }) => `${stream} ${log}`)).toContain('stdout <typed>\r\n');
  });

  it('is left by keys, and found again', async () => {
    const made = await running(shell, { tty: true, openStdin: true });
    const first = attachClient(made.socket, { size: '20x70', redraw: true });
    await first.attached();
    first.child.stdin.write('a\r');
    await first.shows(/got a\r\n20 70/);
    first.child.stdin.write('\x10');
    first.child.stdin.write('\x11');
    expect(await first.result()).toEqual({ kind: 'detached', exitCode: 0 });
    const second = attachClient(made.socket, { size: '21x71', redraw: true });
    await second.attached();
    second.child.stdin.write('b\r');
    await second.shows(/got b\r\n21 71/);
    await host.call('shimResize', { socket: made.socket, width: 99, height: 30 });
    second.child.stdin.write('c\r');
    await second.shows(/got c\r\n30 99/);
    await kill(made);
    expect(await second.result()).toEqual({ kind: 'ended', exitCode: 137 });
  });

  it('is reached by the fifos too', async () => {
    const made = await running(shell, { tty: true, openStdin: true });
    writeFileSync(made.io('init-stdin'), 'by hand\n');
    await expect.poll(() => made.log().map(({ log }) => log)).toContain('got by hand\r\n');
    await kill(made);
  });
});

describe('exec', () => {
  const id = () => randomBytes(32).toString('hex');
  const process1 = (made: ShimBox, args: string[], terminal = false) =>
    JSON.stringify({ ...made.bundle.config.process, args, terminal });
  const wish = (made: ShimBox, args: string[]) => ({
    socket: made.socket,
    id: id(),
    process: process1(made, args),
    tty: false,
    stdin: false,
    stdout: true,
    stderr: true,
    detach: false,
    detachKeys: [16, 17],
  });

  it('runs a process of its own streams, outside of the log', async () => {
    const made = await running('sleep 1000');
    const client = execClient(wish(made, ['sh', '-c', 'echo out; echo err >&2; exit 7']));
    expect(await client.result()).toEqual({ kind: 'ended', exitCode: 7, pid: expect.any(Number) });
    expect([client.stdout(), client.stderr()]).toEqual(['out\n', 'err\n']);
    expect(made.log()).toEqual([]);
    expect(readdirSync(made.spec.ioDirectory)).toEqual(['init-stderr', 'init-stdout']);
    expect(readdirSync(made.spec.ownDirectory).sort()).toEqual(['shim.pid', 'shim.sock']);
    await kill(made);
  });

  it('has fifos while it runs, takes input to its end', async () => {
    const made = await running('sleep 1000');
    const asked = { ...wish(made, ['sh', '-c', 'cat; exit 2']), stdin: true };
    const client = execClient(asked);
    client.child.stdin.write('first\n');
    await client.shows('first\n');
    expect(readdirSync(made.spec.ioDirectory).sort()).toEqual(
      [
        ...['stderr', 'stdin', 'stdout'].map((stream) => `${asked.id}-${stream}`),
        'init-stderr',
        'init-stdout',
      ].sort(),
    );
    writeFileSync(made.io(`${asked.id}-stdin`), 'by hand\n');
    await client.shows('by hand\n');
    client.child.stdin.end('second\n');
    expect(await client.result()).toMatchObject({ kind: 'ended', exitCode: 2 });
    expect(client.stdout()).toBe('first\nby hand\nsecond\n');
    await kill(made);
  });

  it('has a terminal, and is left by keys', async () => {
    const made = await running('sleep 1000');
    const asked = {
      ...wish(made, []),
      process: process1(made, ['sh', '-c', 'read a; stty size; echo "<$a>"; read b; exit 3'], true),
      tty: true,
      stdin: true,
    };
    const client = execClient({ ...asked, size: '12x34' });
    client.child.stdin.write('hi\r');
    await client.shows('12 34\r\n<hi>');
    client.child.stdin.write('\x10\x11');
    expect(await client.result()).toMatchObject({ kind: 'detached' });
    await host.call('shimResize', { socket: made.socket, execId: asked.id, width: 5, height: 6 });
    await kill(made);
  });

  it('goes on by itself with detach', async () => {
    const made = await running('sleep 1000');
    const asked = { ...wish(made, ['sh', '-c', 'echo $$ > /tmp/here; echo x']), detach: true };
    const answer = await host.call('shimExec', asked);
    expect(answer).toEqual({ kind: 'started', exitCode: 0, pid: expect.any(Number) });
    await expect.poll(() => existsSync(join(made.bundle.rootfs, 'tmp/here'))).toBe(true);
    await expect
      .poll(() => readdirSync(made.spec.ioDirectory))
      .toEqual(['init-stderr', 'init-stdout']);
    await kill(made);
  });

  it('tells why it cannot', async () => {
    const made = await running('sleep 1000');
    const answer = await host.call('shimExec', wish(made, ['/nonexistent']));
    expect(answer).toMatchObject({
      kind: 'failed',
      failure: { command: 'exec', message: expect.stringContaining('/nonexistent') },
    });
    expect(readdirSync(made.spec.ioDirectory)).toEqual(['init-stderr', 'init-stdout']);
    await kill(made);
  });

  it('ends with the container', async () => {
    const made = await running('sleep 1000');
    const client = execClient(wish(made, ['sh', '-c', 'echo here; sleep 1000']));
    await client.shows('here');
    await kill(made);
    expect(await client.result()).toMatchObject({ kind: 'ended', exitCode: 137 });
  });
});
