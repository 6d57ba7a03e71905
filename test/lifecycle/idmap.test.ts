// Mounts with mapped owners: mounts[].uidMappings, gidMappings, options idmap, ridmap and crun's words.
import { chownSync, mkdirSync, readlinkSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  type Bundle,
  type Config,
  type IdMap,
  type Mount,
  requires,
  skip,
  useBox,
} from '../support/index.ts';

const box = useBox();
const map = (containerID: number, hostID: number, size: number): IdMap => ({
  containerID,
  hostID,
  size,
});

/** A folder with files of these owners. */
function owned(...owners: [uid: number, gid: number][]): string {
  const folder = box.folder();
  for (const [index, [uid, gid]] of owners.entries()) {
    writeFileSync(join(folder, `f${index}`), '');
    chownSync(join(folder, `f${index}`), uid, gid);
  }
  return folder;
}

const mounted =
  (source: string, more: Partial<Mount>) =>
  (c: Config): void => {
    c.mounts.push({ destination: '/data', type: 'bind', source, options: ['bind'], ...more });
  };

/** With a user namespace, and a rootfs that is its root's. */
const mapped =
  (change: (c: Config) => void) =>
  (c: Config): void => {
    c.linux.namespaces.push({ type: 'user' });
    c.linux.uidMappings = [map(0, 100_000, 65_536)];
    c.linux.gidMappings = [map(0, 200_000, 65_536)];
    change(c);
  };

/** The mountpoint has to be made by that root. */
const ours = { prepare: (bundle: Bundle) => chownSync(bundle.rootfs, 100_000, 200_000) };

const owners = 'stat -c %u:%g /data/f0 /data/f1';
const lines = (r: { stdout: string; stderr: string }) => [r.stderr, ...r.stdout.trim().split('\n')];

describe('mounts with mapped owners', () => {
  it('maps of its own, without a user namespace', async (ctx) => {
    if (box.runtime.name === 'runc') skip(ctx, 'runc 1.1.5 has no id-mapped mounts');
    const folder = owned([1, 2], [3, 4]);
    const ids = { uidMappings: [map(0, 1000, 10)], gidMappings: [map(0, 2000, 10)] };
    expect(lines(await box.run(owners, mounted(folder, ids)))).toEqual([
      '',
      '1001:2002',
      '1003:2004',
    ]);
  });

  it('what is written gets the owner back', async (ctx) => {
    if (box.runtime.name === 'runc') skip(ctx, 'runc 1.1.5 has no id-mapped mounts');
    const folder = owned([1, 2]);
    const ids = { uidMappings: [map(500, 0, 10)], gidMappings: [map(600, 0, 10)] };
    const r = await box.run(
      'touch /data/new',
      (c) => {
        mounted(folder, ids)(c);
        // the folder's own owner is not in the maps
        c.process.capabilities = {};
        c.process.user = { uid: 0, gid: 0 };
      },
      { prepare: () => chownSync(folder, 500, 600) },
    );
    expect([r.stderr, r.code]).toEqual(['', 0]);
    const { uid, gid } = statSync(join(folder, 'new'));
    expect([uid, gid]).toEqual([500, 600]);
  });

  it('idmap: as the user namespace of the container', async (ctx) => {
    requires(ctx, 'userns');
    if (box.runtime.name === 'runc') skip(ctx, 'runc 1.1.5 has no id-mapped mounts');
    const folder = owned([1, 2], [3, 4]);
    const r = await box.run(owners, mapped(mounted(folder, { options: ['bind', 'idmap'] })), ours);
    expect(lines(r)).toEqual(['', '1:2', '3:4']);
  });

  it('idmap of a user namespace that is joined', async (ctx) => {
    requires(ctx, 'userns');
    if (box.runtime.name === 'runc') skip(ctx, 'runc 1.1.5 has no id-mapped mounts');
    const folder = owned([1, 2], [3, 4]);
    const other = await box.running(mapped(() => {}));
    const r = await box.run(
      owners,
      (c) => {
        c.linux.namespaces.push({ type: 'user', path: `/proc/${other.pid}/ns/user` });
        mounted(folder, { options: ['bind', 'idmap'] })(c);
      },
      ours,
    );
    expect(lines(r)).toEqual(['', '1:2', '3:4']);
  });

  it('idmap is for the mount itself, ridmap for those below, too', async (ctx) => {
    if (box.runtime.name === 'runc') skip(ctx, 'runc 1.1.5 has no id-mapped mounts');
    const folder = owned([1, 2]);
    mkdirSync(join(folder, 'sub'));
    await box.sh(
      `mount -t tmpfs tmpfs ${folder}/sub; touch ${folder}/sub/f; chown 3:4 ${folder}/sub/f`,
    );
    const ids = { uidMappings: [map(0, 1000, 10)], gidMappings: [map(0, 2000, 10)] };
    const look = 'stat -c %u:%g /data/f0 /data/sub/f';
    const one = await box.run(look, mounted(folder, { ...ids, options: ['rbind', 'idmap'] }));
    const all = await box.run(look, mounted(folder, { ...ids, options: ['rbind', 'ridmap'] }));
    await box.sh(`umount ${folder}/sub`);
    expect(lines(one)).toEqual(['', '1001:2002', '3:4']);
    expect(lines(all)).toEqual(['', '1001:2002', '1003:2004']);
  });

  it("crun's words: absolute, and relative to the container's maps", async (ctx) => {
    requires(ctx, 'userns');
    if (box.runtime.name === 'runc') skip(ctx, 'runc has no such words');
    const folder = owned([1, 2], [3, 4]);
    const words = 'idmap=uids=0-100005-1#1-100011-1#3-100013-1;gids=@2-22-1#@4-44-1';
    const r = await box.run(owners, mapped(mounted(folder, { options: ['bind', words] })), ours);
    expect(lines(r)).toEqual(['', '11:22', '13:44']);
  });

  it('two mounts of one folder with different maps', async (ctx) => {
    if (box.runtime.name === 'runc') skip(ctx, 'runc 1.1.5 has no id-mapped mounts');
    const folder = owned([1, 2]);
    const ids = (host: number) => ({
      uidMappings: [map(0, host, 10)],
      gidMappings: [map(0, host, 10)],
    });
    const r = await box.run('stat -c %u:%g /data/f0 /more/f0', (c) => {
      mounted(folder, ids(1000))(c);
      mounted(folder, { ...ids(2000), destination: '/more' })(c);
    });
    expect(lines(r)).toEqual(['', '1001:1002', '2001:2002']);
  });

  it('a filesystem that cannot: the reason, and nothing is left', async (ctx) => {
    if (box.runtime.name === 'runc') skip(ctx, 'runc 1.1.5 has no id-mapped mounts');
    const ids = { uidMappings: [map(0, 1000, 10)], gidMappings: [map(0, 2000, 10)] };
    const r = await box.run('true', mounted('/proc/sys', { ...ids, destination: '/data' }));
    expect(r.code).toBe(1);
    expect(r.stderr).toContain('failed to set MOUNT_ATTR_IDMAP on /proc/sys: invalid argument');
    expect(r.stderr).toContain("the filesystem used doesn't support idmap mounts");
  });

  it.each([
    [{ uidMappings: [map(0, 1000, 10)] }, 'must have both uid and gid mappings'],
    [{ options: ['bind', 'idmap'] }, 'idmap needs uidMappings and gidMappings'],
    [{ options: ['bind', 'idmap=uids=0-1'] }, 'invalid mapping specified "0-1"'],
    [
      { type: 'tmpfs', options: [], uidMappings: [map(0, 1, 1)], gidMappings: [map(0, 1, 1)] },
      'only supported for bind-mounts',
    ],
  ])('%j is refused', async (more, words) => {
    const r = await box.run('true', mounted(box.folder(), more));
    expect([r.code, r.stderr]).toEqual([1, expect.stringContaining(words)]);
  });
});

