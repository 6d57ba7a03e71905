import type { CgroupHierarchy, HierarchyFact } from '../host/generated/plan.ts';
import { cgroupPath } from './cgroup-path.ts';
import { cgroupPlace } from './cgroup-place.ts';
import { addStep, type Draft, isRootlessCgroups } from './draft.ts';
import { attr } from './mount-flags.ts';
import { hasNamespace, type NamespaceSet } from './namespace-set.ts';
import type { MountRequest } from './plan-mounts.ts';

/** A mount of type cgroup: the container's own groups only, never the host's tree (CVE-2023-25809). */
export function planCgroupMount(
  draft: Draft,
  request: MountRequest,
  cgroupsPath: string | undefined,
  namespaces: NamespaceSet,
): void {
  const { cgroup } = draft.facts;
  const unified = cgroup.version === 'v2';
  const place = cgroupPlace(draft, cgroupsPath);
  const optional =
    draft.options.cgroupManager === 'disabled' || (isRootlessCgroups(draft) && !place);
  const shown = cgroup.hierarchies.filter((fact) => unified || fact.controllers.length > 0);
  const hierarchies = shown.map((fact): CgroupHierarchy => {
    const path = cgroupPath(cgroup.version, fact, place, draft.options.id);
    const callers = fact.own === '/' ? fact.mount : fact.mount + fact.own;
    return {
      name: fact.name,
      data: mountData(fact),
      own: fact.mount + path,
      ...(optional && { callers }),
    };
  });
  addStep(draft, request.from, {
    cgroupMount: {
      target: request.target,
      unified,
      namespaced: hasNamespace(namespaces, 'cgroup'),
      // as every cgroup mount of the host has them
      attr: request.options.set | attr.nosuid | attr.nodev | attr.noexec,
      hierarchies,
      links: unified ? [] : shown.flatMap(controllerLinks),
    },
  });
}

function mountData(fact: HierarchyFact): string {
  if (fact.name === '') return '';
  const named = fact.controllers.every((controller) => controller.startsWith('name='));
  return `${named ? 'none,' : ''}${fact.controllers.join(',')}`;
}

/** `cpu` → `cpu,cpuacct`, for programs that look for one controller. */
function controllerLinks({ name, controllers }: HierarchyFact): [string, string][] {
  if (!name.includes(',')) return [];
  return controllers.filter((one) => one !== name).map((one) => [one, name]);
}
