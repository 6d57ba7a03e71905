import type { TreeEntry } from '../../host/generated/plan.ts';
import { storeModes } from './layer-store.ts';

/** What a new layer needs to know of its parent, from the parent's files `link` and `lower`. */
export interface ParentLayer {
  /** Directory name in overlay2. */
  cacheId: string;
  /** Its name in `l/`. */
  link: string;
  /** Its own file `lower`; empty for the lowest layer. */
  lower: string;
}

/** One directory of overlay2 as it will be. */
export interface NewLayer {
  cacheId: string;
  link: string;
  parent: ParentLayer | null;
  /** With `work/work`, which the first mount makes. */
  mounted: boolean;
}

/** `l/<parent>:l/<grandparent>:…`, topmost first; empty without parent. Pure. */
export function lowerOf(parent: ParentLayer | null): string {
  if (parent === null) return '';
  return parent.lower === '' ? `l/${parent.link}` : `l/${parent.link}:${parent.lower}`;
}

/** How many layers a `lower` names. */
export function countLower(lower: string): number {
  return lower === '' ? 0 : lower.split(':').length;
}

/**
 * The entries below overlay2 that make a layer. `link` comes before the link itself, so that after a crash
 * at any moment the directory knows what is to be removed with it. Pure.
 */
export function layerEntries({ cacheId, link, parent, mounted }: NewLayer): TreeEntry[] {
  const entries: TreeEntry[] = [
    directory(cacheId, storeModes.overlay),
    directory(`${cacheId}/diff`, 0o755),
    file(`${cacheId}/link`, link),
    { path: `l/${link}`, kind: 'symlink', mode: 0, text: `../${cacheId}/diff` },
  ];
  if (parent === null) return entries;
  entries.push(
    directory(`${cacheId}/work`, storeModes.work),
    { path: `${parent.cacheId}/committed`, kind: 'touch', mode: storeModes.committed, text: '' },
    file(`${cacheId}/lower`, lowerOf(parent)),
  );
  if (mounted) entries.push(directory(`${cacheId}/work/work`, 0));
  return entries;
}

function directory(path: string, mode: number): TreeEntry {
  return { path, kind: 'directory', mode, text: '' };
}

function file(path: string, text: string): TreeEntry {
  return { path, kind: 'file', mode: 0o644, text };
}
