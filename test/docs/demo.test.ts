// `npm run demo`, the README's first command, in the repository as it is built.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { repository, requires } from '../support/index.ts';

it('npm run demo', { timeout: 300_000 }, async (ctx) => {
  requires(ctx, 'root', 'file /bin/busybox');
  const demo = spawn(process.execPath, [join(repository, 'scripts/demo.mjs')], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [demo.stdout, demo.stderr]) {
    stream.setEncoding('utf8').on('data', (data) => {
      text += data;
    });
  }
  const code = await new Promise((done) => demo.once('close', done));
  expect(text).toMatch(/1\. The executable.*\nhello from rundlet, as process 1 of \d/);
  expect(text).toMatch(/^rundlet run \(executable\) +[\d.]+ ms$/m);
  expect(text).toMatch(/^runtime\.run\(\) \(library\) +[\d.]+ ms$/m);
  expect(text).toMatch(/● init-stdin {2}write here/);
  expect(text).toMatch(/^\/home:\nhere$/m);
  expect(text).toMatch(/^A \/home\/here$/m);
  expect(text).toMatch(/CONTAINER ID[^\n]*\n*$/);
  expect(code).toBe(0);
});
