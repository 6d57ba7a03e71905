import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { requires } from '../support/index.ts';
import { tree } from './store.ts';
import { type EngineRoots, makeEngineRoots } from './support/engine-roots.ts';
import { type ArchiveWish, dockerArchive, type MadeImage, tarOf } from './support/image-archive.ts';

let roots: EngineRoots;

beforeEach((ctx) => {
  requires(ctx, 'root');
  roots = makeEngineRoots();
});
afterEach(() => roots.remove());

const [one, two, three] = ['one', 'two', 'three'].map((name) => tarOf([[name, name]])) as [
  Buffer,
  Buffer,
  Buffer,
];

function load(wish: ArchiveWish, change?: (image: MadeImage) => void): MadeImage {
  const image = dockerArchive(wish);
  change?.(image);
  writeFileSync(join(roots.dir, 'image.tar'), image.archive());
  roots.ok(['image', 'load', '-i', join(roots.dir, 'image.tar')]);
  return image;
}

const short = (id: string) => id.slice(7, 19);
const layerCount = () => readdirSync(join(roots.dataRoot, 'overlay2/l')).length;
const fails = (args: string[], message: string) =>
  expect(roots.rundlet(args)).toMatchObject({ status: 1, stderr: `${message}\n` });
const daemon = 'Error response from daemon:';

describe('image rm', () => {
  it('takes the last name, the image and the layers nobody else needs', () => {
    const whole = load({ layers: [one, two], names: ['a:1', 'a:2'] });
    const shared = load({ layers: [one, three], names: ['b:1'] });
    expect(roots.ok(['rmi', 'a:1'])).toBe('Untagged: a:1');
    expect(roots.ok(['image', 'rm', 'a:2']).split('\n')).toEqual([
      'Untagged: a:2',
      `Deleted: ${whole.id}`,
      `Deleted: ${whole.chains[1]}`,
    ]);
    expect(layerCount()).toBe(2);
    expect(roots.ok(['rmi', short(shared.id)]).split('\n')).toEqual([
      'Untagged: b:1',
      `Deleted: ${shared.id}`,
      `Deleted: ${shared.chains[1]}`,
      `Deleted: ${shared.chains[0]}`,
    ]);
    const left = tree(roots.dataRoot).filter((line) => !/ d /.test(line));
    expect(left.filter((line) => !/\.lock$|events\.jsonl$/.test(line))).toEqual([
      '600 f image/overlay2/repositories.json',
    ]);
    expect(roots.read('image/overlay2/repositories.json')).toBe('{"Repositories":{}}');
    const none = '(there is none yet: `rundlet image load` and `rundlet image import` bring one)';
    fails(
      ['rmi', 'a:1', 'b'],
      `${daemon} No such image: a:1 ${none}\n${daemon} No such image: b:latest ${none}`,
    );
    expect(roots.ok(['rmi', '-f', 'a:1'])).toBe('');
  });

  it('refuses an id of several repositories, unless forced', () => {
    const image = load({ layers: [one], names: ['a:1', 'b:1'] });
    fails(
      ['rmi', image.id],
      `${daemon} conflict: unable to delete ${short(image.id)} (must be forced) - image is referenced in multiple repositories`,
    );
    expect(roots.ok(['rmi', '-f', image.id]).split('\n')).toEqual([
      'Untagged: a:1',
      'Untagged: b:1',
      `Deleted: ${image.id}`,
      `Deleted: ${image.chains[0]}`,
    ]);
  });

  it('keeps what a container stands on', () => {
    const image = load({ layers: [one], names: ['a:1'] });
    const id = roots.ok(['container', 'create', 'a:1', 'x']);
    fails(
      ['rmi', 'a:1'],
      `${daemon} conflict: unable to remove repository reference "a:1" (must force) - container ${id.slice(0, 12)} is using its referenced image ${short(image.id)}`,
    );
    fails(
      ['rmi', short(image.id)],
      `${daemon} conflict: unable to delete ${short(image.id)} (must be forced) - image is being used by stopped container ${id.slice(0, 12)}`,
    );
    roots.ok(['image', 'prune', '-af']);
    expect(roots.ok(['images', '-q'])).toBe(short(image.id));
    // By force the image goes, and the layers stay as long as the container.
    expect(roots.ok(['rmi', '-f', 'a:1'])).toBe(`Untagged: a:1\nDeleted: ${image.id}`);
    expect(layerCount()).toBe(3);
    load({ layers: [two], names: ['b:1'] });
    expect(layerCount()).toBe(4);
  });

  it('keeps what an image was built on, and removes it with that', () => {
    const below = load({ layers: [one], names: ['a:1'] });
    const above = load({ layers: [one, two], names: ['b:1'] }, ({ members }) => {
      const manifest = JSON.parse(`${members.get('manifest.json')}`);
      manifest[0].Parent = below.id;
      members.set('manifest.json', Buffer.from(JSON.stringify(manifest)));
    });
    expect(roots.ok(['rmi', 'a:1'].concat())).toBe('Untagged: a:1');
    expect(roots.ok(['images', '-q'])).toBe(short(above.id));
    expect(roots.ok(['images', '-aq']).split('\n')).toHaveLength(2);
    fails(
      ['rmi', '-f', below.id],
      `${daemon} conflict: unable to delete ${short(below.id)} (cannot be forced) - image has dependent child images`,
    );
    expect(roots.ok(['rmi', 'b:1']).split('\n')).toEqual([
      'Untagged: b:1',
      `Deleted: ${above.id}`,
      `Deleted: ${above.chains[1]}`,
      `Deleted: ${below.id}`,
      `Deleted: ${below.chains[0]}`,
    ]);
  });
});

