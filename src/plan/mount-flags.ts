/** Numbers of mount(2) and mount_setattr(2), equal on all architectures. */
export const attr = {
  readonly: 0x1,
  nosuid: 0x2,
  nodev: 0x4,
  noexec: 0x8,
  /** A field, not a flag: relatime is 0 in it. */
  atimeField: 0x70,
  noatime: 0x10,
  strictatime: 0x20,
  nodiratime: 0x80,
  nosymfollow: 0x200000,
} as const;

export const ms = {
  readonly: 0x1,
  synchronous: 0x10,
  mandlock: 0x40,
  dirsync: 0x80,
  recursive: 0x4000,
  silent: 0x8000,
  unbindable: 0x20000,
  private: 0x40000,
  slave: 0x80000,
  shared: 0x100000,
  iversion: 0x800000,
  lazytime: 0x2000000,
} as const;

/** The number of a propagation word, undefined for other words. */
export function propagationFlags(word: string): number | undefined {
  switch (word) {
    case 'private':
      return ms.private;
    case 'rprivate':
      return ms.private | ms.recursive;
    case 'slave':
      return ms.slave;
    case 'rslave':
      return ms.slave | ms.recursive;
    case 'shared':
      return ms.shared;
    case 'rshared':
      return ms.shared | ms.recursive;
    case 'unbindable':
      return ms.unbindable;
    case 'runbindable':
      return ms.unbindable | ms.recursive;
    default:
      return undefined;
  }
}
