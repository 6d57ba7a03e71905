import type { CgroupVersion, HierarchyFact } from '../host/generated/plan.ts';
import { cleanPath } from '../spec/clean-path.ts';
import { invalid } from './plan-error.ts';

/**
 * The container's group in one hierarchy, absolute. An absolute cgroupsPath counts from the
 * hierarchy's root; a relative one from the runtime's own group on v1, and on v2 from that group's
 * parent, since a group with processes cannot pass controllers on. Absent, it is the container's id.
 */
export function cgroupPath(
  version: CgroupVersion,
  fact: Pick<HierarchyFact, 'own'>,
  cgroupsPath: string | undefined,
  id: string,
): string {
  const inner = cleanPath(cgroupsPath || id);
  // the runtime must not limit, freeze or remove a group that is not the container's
  if (inner === '' || inner === '/') {
    throw invalid(
      '/linux/cgroupsPath',
      `cgroupsPath "${cgroupsPath}" resolves to the root of the hierarchy`,
    );
  }
  if (inner.startsWith('/')) return inner;
  const base = version === 'v2' ? parent(cleanPath(fact.own)) : cleanPath(fact.own);
  return cleanPath(`${base}/${inner}`);
}

function parent(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf('/'), 0));
}
