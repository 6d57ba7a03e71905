import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { matchesReference } from '../../src/engine/images/reference-match.ts';
import { requires } from '../support/index.ts';
import { type EngineRoots, makeEngineRoots } from './support/engine-roots.ts';
import { type ArchiveWish, dockerArchive, tarOf } from './support/image-archive.ts';

let roots: EngineRoots;
let old = '';
let young = '';
let nameless = '';

beforeEach((ctx) => {
  requires(ctx, 'root');
  roots = makeEngineRoots();
  const layers = [tarOf([['f', 'x'.repeat(2_500_000)]])];
  old = loaded({ layers, names: ['busybox:latest', 'busybox:1'], created: '2020-01-01T00:00:00Z' });
  const labels = { config: { Labels: { tier: 'web' } } };
  const names = ['localhost:5000/team/web:2'];
  young = loaded({ ...labels, layers: [...layers, ...layers], names, created: ago(90) });
  nameless = loaded({ layers: [], names: [], created: ago(5 * 60 + 5) });
});
afterEach(() => roots.remove());

const ago = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString();

function loaded(wish: ArchiveWish): string {
  const image = dockerArchive(wish);
  writeFileSync(join(roots.dir, 'image.tar'), image.archive());
  roots.ok(['image', 'load', '-i', join(roots.dir, 'image.tar')]);
  return image.id;
}

const short = (id: string) => id.slice(7, 19);

it('is docker’s table, the newest first, a line for each name', () => {
  const lines = [
    'REPOSITORY                TAG       IMAGE ID       CREATED              SIZE',
    `localhost:5000/team/web   2         ${short(young)}   About a minute ago   5MB`,
    `<none>                    <none>    ${short(nameless)}   5 minutes ago        0B`,
    `busybox                   1         ${short(old)}   6 years ago          2.5MB`,
    `busybox                   latest    ${short(old)}   6 years ago          2.5MB`,
  ];
  expect(roots.ok(['image', 'ls']).split('\n')).toEqual(lines);
  expect(roots.ok(['images', '-a']).split('\n')).toEqual(lines);
  expect(roots.node(['image', 'list']).stdout.trimEnd().split('\n')).toEqual(lines);
  const [head, first] = roots.ok(['images', '--digests', '--no-trunc', 'busybox']).split('\n');
  expect(head).toMatch(/^REPOSITORY +TAG +DIGEST +IMAGE ID +CREATED +SIZE$/);
  expect(first).toMatch(new RegExp(`^busybox +1 +<none> +${old} +6 years ago +2.5MB$`));
});

it('shows ids, templates and JSON', () => {
  const ids = [young, nameless, old, old];
  expect(roots.ok(['images', '-q']).split('\n')).toEqual(ids.map(short));
  expect(roots.ok(['images', '-q', '--no-trunc']).split('\n')).toEqual(ids);
  expect(roots.ok(['images', '--format', '{{.Repository}}:{{.Tag}}', 'busybox:1'])).toBe(
    'busybox:1',
  );
  const [row] = roots.ok(['images', '--format', 'json']).split('\n');
  expect(JSON.parse(`${row}`)).toMatchObject({ ID: short(young), Tag: '2', Size: '5MB' });
  expect(roots.ok(['images', '--format', 'table {{.ID}}\t{{.Size}}', 'busybox:1'])).toBe(
    `IMAGE ID       SIZE\n${short(old)}   2.5MB`,
  );
});

it('filters', () => {
  const found = (...words: string[]) =>
    roots.ok(['images', '-q', ...words.flatMap((word) => ['-f', word])]).split('\n');
  expect(found('dangling=true')).toEqual([short(nameless)]);
  expect(found('dangling=false', 'reference=busybox:l*')).toEqual([short(old)]);
  expect(found('label=tier=web')).toEqual([short(young)]);
  expect(found('label=tier', 'since=busybox')).toEqual([short(young)]);
  expect(found(`before=${short(young)}`, 'dangling=true')).toEqual([short(nameless)]);
  expect(found('reference=localhost:5000/*/web')).toEqual([short(young)]);
  expect(found('label=none')).toEqual(['']);
  expect(roots.rundlet(['images', '-f', 'x=y'])).toMatchObject({ status: 1, stdout: '' });
  expect(roots.rundlet(['images', '-f', 'x=y']).stderr).toContain("invalid filter 'x'");
  expect(roots.rundlet(['images', '-f', 'since=none']).stderr).toContain(
    'No such image: none:latest',
  );
});

it('is empty without a store, which it does not make', () => {
  const fresh = makeEngineRoots();
  expect(fresh.ok(['images'])).toBe('REPOSITORY   TAG       IMAGE ID   CREATED   SIZE');
  expect(fresh.read('.')).toBeUndefined();
  fresh.remove();
});

it('patterns are Go’s path.Match on the name, with and without tag', () => {
  const cases: [string, string, boolean][] = [
    ['busybox', 'busybox:1', true],
    ['busy*', 'busybox:1', true],
    ['busybox:?', 'busybox:1', true],
    ['busybox:[0-9]', 'busybox:1', true],
    ['busybox:[^0-9]', 'busybox:1', false],
    ['*', 'a/b:1', false],
    ['*/*', 'a/b:1', true],
    ['a.b', 'axb:1', false],
    ['localhost:5000/x', 'localhost:5000/x:1', true],
    ['x', 'x@sha256:0', true],
  ];
  for (const [pattern, reference, fits] of cases) {
    expect(`${pattern} ${matchesReference(pattern, reference)}`).toBe(`${pattern} ${fits}`);
  }
});
