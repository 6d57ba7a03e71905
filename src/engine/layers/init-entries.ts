import type { TreeEntry } from '../../host/generated/plan.ts';

const mode = 0o755;

/**
 * What Docker puts in the init layer so that mounts of the container find a place: empty files and
 * directories, and etc/mtab.
 */
export const initEntries: readonly TreeEntry[] = [
  { path: '.dockerenv', kind: 'file', mode, text: '' },
  { path: 'dev/console', kind: 'file', mode, text: '' },
  { path: 'dev/pts', kind: 'directory', mode, text: '' },
  { path: 'dev/shm', kind: 'directory', mode, text: '' },
  { path: 'etc/hostname', kind: 'file', mode, text: '' },
  { path: 'etc/hosts', kind: 'file', mode, text: '' },
  { path: 'etc/mtab', kind: 'symlink', mode, text: '/proc/mounts' },
  { path: 'etc/resolv.conf', kind: 'file', mode, text: '' },
  { path: 'proc', kind: 'directory', mode, text: '' },
  { path: 'sys', kind: 'directory', mode, text: '' },
];
