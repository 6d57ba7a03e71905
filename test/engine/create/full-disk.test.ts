// A create on a disk that is full at any of its steps: one line of error, and nothing left.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Box, requires } from '../../support/index.ts';
import { layImage } from '../support/lay-image.ts';

let box: Box | undefined;
let disk = '';

beforeAll(async () => {
  if (process.getuid?.() !== 0) return;
  box = new Box();
  await box.open();
  const laid = join(box.dir, 'laid');
  layImage(laid, { layers: 2 });
  disk = join(box.dir, 'disk');
  mkdirSync(disk);
  await sh(`mount -t tmpfs -o size=64m disk ${disk} && cp -a ${laid}/. ${disk}/`);
  // The first one makes directories that stay.
  await rundlet('container', 'create', 'busybox');
});
afterAll(() => box?.close());

async function sh(script: string): Promise<string> {
  const ran = await box?.sh(script);
  if (ran?.code === 0) return ran.stdout;
  throw new Error(`${script}: ${ran?.stderr}`);
}

function rundlet(...args: string[]) {
  const roots = ['--data-root', disk, '--exec-root', join(box?.dir ?? '', 'exec')];
  return (box as Box).start([(box as Box).runtime.path, ...roots, ...args]);
}

/** All but locks, which stay, and events. */
const listing = () => sh(`cd ${disk} && find . ! -name '*.lock' ! -name 'events.jsonl*' | sort`);

test('with ever more inodes free it fails cleanly, until it succeeds', async (ctx) => {
  requires(ctx, 'root');
  const room = box as Box;
  if (room.runtime.name !== 'rundlet') ctx.skip();
  const flags = ['-v', 'new:/bin', '-v', '/anonymous', '-w', '/new/place', 'busybox'];
  // The lock of volumes and their directory stay, too.
  await rundlet('volume', 'create', 'first');
  await rundlet('volume', 'rm', 'first');
  const before = await listing();
  let failed = 0;
  for (let free = 0; free < 600; free += free < 60 ? 1 : 60) {
    const used = Number(await sh(`df --output=iused ${disk} | tail -1`));
    await sh(`mount -o remount,nr_inodes=${used + free} ${disk}`);
    const ran = await rundlet('container', 'create', ...flags);
    await sh(`mount -o remount,nr_inodes=1000000 ${disk}`);
    if (ran.code === 0) {
      expect(ran.stdout).toMatch(/^[0-9a-f]{64}\n$/);
      break;
    }
    failed++;
    expect(ran.stdout).toBe('');
    // An overlay that cannot make its working directory is mounted read-only.
    expect(ran.stderr).toMatch(/no space left on device|read-only file system/);
    await rundlet('container', 'ls');
    expect(await listing(), `${free} inodes`).toBe(before);
  }
  expect(failed).toBeGreaterThan(20);
  expect(await listing()).not.toBe(before);
});
