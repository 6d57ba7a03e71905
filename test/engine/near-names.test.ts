// What was probably meant: names and ids that are near to those that there are, in both hosts.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runExecutable, runNode } from '../parity/both-hosts.ts';
import { requires } from '../support/index.ts';
import { type EngineRoots, makeEngineRoots } from './support/engine-roots.ts';

let roots: EngineRoots;
beforeAll(() => {
  roots = makeEngineRoots();
});
afterAll(() => roots.remove());

it('of an image, a container and an id', (ctx) => {
  requires(ctx, 'root');
  const said = (...args: string[]) => {
    const { status, stderr } = roots.rundlet(args);
    expect(status).not.toBe(0);
    expect(roots.node(args).stderr).toBe(stderr);
    return stderr;
  };
  expect(said('container', 'create', '--pull', 'never', 'busybox')).toContain(
    'No such image: busybox:latest (there is none yet: `rundlet image load` and ',
  );
  roots.image();
  roots.ok(['container', 'create', '--network', 'none', '--name', 'webserver', 'busybox']);
  expect(said('container', 'create', '--pull', 'never', 'busibox')).toContain(
    'No such image: busibox:latest (did you mean "busybox:latest"?)\n',
  );
  expect(said('container', 'start', 'web-servr')).toContain(
    'No such container: web-servr (did you mean "webserver"?)\n',
  );
  expect(said('container', 'start', 'entirely-else')).toContain('container: entirely-else\n');
  roots.ok(['container', 'rm', 'webserver']);
  const root = join(roots.dir, 'state');
  mkdirSync(join(root, 'webserver'), { recursive: true });
  for (const run of [runExecutable, runNode]) {
    expect(run(['--root', root, 'state', 'websever'])).toMatchObject({
      status: 1,
      stderr: 'container does not exist (did you mean "webserver"?)\n',
    });
  }
});
