import { cleanPath } from '../spec/clean-path.ts';
import type { Spec } from '../spec/generated/config.ts';
import { makesNamespace, type NamespaceSet } from './namespace-set.ts';

/**
 * The host's user whom the container's group of v2 is given to: that of its process, where the container
 * sees the group as its own root and may write to it. Undefined where it stays ours.
 */
export function cgroupOwner(spec: Spec, namespaces: NamespaceSet): number | undefined {
  if (!makesNamespace(namespaces, 'cgroup') || !mountsWritable(spec)) return undefined;
  const uid = spec.process?.user?.uid ?? 0;
  const maps = spec.linux?.uidMappings ?? [];
  const map = maps.find(({ containerID, size }) => uid >= containerID && uid < containerID + size);
  return map && map.hostID + (uid - map.containerID);
}

function mountsWritable({ mounts = [] }: Spec): boolean {
  return mounts.some(
    ({ type, source, destination, options = [] }) =>
      (source === 'cgroup' || type === 'cgroup' || type === 'cgroup2') &&
      cleanPath(destination) === '/sys/fs/cgroup' &&
      !options.includes('ro'),
  );
}
