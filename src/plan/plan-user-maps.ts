import type { HostFacts, IdMap, UserMaps } from '../host/generated/plan.ts';
import type { Linux, LinuxIDMapping } from '../spec/generated/config.ts';
import { hasNamespace, makesNamespace, type NamespaceSet } from './namespace-set.ts';
import { invalid } from './plan-error.ts';

/**
 * The maps of a new user namespace, undefined without one. Joined by path it keeps its own maps;
 * containerd writes both into config.json, so ours are left alone then.
 */
export function planUserMaps(
  linux: Linux,
  namespaces: NamespaceSet,
  facts: HostFacts,
): UserMaps | undefined {
  const uid = (linux.uidMappings ?? []).map(toIdMap);
  const gid = (linux.gidMappings ?? []).map(toIdMap);
  if (!hasNamespace(namespaces, 'user')) {
    if (uid.length + gid.length === 0) return undefined;
    throw invalid(
      uid.length > 0 ? '/linux/uidMappings' : '/linux/gidMappings',
      "user namespace mappings specified, but user namespace isn't enabled in the config",
    );
  }
  if (!makesNamespace(namespaces, 'user')) return undefined;
  if (uid.length === 0 || gid.length === 0) {
    throw invalid(
      '/linux/namespaces',
      'user namespaces enabled, but no namespace path to join nor mappings to apply specified',
    );
  }
  const ordinary = facts.euid !== 0;
  const helpers = ordinary && !(mapsOnly(uid, facts.euid) && mapsOnly(gid, facts.egid));
  // user_namespaces(7): without CAP_SETGID a gid map may be written only after "deny" (CVE-2014-8989);
  // newgidmap has the privilege and needs it not
  return { uid, gid, deny_setgroups: ordinary && !helpers, helpers };
}

function toIdMap({ containerID, hostID, size }: LinuxIDMapping): IdMap {
  return { container: containerID, host: hostID, size };
}

/** The map has the one id that an ordinary user may map without help. */
function mapsOnly(maps: readonly IdMap[], id: number): boolean {
  return maps.length === 1 && maps[0]?.host === id && maps[0].size === 1;
}
