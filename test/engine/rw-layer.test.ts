import { execFileSync } from 'node:child_process';
import {
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  createRwLayer,
  mountRwLayer,
  removeRwLayer,
  unmountRwLayer,
} from '../../src/engine/layers/rw-layer.ts';
import { requires } from '../support/index.ts';
import { makeStore, type Store, text } from './store.ts';

const containerId = 'c'.repeat(64);
let store: Store;

beforeEach(async (ctx) => {
  requires(ctx as never, 'root');
  store = await makeStore();
});

afterEach(() => {
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8');
  expect(mounts).not.toContain(store.root);
  store.remove();
});

const home = () => join(store.root, 'overlay2');

describe('createRwLayer', () => {
  it('makes what docker create makes, with its modes', async () => {
    store.addLayer((diff) => writeFileSync(join(diff, 'lowest'), ''));
    const chain = store.addLayer();
    const links = readdirSync(join(home(), 'l'));
    const { mountId } = await createRwLayer(store.engine, { containerId, parentChain: chain });
    expect(mountId).toMatch(/^[0-9a-f]{64}$/);
    expect(store.tree(`overlay2/${mountId}-init`)).toEqual([
      '600 f committed',
      '755 d diff',
      '755 f diff/.dockerenv',
      '755 d diff/dev',
      '755 f diff/dev/console',
      '755 d diff/dev/pts',
      '755 d diff/dev/shm',
      '755 d diff/etc',
      '755 f diff/etc/hostname',
      '755 f diff/etc/hosts',
      '777 l diff/etc/mtab -> /proc/mounts',
      '755 f diff/etc/resolv.conf',
      '755 d diff/proc',
      '755 d diff/sys',
      '644 f link',
      '644 f lower',
      '700 d work',
      '000 d work/work',
    ]);
    expect(store.tree(`overlay2/${mountId}`)).toEqual([
      '755 d diff',
      '644 f link',
      '644 f lower',
      '700 d work',
      '000 d work/work',
    ]);
    for (const name of [mountId, `${mountId}-init`]) {
      expect(lstatSync(join(home(), name)).mode & 0o7777).toBe(0o710);
      const link = text(join(home(), name, 'link'));
      expect(link).toMatch(/^[A-Z2-7]{26}$/);
      expect(store.tree('overlay2/l')).toContain(`777 l ${link} -> ../${name}/diff`);
    }
    const initLink = text(join(home(), `${mountId}-init`, 'link'));
    const initLower = text(join(home(), `${mountId}-init`, 'lower'));
    expect(initLower.split(':')).toHaveLength(2);
    expect(text(join(home(), mountId, 'lower'))).toBe(`l/${initLink}:${initLower}`);
    expect(readdirSync(join(home(), 'l'))).toHaveLength(links.length + 2);
    const record = `image/overlay2/layerdb/mounts/${containerId}`;
    expect(store.tree(record)).toEqual(['644 f init-id', '644 f mount-id', '644 f parent']);
    expect(text(join(store.root, record, 'init-id'))).toBe(`${mountId}-init`);
    expect(text(join(store.root, record, 'mount-id'))).toBe(mountId);
    expect(text(join(store.root, record, 'parent'))).toBe(chain);
    expect(store.tree(`overlay2/${chain.slice(7)}`)).toContain('600 f committed');
    expect(store.tree('image/overlay2/layerdb/tmp')).toEqual([]);
    await removeRwLayer(store.engine, containerId);
    expect(readdirSync(join(home(), 'l'))).toEqual(links);
    expect(store.tree('image/overlay2/layerdb/mounts')).toEqual([]);
    expect(readdirSync(home())).toHaveLength(3);
  });

  it('leaves directories of the image and replaces its files and links on the way', async () => {
    const outside = join(store.root, 'outside');
    mkdirSync(outside);
    const chain = store.addLayer((diff) => {
      mkdirSync(join(diff, 'proc'), { mode: 0o555 });
      mkdirSync(join(diff, 'dev/console'), { recursive: true });
      symlinkSync(outside, join(diff, 'etc'));
      writeFileSync(join(diff, 'sys'), 'a file');
    });
    const { mountId } = await createRwLayer(store.engine, { containerId, parentChain: chain });
    const tree = store.tree(`overlay2/${mountId}-init/diff`);
    expect(tree).not.toContain('755 d proc');
    expect(tree.filter((line) => line.includes('console'))).toEqual([]);
    expect(tree).toContain('755 d etc');
    expect(tree).toContain('755 f etc/hosts');
    expect(tree).toContain('755 d sys');
    expect(readdirSync(outside)).toEqual([]);
    await removeRwLayer(store.engine, containerId);
  });

  it('makes the same without a mount as through the overlay', async (ctx) => {
    requires(ctx as never, 'program python3');
    store.addLayer((diff) => {
      mkdirSync(join(diff, 'etc/hosts'), { recursive: true });
      writeFileSync(join(diff, 'etc/resolv.conf'), 'of the image', { mode: 0o600 });
      mkdirSync(join(diff, 'dev/shm'), { recursive: true });
      writeFileSync(join(diff, '.dockerenv'), 'old');
    });
    const chain = store.addLayer((diff) => {
      mkdirSync(join(diff, 'etc'), { mode: 0o711 });
      chownSync(join(diff, 'etc'), 5, 7);
      symlinkSync('nowhere', join(diff, 'etc/mtab'));
      execFileSync('mknod', [join(diff, 'etc/resolv.conf'), 'c', '0', '0']);
      mkdirSync(join(diff, 'proc'), { mode: 0o555 });
    });
    const create = async () => {
      const { mountId } = await createRwLayer(store.engine, { containerId, parentChain: chain });
      const etc = lstatSync(join(home(), `${mountId}-init/diff/etc`));
      const tree = store.tree(`overlay2/${mountId}-init`);
      const { merged } = await mountRwLayer(store.engine, containerId);
      const seen = execFileSync('find', ['.', '-printf', '%m %U:%G %y %p %l\\n'], { cwd: merged });
      await removeRwLayer(store.engine, containerId);
      return { owner: [etc.uid, etc.gid], tree, seen: String(seen).split('\n').sort() };
    };
    const plain = await create();
    expect(plain.owner).toEqual([5, 7]);
    expect(plain.tree).toContain('711 d diff/etc');
    expect(plain.tree).toContain('000 d work/work');
    expect(plain.tree).not.toContain('755 d diff/proc');
    expect(plain.tree).not.toContain('755 f diff/etc/hosts');
    // Such a directory may be opaque: the way through the overlay is taken.
    const mark = "import os, sys; os.setxattr(sys.argv[1], 'trusted.test', b'1')";
    execFileSync('python3', ['-c', mark, join(home(), chain.slice(7), 'diff/etc')]);
    expect(await create()).toEqual(plain);
  });

  it('needs no layers in the image', async () => {
    const { mountId } = await createRwLayer(store.engine, { containerId, parentChain: null });
    expect(store.tree(`overlay2/${mountId}-init`)).not.toContain('644 f lower');
    expect(store.tree(`overlay2/${mountId}-init`)).toContain('755 f diff/etc/hosts');
    const { merged } = await mountRwLayer(store.engine, containerId);
    expect(existsSync(join(merged, '.dockerenv'))).toBe(true);
    await removeRwLayer(store.engine, containerId);
  });

  it('refuses a missing layer, a second layer of a container and wrong ids, and leaves nothing', async () => {
    const chain = store.addLayer();
    const before = store.tree('.');
    const missing = `sha256:${'e'.repeat(64)}`;
    const create = (parentChain: string, id = containerId) =>
      createRwLayer(store.engine, { containerId: id, parentChain });
    await expect(create(missing)).rejects.toThrow(`layer does not exist: ${missing}`);
    await expect(create('sha256:../../x')).rejects.toThrow('no chain id');
    expect(() => create(chain, '../x')).toThrow('no id of a container');
    expect(store.tree('.').filter((line) => !line.includes('layers.lock'))).toEqual(before);
    await create(chain);
    const after = store.tree('.');
    await expect(create(chain)).rejects.toThrow('has a layer already');
    expect(store.tree('.')).toEqual(after);
    await removeRwLayer(store.engine, containerId);
  });

  it('takes 127 layers below and no more', async () => {
    let chain = '';
    for (let count = 0; count < 127; count++) chain = store.addLayer();
    await createRwLayer(store.engine, { containerId, parentChain: chain });
    const { merged } = await mountRwLayer(store.engine, containerId);
    expect(existsSync(join(merged, 'etc/hosts'))).toBe(true);
    await removeRwLayer(store.engine, containerId);
    const deep = store.addLayer();
    const before = store.tree('.');
    await expect(createRwLayer(store.engine, { containerId, parentChain: deep })).rejects.toThrow(
      'max depth exceeded',
    );
    expect(store.tree('.')).toEqual(before);
  });
});