describe("crun's options of links", () => {
  it('copy-symlink: the link itself', async (ctx) => {
    if (box.runtime.name !== 'rundlet') skip(ctx, 'an option of crun only');
    const link = join(box.folder(), 'link');
    symlinkSync('/etc/passwd', link);
    const r = await box.run(
      'readlink /srv/a/link',
      mounted(link, { destination: '/srv/a/link', options: ['bind', 'copy-symlink'] }),
    );
    expect(lines(r)).toEqual(['', '/etc/passwd']);
    expect(readlinkSync(link)).toBe('/etc/passwd');
  });

  it('copy-symlink of what is none: a bind', async (ctx) => {
    if (box.runtime.name !== 'rundlet') skip(ctx, 'an option of crun only');
    const folder = owned([0, 0]);
    const r = await box.run('ls /data', mounted(folder, { options: ['bind', 'copy-symlink'] }));
    expect(lines(r)).toEqual(['', 'f0']);
  });

  it('copy-symlink over something else fails', async (ctx) => {
    if (box.runtime.name !== 'rundlet') skip(ctx, 'an option of crun only');
    const link = join(box.folder(), 'link');
    symlinkSync('/nosuch', link);
    const change = mounted(link, {
      destination: '/etc/passwd',
      options: ['bind', 'copy-symlink'],
    });
    const r = await box.run('true', change);
    expect([r.code, r.stderr]).toEqual([1, expect.stringContaining('/etc/passwd exists already')]);
  });

  it('src-nofollow and dest-nofollow: a link mounted on a link', async (ctx) => {
    if (box.runtime.name !== 'rundlet') skip(ctx, 'options of crun only');
    const link = join(box.folder(), 'link');
    symlinkSync('/from/outside', link);
    const r = await box.run(
      'readlink /srv/link',
      mounted(link, {
        destination: '/srv/link',
        options: ['bind', 'src-nofollow', 'dest-nofollow'],
      }),
      { prepare: (bundle) => symlinkSync('/inside', join(bundle.rootfs, 'srv/link')) },
    );
    expect(lines(r)).toEqual(['', '/from/outside']);
  });
});
