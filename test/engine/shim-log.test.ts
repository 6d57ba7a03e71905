// What rundlet-shim does beside carrying bytes: drivers, rotation, full disks, memory, health checks.
import { execFileSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { nodeHost } from '../../src/host/node-host.ts';
import { requires } from '../support/index.ts';
import { makeShimBox, type ShimBox, useShimBoxes } from './support/shim-box.ts';
import { shimClient } from './support/shim-client.ts';

const host = nodeHost();
const boxes = useShimBoxes();

async function start(made: ShimBox): Promise<void> {
  boxes.push(made);
  const { handle, failure } = await host.call('shimStart', made.spec);
  expect(failure).toBeUndefined();
  await host.call('shimGo', { handle });
}

async function run(...args: Parameters<typeof makeShimBox>): Promise<ShimBox> {
  const made = await makeShimBox(...args);
  await start(made);
  expect((await host.call('shimWait', { socket: made.socket })).ended).toBe(true);
  return made;
}

const lines = (from: number, until: number) =>
  Array.from({ length: until - from + 1 }, (_, number) => `${from + number}\n`).join('');

const logs = (made: ShimBox) =>
  readdirSync(made.dir)
    .filter((name) => name.includes('-json.log'))
    .map((name) => name.replace(`${made.id}-json.`, ''))
    .sort();

describe('the log', () => {
  it('is rotated, and no line is in two files', async () => {
    const made = await run('seq 1 5000', {
      log: { driver: 'json-file', path: '', options: { 'max-size': '100k', 'max-file': '3' } },
    });
    expect(logs(made)).toEqual(['log', 'log.1', 'log.2']);
    const texts = ['.2', '.1', ''].map((end) => readFileSync(made.spec.log.path + end, 'utf8'));
    const all = texts
      .join('')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line).log);
    expect(all.join('')).toBe(lines(5001 - all.length, 5000));
    for (const text of texts.slice(0, 2)) {
      // One record more than the size, and no more.
      expect(text.length).toBeGreaterThanOrEqual(100_000);
      expect(text.length).toBeLessThan(100_100);
    }
  });

  it('is compressed', async () => {
    const options = { 'max-size': '100k', 'max-file': '3', compress: 'true' };
    const made = await run('seq 1 5000', { log: { driver: 'json-file', path: '', options } });
    await expect.poll(() => logs(made)).toEqual(['log', 'log.1.gz', 'log.2.gz']);
    const last = gunzipSync(readFileSync(`${made.spec.log.path}.1.gz`)).toString();
    const current = readFileSync(made.spec.log.path, 'utf8');
    const first = JSON.parse(current.split('\n')[0] ?? '');
    const before = JSON.parse(last.trimEnd().split('\n').at(-1) ?? '');
    expect(Number(first.log)).toBe(Number(before.log) + 1);
  });

  it('of the local driver is read back', async () => {
    const made = await makeShimBox(
      'seq 1 3; echo err >&2; head -c 40000 /dev/zero | tr "\\0" x; echo; printf end',
    );
    made.spec.log = {
      driver: 'local',
      path: join(made.dir, 'local-logs/container.log'),
      options: {},
    };
    await start(made);
    await host.call('shimWait', { socket: made.socket });
    const client = shimClient(
      `return call('logRead', { driver: 'local', path: '${made.spec.log.path}', follow: false,
         timestamps: false, stdout: true, stderr: true });`,
    );
    await client.result();
    expect(client.stdout()).toBe(`${lines(1, 3)}${'x'.repeat(40_000)}\nend`);
    expect(client.stderr()).toBe('err\n');
    // As moby's own: length, field 1 `stdout`, field 2 the time.
    const bytes = readFileSync(made.spec.log.path);
    const length = bytes.readUInt32BE(0);
    expect(bytes.subarray(4, 13).toString('latin1')).toBe('\x0a\x06stdout\x10');
    expect(bytes.readUInt32BE(4 + length)).toBe(length);
  });

  it('goes to a syslog, by datagrams and in a stream', async () => {
    const datagrams = createSocket('udp4');
    const messages: string[] = [];
    datagrams.on('message', (message) => messages.push(message.toString()));
    await once(datagrams.bind(0, '127.0.0.1'), 'listening');
    const options = {
      'syslog-address': `udp://127.0.0.1:${datagrams.address().port}`,
      'syslog-format': 'rfc5424micro',
      'syslog-facility': 'local0',
    };
    await run('echo out; echo err >&2', {
      log: { driver: 'syslog', path: '', options, tag: 'a-tag' },
    });
    await expect.poll(() => messages).toHaveLength(2);
    const stamp = '\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{6}Z';
    for (const [priority, line] of [
      [16 * 8 + 6, 'out'],
      [16 * 8 + 3, 'err'],
    ]) {
      const form = `^<${priority}>1 ${stamp} ${hostname()} a-tag \\d+ a-tag - ${line}\\n$`;
      expect(messages).toContainEqual(expect.stringMatching(new RegExp(form)));
    }
    datagrams.close();

    let text = '';
    const server = createServer((socket) => {
      socket.on('data', (data) => {
        text += data;
      });
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const made = await run('seq 1 3', {
      log: { driver: 'syslog', path: '', options: { 'syslog-address': `tcp://localhost:${port}` } },
    });
    await expect
      .poll(() => text)
      .toMatch(/^(<30>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \S+\[\d+\]: \d\n){3}$/);
    expect(text).toContain(` ${made.id.slice(0, 12)}[`);
    server.close();
  });

  it('that is not wanted is not there', async () => {
    const made = await run('echo x', { log: { driver: 'none', path: '', options: {} } });
    expect(logs(made)).toEqual([]);
  });

  it('of an unknown driver, or with wrong options, is refused before anything is made', async () => {
    for (const [log, text] of [
      [{ driver: 'gelf', path: '', options: {} }, /gelf: no such logging driver/],
      [
        { driver: 'json-file', path: '', options: { 'max-size': 'much' } },
        /max-size: invalid size/,
      ],
    ] as const) {
      const made = await makeShimBox('echo x', { log });
      const { failure } = await host.call('shimStart', made.spec);
      expect(failure).toMatchObject({ command: 'shim', exitCode: 125 });
      expect(failure?.message).toMatch(text);
      expect(existsSync(made.spec.ownDirectory)).toBe(false);
      made.remove();
    }
  });

  it('on a full disk stops nothing, keeps whole lines, and says so once', async () => {
    const made = await makeShimBox('seq 1 100000; echo done');
    const small = join(made.dir, 'small');
    mkdirSync(small);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=128k', 'tmpfs', small]);
    try {
      made.spec.log.path = join(small, 'log');
      await start(made);
      expect(await host.call('shimWait', { socket: made.socket })).toEqual({
        ended: true,
        exitCode: 0,
      });
      const text = readFileSync(made.spec.log.path, 'utf8');
      expect(text.length).toBeGreaterThan(60_000);
      expect(text.endsWith('\n')).toBe(true);
      for (const line of text.trimEnd().split('\n')) JSON.parse(line);
      expect(made.said().match(/no space left on device/g)).toHaveLength(1);
      await made.gone();
    } finally {
      execFileSync('umount', [small]);
    }
  });
});

describe('the container', () => {
  it('that ran out of memory is recorded so', async (ctx) => {
    requires(ctx as never, 'cgroup v1');
    const group = `/rundlet-shim-test-${process.pid}`;
    const made = await run(
      'tail /dev/zero; exit 5',
      { oom: { version: 'v1', memory: `/sys/fs/cgroup/memory${group}` } },
      (config) => {
        config.linux.cgroupsPath = group;
        config.linux.resources = { memory: { limit: 16 << 20 } };
      },
    );
    expect(JSON.parse(readFileSync(made.own('exit.json'), 'utf8'))).toMatchObject({
      oomKilled: true,
    });
    expect(made.said()).toBe('');
  });

  it('that did not is recorded so too', async (ctx) => {
    requires(ctx as never, 'cgroup v1');
    const group = `/rundlet-shim-test-${process.pid}`;
    const made = await run(
      'exit 5',
      { oom: { version: 'v1', memory: `/sys/fs/cgroup/memory${group}` } },
      (config) => {
        config.linux.cgroupsPath = group;
      },
    );
    expect(JSON.parse(readFileSync(made.own('exit.json'), 'utf8'))).toMatchObject({
      oomKilled: false,
      exitCode: 5,
    });
  });

  it('is looked after, never by two checks at once', async () => {
    const made = await makeShimBox('sleep 1000');
    const file = join(made.dir, 'checks');
    made.spec.health = {
      argv: ['/bin/sh', '-c', `echo begin >> ${file}; sleep 0.1; echo end >> ${file}`],
      intervalMs: 20,
    };
    await start(made);
    const count = () => (existsSync(file) ? readFileSync(file, 'utf8').split('\n').length : 0);
    await expect.poll(count, { timeout: 5000 }).toBeGreaterThan(6);
    await made.end();
    await made.cleaned();
    const text = readFileSync(file, 'utf8');
    expect(text).toMatch(/^(begin\nend\n)+(begin\n)?$/);
  });
});
