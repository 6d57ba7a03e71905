// `run --trace FILE` and `trace FILE`, in both hosts.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Box, repository, requires } from '../support/index.ts';

const box = new Box();
beforeAll(() => box.open());
afterAll(() => box.close());

it.for([
  ['the executable', [join(repository, 'dist/bin/rundlet')]],
  ['Node', [process.execPath, join(repository, 'dist/node/cli.js')]],
] as const)('%s records the start, and draws it', async ([, program], ctx) => {
  requires(ctx, 'root');
  const bundle = box.bundle(['/bin/busybox', 'echo', 'hello']);
  const file = join(bundle.dir, 'trace.json');
  const rundlet = (...args: string[]) => box.start([...program, '--root', box.root, ...args]);
  const run = await rundlet('run', '-b', bundle.dir, '--trace', file, 'traced');
  expect(run).toMatchObject({ code: 0, stdout: 'hello\n', stderr: '' });
  const { traceEvents } = JSON.parse(readFileSync(file, 'utf8'));
  const names = traceEvents.map(({ name }: { name: string }) => name);
  expect(names).toEqual(expect.arrayContaining(['readText', 'launchStart', 'wait', 'removeTree']));

  const text = await rundlet('trace', file);
  expect(text).toMatchObject({ code: 0, stderr: '' });
  expect(text.stdout.split('\n')).toHaveLength(names.length + 2);
  const page = await rundlet('trace', '--html', file);
  expect(page.stdout).toMatch(/^<!doctype html>/);
  expect(page.stdout).toContain(`${names.length} operations in `);

  const wrong = await rundlet('trace', join(bundle.dir, 'config.json'));
  expect(wrong.stderr).toContain('config.json is no trace (it is written by `rundlet run --trace');
  expect(wrong.code).toBe(1);

  const failed = await rundlet('run', '-b', join(bundle.dir, 'no'), '--trace', file, 'traced');
  expect(failed.code).not.toBe(0);
  expect(JSON.parse(readFileSync(file, 'utf8')).traceEvents).toBeInstanceOf(Array);
});
