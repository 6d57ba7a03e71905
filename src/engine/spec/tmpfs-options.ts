import { invalidParameter } from '../engine-error.ts';

/** Opposites have one key, as all propagations have: the last one counts. */
const flagKeys: Readonly<Record<string, string>> = Object.fromEntries(
  [
    ['ro', 'rw'],
    ['suid', 'nosuid'],
    ['dev', 'nodev'],
    ['exec', 'noexec'],
    ['sync', 'async'],
    ['dirsync'],
    ['mand', 'nomand'],
    ['atime', 'noatime'],
    ['diratime', 'nodiratime'],
    ['relatime', 'norelatime'],
    ['strictatime', 'nostrictatime'],
    ['remount'],
    ['bind', 'rbind'],
    ['private', 'rprivate', 'shared', 'rshared', 'slave', 'rslave', 'unbindable', 'runbindable'],
  ].flatMap((words) => words.map((word) => [word, words[0] ?? word])),
);

const dataKeys: ReadonlySet<string> = new Set([
  'size',
  'mode',
  'uid',
  'gid',
  'nr_inodes',
  'nr_blocks',
  'mpol',
]);

/** Docker's options for a tmpfs, changed by the caller's; `noexec,size=1m` → a list without contradictions. */
export function tmpfsOptions(given: string): string[] {
  const words = ['noexec', 'nosuid', 'nodev', 'rprivate', ...given.split(',')].filter(
    (word) => word !== '' && word !== 'defaults',
  );
  const seen = new Set<string>();
  const kept: string[] = [];
  for (const word of words.reverse()) {
    const key = Object.hasOwn(flagKeys, word) ? flagKeys[word] : dataKey(word);
    if (key === undefined) throw invalidParameter(`Invalid tmpfs option ["${word}"]`);
    if (seen.has(key)) continue;
    seen.add(key);
    kept.push(word);
  }
  return kept.reverse();
}

function dataKey(word: string): string | undefined {
  const equals = word.indexOf('=');
  const key = equals === -1 ? '' : word.slice(0, equals);
  return dataKeys.has(key) ? key : undefined;
}
