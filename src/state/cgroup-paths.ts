import type { CgroupPlan, HostFacts } from '../host/generated/plan.ts';

/**
 * `cgroup_paths` of state.json: on v1 one key per controller (those of one hierarchy share a path),
 * on v2 the one key `""`.
 */
export type CgroupPathMap = Record<string, string>;

/** The groups of a plan under the controllers' names. */
export function cgroupPathsOf(plan: CgroupPlan | undefined, facts: HostFacts): CgroupPathMap {
  const paths: CgroupPathMap = {};
  for (const group of plan?.groups ?? []) {
    const path = joinGroup(group.mount, group.path);
    const hierarchy = facts.cgroup.hierarchies.find((one) => one.mount === group.mount);
    const names = plan?.version === 'v2' ? [''] : (hierarchy?.controllers ?? [group.hierarchy]);
    for (const name of names) paths[name] = path;
  }
  return paths;
}

/** The v1 freezer group or the v2 group; empty when there is none. */
export function freezerPath(paths: CgroupPathMap | null | undefined): string {
  return paths?.freezer ?? (isUnified(paths) ? (paths?.[''] ?? '') : '');
}

/** All groups, each once. */
export function allGroups(paths: CgroupPathMap | null | undefined): string[] {
  return [...new Set(Object.values(paths ?? {}))];
}

/** One group that holds every process of the container: on v1 all hierarchies hold the same ones. */
export function processGroup(paths: CgroupPathMap | null | undefined): string[] {
  if (!paths) return [];
  const group = paths.freezer ?? paths.devices ?? paths.pids ?? Object.values(paths)[0];
  return group ? [group] : [];
}

/** v2 alone; runc lists the unified group of a hybrid host beside the v1 ones. */
export function isUnified(paths: CgroupPathMap | null | undefined): boolean {
  const keys = Object.keys(paths ?? {});
  return keys.length === 1 && keys[0] === '';
}

function joinGroup(mount: string, path: string): string {
  return path === '/' ? mount : `${mount}${path}`;
}