describe('image prune', () => {
  it('removes what has no name, and with -a what no container uses', () => {
    const nameless = load({ layers: [one], names: [] });
    const named = load({ layers: [two], names: ['a:1'] });
    expect(roots.rundlet(['image', 'prune'], { input: Buffer.from('n\n') })).toMatchObject({
      status: 0,
      stdout:
        'WARNING! This will remove all dangling images.\nAre you sure you want to continue? [y/N] ',
    });
    expect(roots.ok(['image', 'prune', '-f', '--filter', 'label=x'])).toBe(
      'Total reclaimed space: 0B',
    );
    expect(roots.ok(['image', 'prune', '-f'])).toBe(
      `Deleted Images:\ndeleted: ${nameless.id}\ndeleted: ${nameless.chains[0]}\n\nTotal reclaimed space: 3B`,
    );
    const answer = roots.rundlet(['image', 'prune', '-a'], { input: Buffer.from('y\n') });
    expect(answer.stdout).toContain(`untagged: a:1\ndeleted: ${named.id}\n`);
    expect(roots.ok(['images', '-q'])).toBe('');
    expect(layerCount()).toBe(0);
  });
});

describe('image tag', () => {
  it('gives names, and takes them from other images', () => {
    const image = load({ layers: [one], names: ['a:1'] });
    const other = load({ layers: [two], names: ['b:1'] });
    roots.ok(['tag', 'a:1', 'localhost:5000/x/y']);
    roots.ok(['image', 'tag', short(image.id), 'b:1']);
    const names = (id: string) =>
      JSON.parse(roots.ok(['image', 'inspect', '-f', '{{json .RepoTags}}', id]));
    expect(names(image.id)).toEqual(['a:1', 'b:1', 'localhost:5000/x/y:latest']);
    expect(names(other.id)).toEqual([]);
    fails(['tag', 'none', 'x'], `${daemon} No such image: none:latest`);
    fails(
      ['tag', 'a:1', 'X'],
      `${daemon} invalid reference format: repository name must be lowercase`,
    );
    fails(
      ['tag', 'a:1', `x@${image.id}`],
      `${daemon} refusing to create a tag with a digest reference`,
    );
    const events = `${roots.read('rundlet/events.jsonl')}`
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const told = events.map(
      ({ Action, Actor }) => `${Action} ${Actor.ID} ${Actor.Attributes.name}`,
    );
    expect(told).toContain(`tag ${image.id} localhost:5000/x/y:latest`);
    expect(told).toContain(`load ${image.id} ${image.id}`);
  });
});

describe('image inspect and history', () => {
  it('tell what Docker’s API tells', () => {
    const image = load({
      layers: [one, two],
      names: ['a:1'],
      config: { Cmd: ['sh'], Env: ['A=b'] },
    });
    const [told] = JSON.parse(roots.ok(['image', 'inspect', 'a:1']));
    expect(Object.keys(told)).toEqual(
      'Id RepoTags RepoDigests Parent Comment Created Container ContainerConfig DockerVersion Author Config Architecture Os Size VirtualSize GraphDriver RootFS Metadata'.split(
        ' ',
      ),
    );
    expect(told).toMatchObject({
      Id: image.id,
      RepoTags: ['a:1'],
      Created: '2026-01-02T03:04:05Z',
      Config: { Cmd: ['sh'], Env: ['A=b'], Hostname: '', Volumes: null },
      Size: 6,
      RootFS: { Type: 'layers', Layers: image.diffIds },
    });
    const { LowerDir, UpperDir } = told.GraphDriver.Data;
    expect([existsSync(join(LowerDir, 'one')), existsSync(join(UpperDir, 'two'))]).toEqual([
      true,
      true,
    ]);
    expect(roots.rundlet(['image', 'inspect', 'none'])).toMatchObject({
      status: 1,
      stdout: '[]\n',
      stderr: 'Error: No such image: none:latest\n',
    });
  });

  it('tell each step, the last first', () => {
    const image = load({ layers: [one, two], names: ['a:1'] }, (made) => {
      const config = JSON.parse(`${made.members.get(`${made.id.slice(7)}.json`)}`);
      const step = (created_by: string, more = {}) => ({
        created: '2020-01-01T00:00:00Z',
        created_by,
        ...more,
      });
      config.history = [
        step('/bin/sh -c #(nop) ADD file:0123456789abcdef in / '),
        step('ENV\tA=b', { empty_layer: true }),
        step('RUN x', { comment: 'buildkit' }),
      ];
      made.members.set(`${made.id.slice(7)}.json`, Buffer.from(JSON.stringify(config)));
    });
    const id = roots.ok(['images', '-q']);
    expect(id).not.toBe(short(image.id));
    expect(roots.ok(['history', 'a:1']).split('\n')).toEqual([
      'IMAGE          CREATED       CREATED BY                                      SIZE      COMMENT',
      `${id}   6 years ago   RUN x                                           3B        buildkit`,
      '<missing>      6 years ago   ENV A=b                                         0B        ',
      '<missing>      6 years ago   /bin/sh -c #(nop) ADD file:0123456789abcdef …   3B        ',
    ]);
    expect(roots.ok(['history', '-q', 'a:1'])).toBe(`${id}\n<missing>\n<missing>`);
    expect(
      roots.ok([
        'history',
        '--human=false',
        '--no-trunc',
        '--format',
        '{{.CreatedAt}} {{.Size}}',
        'a:1',
      ]),
    ).toBe(
      Array(3)
        .fill(0)
        .map((_, n) => `2020-01-01T00:00:00Z ${[3, 0, 3][n]}`)
        .join('\n'),
    );
  });
});
