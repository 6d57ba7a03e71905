// Two hundred runs from one Node process: no descriptor and no thread more than after the first ones.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeEngineRoots } from '../engine/support/engine-roots.ts';
import { layImage } from '../engine/support/lay-image.ts';
import { Box, repository, requires } from '../support/index.ts';

const box = new Box();
let roots: ReturnType<typeof makeEngineRoots>;
beforeAll(async () => {
  await box.open();
  roots = makeEngineRoots();
  layImage(roots.dataRoot, { name: 'box:latest' });
});
afterAll(async () => {
  await box.close();
  roots.remove();
});

const program = (bundle: string, root: string) => `
import { readdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { Engine, Runtime } from ${JSON.stringify(join(repository, 'dist/node/index.js'))};
const runtime = new Runtime({ root: ${JSON.stringify(root)} });
const engine = new Engine(${JSON.stringify({ dataRoot: roots.dataRoot, execRoot: roots.execRoot })});
await using kept = await engine.create({
  image: 'box:latest', network: 'none', command: ['/bin/sh', '-c', 'echo begun; while :; do sleep 1; done'],
});
await kept.start();
const drop = async (wait) => {
  const controller = new AbortController();
  const waiting = wait(controller.signal);
  setImmediate(() => controller.abort());
  await waiting.then(() => { throw new Error('not aborted'); }, ({ code }) => {
    if (code !== 'ERR_RUNDLET_ABORTED') throw new Error(code);
  });
};
const each = [
  () => runtime.run({ bundle: ${JSON.stringify(bundle)}, input: 'x' }),
  () => engine.run({ image: 'box:latest', network: 'none', command: ['/bin/sh', '-c', 'echo x'] }),
  () => kept.exec({ command: ['/bin/sh', '-c', 'echo x'], input: 'y' }),
  () => drop((signal) => kept.wait({ signal })),
  async () => { for await (const _ of kept.logs({ follow: true })) break; },
];
const count = () => ['fd', 'task'].map((what) => readdirSync('/proc/self/' + what).length);
const run = async (rounds) => { for (let at = 0; at < rounds; at++) for (const one of each) await one(); };
await run(8);
const before = count();
await run(40);
// What ends is closed a turn or two later; what leaks never is.
const deadline = Date.now() + 60_000;
while (count().some((number, at) => number > before[at]) && Date.now() < deadline) await delay(50);
console.log(JSON.stringify({ before, after: count() }));
`;

it('leave no descriptor and no thread', { timeout: 300_000 }, async (ctx) => {
  requires(ctx, 'root');
  const bundle = box.bundle(['/bin/busybox', 'true']);
  const file = join(bundle.dir, 'runs.mjs');
  writeFileSync(file, program(bundle.dir, box.root));
  const { code, stdout, stderr } = await box.start([process.execPath, file], { timeout: 280_000 });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const { before, after } = JSON.parse(stdout);
  expect(after[0]).toBeLessThanOrEqual(before[0]);
  expect(after[1]).toBeLessThanOrEqual(before[1]);
});
