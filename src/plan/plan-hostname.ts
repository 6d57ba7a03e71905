import type { Spec } from '../spec/generated/config.ts';
import { addStep, type Draft } from './draft.ts';
import { hasNamespace, type NamespaceSet } from './namespace-set.ts';
import { invalid } from './plan-error.ts';

/** `hostname` and `domainname`, only where they are not the host's. */
export function planHostname(draft: Draft, spec: Spec, namespaces: NamespaceSet): void {
  const isolated = hasNamespace(namespaces, 'uts');
  for (const key of ['hostname', 'domainname'] as const) {
    const name = spec[key];
    if (!name) continue;
    if (!isolated) throw invalid(`/${key}`, `unable to set ${key} without a private UTS namespace`);
    addStep(
      draft,
      `/${key}`,
      key === 'hostname' ? { hostname: { name } } : { domainname: { name } },
    );
  }
}
