import { describe, expect, test } from 'vitest';
import { attr, ms } from '../../../src/plan/mount-flags.ts';
import { knownMountOptions, parseMountOptions } from '../../../src/plan/mount-options.ts';

describe('parseMountOptions', () => {
  test.each([
    ['nosuid', attr.nosuid, 0],
    ['nodev', attr.nodev, 0],
    ['noexec', attr.noexec, 0],
    ['nodiratime', attr.nodiratime, 0],
    ['nosymfollow', attr.nosymfollow, 0],
    ['ro', attr.readonly, ms.readonly],
    ['sync', 0, ms.synchronous],
    ['dirsync', 0, ms.dirsync],
    ['mand', 0, ms.mandlock],
    ['silent', 0, ms.silent],
    ['iversion', 0, ms.iversion],
    ['lazytime', 0, ms.lazytime],
  ])('%s sets its flag', (word, attribute, superFlag) => {
    expect(parseMountOptions([word])).toMatchObject({
      set: attribute,
      clear: 0,
      superFlags: superFlag,
      data: [],
    });
  });

  test.each([
    ['ro', 'rw'],
    ['nosuid', 'suid'],
    ['nodev', 'dev'],
    ['noexec', 'exec'],
    ['nodiratime', 'diratime'],
    ['nosymfollow', 'symfollow'],
    ['sync', 'async'],
    ['mand', 'nomand'],
    ['silent', 'loud'],
    ['iversion', 'noiversion'],
    ['lazytime', 'nolazytime'],
  ])('%s is taken back by %s, and the last of them counts', (sets, clears) => {
    const { set } = parseMountOptions([sets]);
    expect(parseMountOptions([sets, clears])).toMatchObject({ set: 0, clear: set, superFlags: 0 });
    expect(parseMountOptions([clears, sets])).toMatchObject({ set, clear: 0 });
  });

  test.each([
    [['noatime'], attr.noatime],
    [['strictatime'], attr.strictatime],
    [['relatime'], 0],
    [['noatime', 'relatime'], 0],
    [['noatime', 'strictatime'], attr.strictatime],
    [['noatime', 'atime'], 0],
    [['strictatime', 'atime'], attr.strictatime],
    [['strictatime', 'nostrictatime'], 0],
    [['noatime', 'norelatime'], attr.noatime],
  ])('%j are one field, which is cleared whole', (words, field) => {
    expect(parseMountOptions(words)).toMatchObject({ set: field, clear: attr.atimeField });
  });

  test.each([
    ['rro', attr.readonly, 0],
    ['rrw', 0, attr.readonly],
    ['rnosuid', attr.nosuid, 0],
    ['rsuid', 0, attr.nosuid],
    ['rnodev', attr.nodev, 0],
    ['rdev', 0, attr.nodev],
    ['rnoexec', attr.noexec, 0],
    ['rexec', 0, attr.noexec],
    ['rnodiratime', attr.nodiratime, 0],
    ['rdiratime', 0, attr.nodiratime],
    ['rnosymfollow', attr.nosymfollow, 0],
    ['rsymfollow', 0, attr.nosymfollow],
    ['rnoatime', attr.noatime, attr.atimeField],
    ['rstrictatime', attr.strictatime, attr.atimeField],
    ['rrelatime', 0, attr.atimeField],
    ['rnorelatime', 0, attr.atimeField],
    ['ratime', 0, attr.atimeField],
    ['rnostrictatime', 0, attr.atimeField],
  ])('%s is for all mounts below', (word, recursiveSet, recursiveClear) => {
    const parsed = parseMountOptions([word]);
    expect(parsed).toMatchObject({ set: 0, clear: 0, recursiveSet, recursiveClear, data: [] });
  });

  test.each([
    ['private', ms.private],
    ['rprivate', ms.private | ms.recursive],
    ['slave', ms.slave],
    ['rslave', ms.slave | ms.recursive],
    ['shared', ms.shared],
    ['rshared', ms.shared | ms.recursive],
    ['unbindable', ms.unbindable],
    ['runbindable', ms.unbindable | ms.recursive],
  ])('%s is a propagation', (word, flags) => {
    expect(parseMountOptions([word])).toMatchObject({ propagation: [flags], data: [] });
  });

  test('propagation words keep their order', () => {
    const { propagation } = parseMountOptions(['slave', 'rshared']);
    expect(propagation).toEqual([ms.slave, ms.shared | ms.recursive]);
  });

  test.each([
    [['bind'], { bind: true, recursive: false }],
    [['rbind'], { bind: true, recursive: true }],
    [['rbind', 'bind'], { bind: true, recursive: true }],
    [['remount'], { remount: true }],
    [['tmpcopyup'], { tmpcopyup: true }],
    [['src-nofollow'], { srcNofollow: true }],
    [['dest-nofollow'], { destNofollow: true }],
    [['copy-symlink'], { copySymlink: true }],
    [['idmap'], { idmap: { recursive: false, maps: '' } }],
    [['ridmap'], { idmap: { recursive: true, maps: '' } }],
    [
      ['idmap=uids=0-1-10;gids=0-1-10'],
      { idmap: { recursive: false, maps: 'uids=0-1-10;gids=0-1-10' } },
    ],
    [['defaults'], { set: 0, superFlags: 0 }],
  ])('%j tell how to mount', (words, expected) => {
    expect(parseMountOptions(words)).toMatchObject({ ...expected, data: [] });
  });

  test('all other words are the filesystem’s, in their order', () => {
    const words = [
      'mode=755',
      'size=64k',
      'RO',
      'rsync',
      'rsilent',
      'r',
      '',
      'constructor',
      'r__proto__',
    ];
    expect(parseMountOptions(words)).toMatchObject({ set: 0, clear: 0, data: words });
  });
});

test('knownMountOptions lists each word that is not the filesystem’s once', () => {
  const known = knownMountOptions();
  expect(new Set(known).size).toBe(known.length);
  for (const word of known) expect(parseMountOptions([word]).data).toEqual([]);
});
