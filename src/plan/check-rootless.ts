import type { HostFacts } from '../host/generated/plan.ts';
import type { LinuxIDMapping, Spec } from '../spec/generated/config.ts';
import { hasNamespace, makesNamespace, type NamespaceSet } from './namespace-set.ts';
import { invalid } from './plan-error.ts';

/** What an ordinary user's container cannot do without, in runc's words. */
export function checkRootless(spec: Spec, namespaces: NamespaceSet, facts: HostFacts): void {
  if (facts.euid === 0) return;
  if (!hasNamespace(namespaces, 'user')) {
    throw invalid('/linux/namespaces', 'rootless container requires user namespaces');
  }
  // one that is joined has its own maps
  if (!makesNamespace(namespaces, 'user')) return;
  const { uidMappings = [], gidMappings = [] } = spec.linux ?? {};
  for (const [index, { options = [] }] of (spec.mounts ?? []).entries()) {
    for (const option of options) {
      checkOwner(`/mounts/${index}/options`, option, 'uid', uidMappings);
      checkOwner(`/mounts/${index}/options`, option, 'gid', gidMappings);
    }
  }
}

function checkOwner(
  from: string,
  option: string,
  kind: 'uid' | 'gid',
  maps: readonly LinuxIDMapping[],
): void {
  const found = new RegExp(`^${kind}=(\\d+)$`).exec(option);
  if (!found || isMapped(Number(found[1]), maps)) return;
  const words = `user namespaces enabled, but no mapping found for ${kind} ${found[1]}`;
  throw invalid(from, `cannot specify ${option} mount option for rootless container: ${words}`);
}

function isMapped(id: number, maps: readonly LinuxIDMapping[]): boolean {
  return maps.some(({ containerID, size }) => id >= containerID && id < containerID + size);
}
