import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { changeConfig } from '../../src/engine/images/change-config.ts';
import { requires } from '../support/index.ts';
import { type EngineRoots, makeEngineRoots } from './support/engine-roots.ts';
import { compressed, sha256, tarOf } from './support/image-archive.ts';

let roots: EngineRoots;

beforeEach((ctx) => {
  requires(ctx, 'root');
  roots = makeEngineRoots();
});
afterEach(() => roots.remove());

const layer = tarOf([
  ['etc/', ''],
  ['etc/name', 'imported\n'],
]);
const inspect = (name: string) => JSON.parse(roots.ok(['image', 'inspect', name]))[0];

it('makes an image of one layer, from a file or standard input, plain or compressed', () => {
  const file = join(roots.dir, 'rootfs.tar.gz');
  writeFileSync(file, compressed(layer, 'gzip'));
  const changes = ['-c', 'CMD ["sh"]', '--change', 'ENV A=b "C=d e"', '-m', 'by hand'];
  const id = roots.ok(['image', 'import', ...changes, file, 'mine:1']);
  expect(id).toMatch(/^sha256:[0-9a-f]{64}$/);
  expect(inspect('mine:1')).toMatchObject({
    Id: id,
    Comment: 'by hand',
    Config: { Cmd: ['sh'], Env: ['A=b', 'C=d e'] },
    Size: 9,
    RootFS: { Layers: [sha256(layer)] },
  });
  const again = roots.ok(['import', '-'], { input: layer });
  expect(again).not.toBe(id);
  expect(inspect(again)).toMatchObject({
    Comment: 'Imported from -',
    RepoTags: [],
    RootFS: { Layers: [sha256(layer)] },
  });
  expect(roots.ok(['rmi', again])).toBe(`Deleted: ${again}`);
  expect(roots.ok(['rmi', 'mine:1'])).toContain(`Deleted: ${sha256(layer)}`);
});

it('refuses what is no tar, no name, no instruction and no file, and leaves nothing', () => {
  const fails = (message: string, ...args: string[]) => {
    const { status, stderr } = roots.rundlet(['import', ...args], {
      input: Buffer.from('no tar'.repeat(200)),
    });
    expect(stderr).toContain(message);
    expect([status, stderr.split('\n').length]).toEqual([1, 2]);
  };
  fails('invalid tar header', '-');
  fails('invalid reference format', '-', 'UPPER CASE');
  fails('FROM is not a valid change command', '-c', 'FROM x', '-');
  fails('open /nowhere: no such file or directory', '/nowhere');
  fails('cannot import http://x/y: not a file', 'http://x/y');
  expect(roots.ok(['images', '-aq'])).toBe('');
});

it('instructions are read as a Dockerfile’s', () => {
  expect(
    changeConfig([
      'cmd echo  hi',
      'ENTRYPOINT ["a", "b"]',
      'ENV OLD the whole line',
      "ENV OLD=new Q='x y' E=a\\ b",
      'EXPOSE 80 53/udp',
      'LABEL a=b "c d"="e f"',
      'VOLUME ["/x"]',
      'VOLUME /y /z',
      'WORKDIR /a',
      'WORKDIR b',
      'USER 1:2',
      'STOPSIGNAL INT',
      'ONBUILD RUN x',
    ]),
  ).toEqual({
    Cmd: ['/bin/sh', '-c', 'echo  hi'],
    Entrypoint: ['a', 'b'],
    Env: ['OLD=new', 'Q=x y', 'E=a b'],
    ExposedPorts: { '80/tcp': {}, '53/udp': {} },
    Labels: { a: 'b', 'c d': 'e f' },
    Volumes: { '/x': {}, '/y': {}, '/z': {} },
    WorkingDir: '/a/b',
    User: '1:2',
    StopSignal: 'INT',
    OnBuild: ['RUN x'],
  });
});
