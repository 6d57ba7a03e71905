import { attr, ms, propagationFlags } from './mount-flags.ts';

/** What a list of mount options comes to. `set`, `clear` and the recursive pair are MOUNT_ATTR_*. */
export interface MountOptions {
  set: number;
  clear: number;
  superFlags: number;
  bind: boolean;
  recursive: boolean;
  remount: boolean;
  propagation: number[];
  recursiveSet: number;
  recursiveClear: number;
  tmpcopyup: boolean;
  idmap: IdmapWord | undefined;
  destNofollow: boolean;
  srcNofollow: boolean;
  copySymlink: boolean;
  /** Options of the filesystem. */
  data: string[];
}

/** `idmap`, `ridmap`, or crun's `idmap=uids=…;gids=…`. */
export interface IdmapWord {
  recursive: boolean;
  /** After the `=`; empty without. */
  maps: string;
}

/** Which words the two numbers change: the mount's attribute, the superblock's flag. */
type FlagWord = readonly [attribute: number, superFlag: number];

/** Words that set; each is taken back by its opposite in `clearWords`. */
const setWords: Readonly<Record<string, FlagWord | undefined>> = {
  __proto__: null as never,
  ro: [attr.readonly, ms.readonly],
  nosuid: [attr.nosuid, 0],
  nodev: [attr.nodev, 0],
  noexec: [attr.noexec, 0],
  nodiratime: [attr.nodiratime, 0],
  nosymfollow: [attr.nosymfollow, 0],
  sync: [0, ms.synchronous],
  dirsync: [0, ms.dirsync],
  mand: [0, ms.mandlock],
  silent: [0, ms.silent],
  iversion: [0, ms.iversion],
  lazytime: [0, ms.lazytime],
};

const clearWords: Readonly<Record<string, string | undefined>> = {
  __proto__: null as never,
  rw: 'ro',
  suid: 'nosuid',
  dev: 'nodev',
  exec: 'noexec',
  diratime: 'nodiratime',
  symfollow: 'nosymfollow',
  async: 'sync',
  nomand: 'mand',
  loud: 'silent',
  noiversion: 'iversion',
  nolazytime: 'lazytime',
};

/** The access-time words: value of the field, and whether the word sets it or takes it back. */
const atimeWords: Readonly<Record<string, readonly [value: number, sets: boolean] | undefined>> = {
  __proto__: null as never,
  relatime: [0, true],
  noatime: [attr.noatime, true],
  strictatime: [attr.strictatime, true],
  norelatime: [0, false],
  atime: [attr.noatime, false],
  nostrictatime: [attr.strictatime, false],
};

/** Parses the options of a mount; a word that is not known here is the filesystem's. */
export function parseMountOptions(words: readonly string[] | undefined): MountOptions {
  const options = noOptions();
  for (const word of words ?? []) {
    const known =
      takeFlag(options, word) ||
      takeAtime(options, word) ||
      takePropagation(options, word) ||
      takeRecursive(options, word) ||
      takeManner(options, word);
    if (!known) options.data.push(word);
  }
  return options;
}

/** All words that are no filesystem's, sorted; for `features`. */
export function knownMountOptions(): string[] {
  const recursive = ['ro', 'nosuid', 'nodev', 'noexec', 'nodiratime', 'nosymfollow'];
  const opposites = ['rw', 'suid', 'dev', 'exec', 'diratime', 'symfollow'];
  const atime = Object.keys(atimeWords);
  return [
    ...Object.keys(setWords),
    ...Object.keys(clearWords),
    ...atime,
    ...[...recursive, ...opposites, ...atime].map((word) => `r${word}`),
    ...['private', 'slave', 'shared', 'unbindable'].flatMap((word) => [word, `r${word}`]),
    ...['bind', 'rbind', 'remount', 'defaults', 'tmpcopyup', 'idmap', 'ridmap'],
    ...['copy-symlink', 'src-nofollow', 'dest-nofollow'],
  ].sort();
}

function noOptions(): MountOptions {
  return {
    set: 0,
    clear: 0,
    superFlags: 0,
    bind: false,
    recursive: false,
    remount: false,
    propagation: [],
    recursiveSet: 0,
    recursiveClear: 0,
    tmpcopyup: false,
    idmap: undefined,
    destNofollow: false,
    srcNofollow: false,
    copySymlink: false,
    data: [],
  };
}

function takeFlag(options: MountOptions, word: string): boolean {
  const sets = setWords[word];
  if (sets) {
    options.set |= sets[0];
    options.clear &= ~sets[0];
    options.superFlags |= sets[1];
    return true;
  }
  const opposite = clearWords[word];
  if (opposite === undefined) return false;
  const [attribute, superFlag] = setWords[opposite] as FlagWord;
  options.set &= ~attribute;
  options.clear |= attribute;
  options.superFlags &= ~superFlag;
  return true;
}

function takeAtime(options: MountOptions, word: string): boolean {
  const atime = atimeWords[word];
  if (!atime) return false;
  options.set = withAtime(options.set, atime);
  options.clear |= attr.atimeField;
  return true;
}

function takePropagation(options: MountOptions, word: string): boolean {
  const flags = propagationFlags(word);
  if (flags === undefined) return false;
  options.propagation.push(flags);
  return true;
}

/** `rro`, `rnosuid` and the like: for the mount and all below it. */
function takeRecursive(options: MountOptions, word: string): boolean {
  if (!word.startsWith('r')) return false;
  const plain = word.slice(1);
  const atime = atimeWords[plain];
  if (atime) {
    options.recursiveSet = withAtime(options.recursiveSet, atime);
    // mount_setattr(2): the field is only changed if all of it is in attr_clr
    options.recursiveClear |= attr.atimeField;
    return true;
  }
  const attribute = setWords[clearWords[plain] ?? plain]?.[0];
  if (!attribute) return false;
  if (plain in setWords) {
    options.recursiveSet |= attribute;
    options.recursiveClear &= ~attribute;
  } else {
    options.recursiveClear |= attribute;
    options.recursiveSet &= ~attribute;
  }
  return true;
}

/** Words about how to mount. */
function takeManner(options: MountOptions, word: string): boolean {
  switch (word) {
    case 'rbind':
      options.recursive = true;
      options.bind = true;
      return true;
    case 'bind':
      options.bind = true;
      return true;
    case 'remount':
      options.remount = true;
      return true;
    case 'tmpcopyup':
      options.tmpcopyup = true;
      return true;
    case 'src-nofollow':
      options.srcNofollow = true;
      return true;
    case 'dest-nofollow':
      options.destNofollow = true;
      return true;
    case 'copy-symlink':
      options.copySymlink = true;
      return true;
    default:
      return word === 'defaults' || takeIdmap(options, word);
  }
}

function takeIdmap(options: MountOptions, word: string): boolean {
  const [name, ...rest] = word.split('=');
  if (name !== 'idmap' && name !== 'ridmap') return false;
  options.idmap = { recursive: name === 'ridmap', maps: rest.join('=') };
  return true;
}

function withAtime(set: number, [value, sets]: readonly [number, boolean]): number {
  const rest = set & ~attr.atimeField;
  if (sets) return rest | value;
  return (set & attr.atimeField) === value ? rest : set;
}
