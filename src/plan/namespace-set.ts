import type { HostFacts, JoinNamespace } from '../host/generated/plan.ts';
import type { Linux, LinuxNamespace } from '../spec/generated/config.ts';
import { invalid, unsupported } from './plan-error.ts';

export type NamespaceKind = LinuxNamespace['type'];

/** `linux.namespaces`, checked: what the container makes and what it joins. */
export interface NamespaceSet {
  readonly create: NamespaceKind[];
  readonly join: JoinNamespace[];
}

/** Reads the list; refuses an entry twice, and kinds that this kernel does not have. */
export function readNamespaces(linux: Linux, facts: HostFacts): NamespaceSet {
  const set: NamespaceSet = { create: [], join: [] };
  for (const [index, { type, path }] of (linux.namespaces ?? []).entries()) {
    const from = `/linux/namespaces/${index}`;
    if (hasNamespace(set, type))
      throw invalid(from, `malformed spec file: duplicated ns "${type}"`);
    if ((type === 'cgroup' || type === 'time') && !facts.namespaces.includes(type)) {
      throw unsupported(from, `${type} namespaces aren't enabled in the kernel`);
    }
    if (path) set.join.push({ kind: type, path, from });
    else set.create.push(type);
  }
  return set;
}

/** The container has such a namespace apart from the runtime's, new or joined. */
export function hasNamespace(set: NamespaceSet, kind: NamespaceKind): boolean {
  return set.create.includes(kind) || set.join.some((join) => join.kind === kind);
}

/** The container makes such a namespace. */
export function makesNamespace(set: NamespaceSet, kind: NamespaceKind): boolean {
  return set.create.includes(kind);
}
