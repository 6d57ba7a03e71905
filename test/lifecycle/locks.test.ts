import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { callAll } from '../../src/host/call-all.ts';
import { nodeHost } from '../../src/host/node-host.ts';

const directory = mkdtempSync(join(tmpdir(), 'rundlet-locks-'));
afterAll(() => rmSync(directory, { recursive: true }));

/** More than libuv has threads. */
const many = 16;

test('those who wait for a lock keep no thread from its holder', async () => {
  const host = nodeHost();
  const path = join(directory, 'one');
  const held = await host.call('lock', { path });
  let inside = 0;
  const waiting = Array.from({ length: many }, async () => {
    const lock = await host.call('lock', { path });
    inside++;
    expect(inside).toBe(1);
    await host.call('clock', null);
    inside--;
    await host.call('unlock', lock);
  });
  const directories = Array.from({ length: many }, async () => {
    const lock = await host.call('lockDirectory', { path: directory });
    await host.call('unlock', lock);
  });
  await host.call('clock', null);
  await host.call('unlock', held);
  await Promise.all([...waiting, ...directories]);
});

test('what follows a lock in a list waits for it', async () => {
  const host = nodeHost();
  const path = join(directory, 'two');
  const text = join(directory, 'text');
  const write = (words: string) =>
    host.call('writeRecord', { path: text, text: words, mode: 0o600, durable: false });
  await write('before');
  const held = await host.call('lock', { path });
  const list = callAll(host, [
    ['clock', null],
    ['lock', { path }],
    ['readText', { path: text, max: 99 }],
  ]);
  await host.call('clock', null);
  await write('after');
  await host.call('unlock', held);
  const [moment, lock, found] = await list;
  expect(moment.seconds).toBeGreaterThan(0);
  expect(found).toBe('after');
  await host.call('unlock', lock);
});

test('a list ends with its first failure, and tells what was done before', async () => {
  const calls = callAll(nodeHost(), [
    ['realPath', { path: '/' }],
    ['readText', { path: join(directory, 'nosuch'), max: 9 }],
    ['removeTree', { path: directory }],
  ]);
  await expect(calls).rejects.toMatchObject({
    failure: { op: 'readText', errnoName: 'ENOENT' },
    done: ['/'],
  });
  expect(await nodeHost().call('realPath', { path: directory })).toBe(directory);
});
