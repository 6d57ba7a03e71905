import { attr, ms } from './mount-flags.ts';

const attributeWords: [number, string][] = [
  [attr.readonly, 'ro'],
  [attr.nosuid, 'nosuid'],
  [attr.nodev, 'nodev'],
  [attr.noexec, 'noexec'],
  [attr.nodiratime, 'nodiratime'],
  [attr.nosymfollow, 'nosymfollow'],
];

const superWords: [number, string][] = [
  [ms.readonly, 'ro'],
  [ms.synchronous, 'sync'],
  [ms.dirsync, 'dirsync'],
  [ms.mandlock, 'mand'],
  [ms.silent, 'silent'],
  [ms.iversion, 'iversion'],
  [ms.lazytime, 'lazytime'],
];

const propagationWords: [number, string][] = [
  [ms.private, 'private'],
  [ms.slave, 'slave'],
  [ms.shared, 'shared'],
  [ms.unbindable, 'unbindable'],
];

/** MOUNT_ATTR_* in words. */
export function attributeText(flags: number): string[] {
  const words = pick(attributeWords, flags);
  const atime = flags & attr.atimeField;
  if (atime === attr.noatime) words.push('noatime');
  if (atime === attr.strictatime) words.push('strictatime');
  return words;
}

/** A pair of mount_setattr(2) as mount options; relatime is an empty field. */
export function changedText(set: number, clear: number, prefix = ''): string[] {
  const words = attributeText(set).map((word) => prefix + word);
  const resets = clear & attr.atimeField && !(set & attr.atimeField);
  if (resets) words.push(`${prefix}relatime`);
  return [...words, ...pick(attributeWords, clear).map((word) => prefix + opposite(word))];
}

/** MS_* of a superblock in words. */
export function superText(flags: number): string[] {
  return pick(superWords, flags);
}

/** Propagation in words, `r` for recursive. */
export function propagationText(flags: number): string {
  const prefix = flags & ms.recursive ? 'r' : '';
  return pick(propagationWords, flags)
    .map((word) => prefix + word)
    .join(',');
}

function pick(words: readonly [number, string][], flags: number): string[] {
  return words.filter(([flag]) => flags & flag).map(([, word]) => word);
}

/** `ro` → `rw`, `nosuid` → `suid`. */
function opposite(word: string): string {
  return word === 'ro' ? 'rw' : word.slice('no'.length);
}
