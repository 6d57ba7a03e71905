// logRead on logs that rundlet-shim writes, and on some that are written here.
import { execFileSync } from 'node:child_process';
import { appendFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { LogRead } from '../../src/host/generated/plan.ts';
import { nodeHost } from '../../src/host/node-host.ts';
import { makeShimBox, type ShimBox, useShimBoxes } from './support/shim-box.ts';
import { shimClient } from './support/shim-client.ts';

const host = nodeHost();
const boxes = useShimBoxes();

async function running(...args: Parameters<typeof makeShimBox>) {
  const made = await makeShimBox(...args);
  boxes.push(made);
  const { handle, failure } = await host.call('shimStart', made.spec);
  expect(failure).toBeUndefined();
  await host.call('shimGo', { handle });
  return made;
}

function reader(path: string, wish: Partial<LogRead> = {}) {
  const args: LogRead = {
    driver: 'json-file',
    path,
    follow: false,
    timestamps: false,
    stdout: true,
    stderr: true,
    ...wish,
  };
  return shimClient(`return call('logRead', ${JSON.stringify(args)});`);
}

async function read(path: string, wish: Partial<LogRead> = {}): Promise<[string, string]> {
  const client = reader(path, wish);
  expect(await client.result()).toBeNull();
  return [client.stdout(), client.stderr()];
}

const shimOf = (made: ShimBox) => JSON.parse(readFileSync(made.own('shim.pid'), 'utf8'));
const lines = (from: number, until: number) =>
  Array.from({ length: until - from + 1 }, (_, number) => `${from + number}\n`).join('');

describe('logRead', () => {
  it('prints a log, part of it, and nothing of one that is not there', async () => {
    const made = await running('seq 1 9; echo err >&2; printf part');
    await host.call('shimWait', { socket: made.socket });
    const { path } = made.spec.log;
    expect(await read(path)).toEqual([`${lines(1, 9)}part`, 'err\n']);
    expect(await read(path, { tail: 3, stderr: false })).toEqual(
      expect.arrayContaining([expect.stringMatching(/^(8\n)?9\npart$/)]),
    );
    expect(await read(path, { tail: 0 })).toEqual(['', '']);
    expect(await read(path, { stdout: false })).toEqual(['', 'err\n']);
    expect(await read(`${path}.none`)).toEqual(['', '']);
    const [stamped] = await read(path, { timestamps: true });
    const first = made.log()[0];
    expect(stamped).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z 1\n/);
    expect(Date.parse(stamped.split(' ')[0] ?? '')).toBe(Date.parse(first?.time ?? ''));
  });

  it('knows times', async () => {
    const made = await makeShimBox('true');
    const path = join(made.dir, 'log');
    const record = (log: string, time: string) =>
      `${JSON.stringify({ log: `${log}\n`, stream: 'stdout', time })}\n`;
    writeFileSync(
      path,
      `${record('a', '2026-01-01T00:00:00Z')}not a record\n${record('b', '2026-01-01T00:00:01.5Z')}${record('c', '2026-01-01T00:00:02Z')}{"log":"torn`,
    );
    const at = (text: string, nanoseconds = 0) => ({
      seconds: Date.parse(text) / 1000,
      nanoseconds,
    });
    const middle = at('2026-01-01T00:00:01Z', 500_000_000);
    expect(await read(path, { since: middle })).toEqual(['b\nc\n', '']);
    expect(await read(path, { until: middle })).toEqual(['a\nb\n', '']);
    expect(await read(path, { tail: 1 })).toEqual(['c\n', '']);
    made.remove();
  });

  it('follows over rotations and loses no line, until the container has ended', async () => {
    const made = await running('seq 1 30000; read go; seq 30001 60000; sleep 0.1; printf end', {
      openStdin: true,
      log: { driver: 'json-file', path: '', options: { 'max-size': '100k', 'max-file': '100' } },
    });
    const client = reader(made.spec.log.path, { follow: true, shim: shimOf(made) });
    await client.shows('\n30000\n');
    writeFileSync(made.io('init-stdin'), 'go\n');
    expect(await client.result()).toBeNull();
    expect(client.stdout()).toBe(`${lines(1, 60_000)}end`);
    // And afterwards all files are one log.
    expect(await read(made.spec.log.path)).toEqual([`${lines(1, 60_000)}end`, '']);
    expect((await read(made.spec.log.path, { tail: 5001 }))[0]).toBe(`${lines(55_001, 60_000)}end`);
  });

  it('follows a log that keeps one file', async () => {
    const made = await running('echo ready; for i in 1 2 3 4 5 6; do read go; seq 1 300; done', {
      openStdin: true,
      log: { driver: 'json-file', path: '', options: { 'max-size': '30k' } },
    });
    const client = reader(made.spec.log.path, { follow: true, shim: shimOf(made) });
    await client.shows('ready\n');
    for (let round = 1; round <= 6; round++) {
      writeFileSync(made.io('init-stdin'), 'go\n');
      await expect.poll(() => client.stdout()).toBe(`ready\n${lines(1, 300).repeat(round)}`);
    }
    expect(await client.result()).toBeNull();
  });

  it('joins a record that is written in two goes, and reads compressed files', async () => {
    const made = await makeShimBox('sleep 1000');
    boxes.push(made);
    const { handle } = await host.call('shimStart', made.spec);
    await host.call('shimGo', { handle });
    const path = join(made.dir, 'by-hand.log');
    const record = (log: string) =>
      `${JSON.stringify({ log, stream: 'stdout', time: '2026-01-01T00:00:00Z' })}\n`;
    writeFileSync(path, record('zero\n'));
    renameSync(path, `${path}.1`);
    execFileSync('gzip', [`${path}.1`]);
    writeFileSync(path, record('one\n') + record('two\n').slice(0, 10));
    const client = reader(path, { follow: true, shim: shimOf(made) });
    await client.shows('one\n');
    appendFileSync(path, record('two\n').slice(10));
    await client.shows('two\n');
    await made.end();
    await client.result();
    expect(client.stdout()).toBe('zero\none\ntwo\n');
    expect((await read(path, { tail: 3 }))[0]).toBe('zero\none\ntwo\n');
  });
});