describe('mountRwLayer', () => {
  it('shows all layers, keeps what is written, and can be called again', async () => {
    store.addLayer((diff) => writeFileSync(join(diff, 'a'), 'lowest'));
    const chain = store.addLayer((diff) => writeFileSync(join(diff, 'b'), 'top'));
    const { mountId } = await createRwLayer(store.engine, { containerId, parentChain: chain });
    const { merged } = await mountRwLayer(store.engine, containerId);
    expect(merged).toBe(join(home(), mountId, 'merged'));
    expect(await mountRwLayer(store.engine, containerId)).toEqual({ merged });
    const line = text('/proc/self/mountinfo')
      .split('\n')
      .filter((mount) => mount.includes(merged));
    expect(line).toHaveLength(1);
    expect(line[0]).toMatch(/ - overlay overlay rw.*lowerdir=\/.*\/overlay2\/l\/[A-Z2-7]{26}:/);
    expect([text(join(merged, 'a')), text(join(merged, 'b'))]).toEqual(['lowest', 'top']);
    writeFileSync(join(merged, 'new'), 'kept');
    await unmountRwLayer(store.engine, containerId);
    expect(existsSync(merged)).toBe(false);
    await unmountRwLayer(store.engine, containerId);
    await mountRwLayer(store.engine, containerId);
    expect(text(join(merged, 'new'))).toBe('kept');
    await removeRwLayer(store.engine, containerId);
    expect(existsSync(join(home(), mountId))).toBe(false);
  });

  it('names the mount when a layer is gone', async () => {
    const chain = store.addLayer();
    const { mountId } = await createRwLayer(store.engine, { containerId, parentChain: chain });
    rmSync(join(home(), chain.slice(7)), { recursive: true });
    await expect(mountRwLayer(store.engine, containerId)).rejects.toThrow(
      `error creating overlay mount to ${home()}/${mountId}/merged: no such file or directory`,
    );
    await removeRwLayer(store.engine, containerId);
  });
});

describe('removeRwLayer', () => {
  it('finishes what a killed command left half', async () => {
    const chain = store.addLayer();
    const clean = store.tree('.');
    const { mountId } = await createRwLayer(store.engine, { containerId, parentChain: chain });
    // Killed in the middle of create: the rw layer is not there yet.
    rmSync(join(home(), mountId), { recursive: true });
    await removeRwLayer(store.engine, containerId);
    await removeRwLayer(store.engine, containerId);
    execFileSync('find', [join(home(), 'l'), '-xtype', 'l', '-delete']);
    const left = store.tree('.').filter((line) => !/committed|layers\.lock/.test(line));
    expect(left).toEqual(clean);
  });
});
