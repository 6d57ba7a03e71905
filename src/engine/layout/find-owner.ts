/** What is known of a container that something may belong to. */
export interface OwnerFacts {
  id: string;
  name: string;
  /** 0 when it does not run. */
  pid: number;
  shimPid: number;
  mountId: string;
  initId: string;
  /** Cache ids of its image's layers, topmost first. */
  layers: string[];
  /** Their chain ids, the names of their records, in the same order. */
  chains: string[];
  volumes: { source: string; destination: string }[];
}

export interface Owner {
  id: string;
  name: string;
  /** What the thing is to the container: `its own layer`, `image layer 2 of 5`, … */
  role: string;
}

const identifier = /(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])/g;

/**
 * Which containers a text speaks of: a path or a line of `mount` with ids in it, a layer's id or an
 * unambiguous beginning of it, a cgroup path, a source of a volume. Pure.
 */
export function ownersOf(query: string, containers: readonly OwnerFacts[]): Owner[] {
  const ids = query.match(identifier) ?? [];
  const owners = (roleOf: (container: OwnerFacts) => string | undefined) =>
    containers.flatMap((container): Owner[] => {
      const role = roleOf(container);
      return role === undefined ? [] : [{ id: container.id, name: container.name, role }];
    });
  const byId = owners((container) => roleById(ids, query, container));
  const found = byId.length > 0 ? byId : owners((container) => roleByVolume(query, container));
  if (found.length > 0 || ids.length > 0 || !/^[0-9a-f]{6,63}(-init)?$/.test(query)) return found;
  return ownersByPrefix(query, containers);
}

function roleById(
  ids: readonly string[],
  query: string,
  container: OwnerFacts,
): string | undefined {
  const has = (id: string) => id !== '' && ids.includes(id);
  if (has(container.mountId)) return ownLayerRole(query, container.mountId);
  if (has(container.id)) return placeRole(query, container.id);
  const at = layerPlace(container, has);
  if (at === -1) return undefined;
  return `image layer ${container.layers.length - at} of ${container.layers.length}`;
}

function layerPlace({ layers, chains }: OwnerFacts, has: (id: string) => boolean): number {
  const at = layers.findIndex(has);
  return at === -1 ? chains.findIndex(has) : at;
}

function ownLayerRole(query: string, mountId: string): string {
  if (query.includes(`${mountId}-init`) && !query.includes(`${mountId}/`)) return 'its init layer';
  if (query.includes(`${mountId}/merged`)) return 'its root file system';
  if (query.includes(`${mountId}/diff`)) return 'its own layer, what it changed';
  return 'its own layer';
}

const placeRoles: readonly (readonly [string, string])[] = [
  ['/layerdb/mounts/', 'the record of its layers'],
  ['/containers/', 'its record'],
  ['/runtime-runc/', "the OCI runtime's state"],
  ['/containerd/', 'its IO'],
  ['/io.containerd.runtime.v', 'its bundle'],
  ['/sys/fs/cgroup', 'its cgroup'],
  ['/docker/', 'its cgroup'],
];

function placeRole(query: string, id: string): string {
  const before = query.slice(0, query.indexOf(id));
  return placeRoles.find(([part]) => before.includes(part))?.[1] ?? 'the container itself';
}

function roleByVolume(query: string, { volumes }: OwnerFacts): string | undefined {
  const within = ({ source }: { source: string }) =>
    query === source || query.startsWith(`${source}/`);
  const volume = volumes.find(within);
  return volume && `mounted on ${volume.destination}`;
}

function ownersByPrefix(query: string, containers: readonly OwnerFacts[]): Owner[] {
  const prefix = query.replace(/-init$/, '');
  return containers.flatMap((container) => {
    const full = [container.mountId, container.id, ...container.layers, ...container.chains].find(
      (id) => id.startsWith(prefix),
    );
    const role = full && roleById([full], query.replace(prefix, full), container);
    return role ? [{ id: container.id, name: container.name, role }] : [];
  });
}

/** Of a process: by the ids in its cgroups, or because one of `ancestors` (itself first) is a container's. */
export function ownersOfProcess(
  cgroups: string,
  ancestors: readonly number[],
  containers: readonly OwnerFacts[],
): Owner[] {
  for (const container of containers) {
    const { id, name, pid, shimPid } = container;
    const self = ancestors[0];
    if (self === shimPid && self !== 0) return [{ id, name, role: 'its shim' }];
    if (self === pid && self !== 0) return [{ id, name, role: 'its first process' }];
    const within = cgroups.includes(id) || (pid !== 0 && ancestors.includes(pid));
    if (within) return [{ id, name, role: 'one of its processes' }];
  }
  return [];
}
