import { quote } from '../errors/quote.ts';
import type { IdMap, MountIds } from '../host/generated/plan.ts';
import type { Linux, LinuxIDMapping, Mount } from '../spec/generated/config.ts';
import { type Draft, isRootless } from './draft.ts';
import type { MountOptions } from './mount-options.ts';
import { invalid, unsupported } from './plan-error.ts';

/**
 * How the owners of a mount are mapped, undefined if they are not: by maps of its own, by crun's words
 * after `idmap=`, or like the container's user namespace.
 */
export function planMountIds(
  draft: Draft,
  from: string,
  mount: Mount,
  { idmap, bind }: MountOptions,
  linux: Linux,
): MountIds | undefined {
  const own = (mount.uidMappings?.length ?? 0) > 0 || (mount.gidMappings?.length ?? 0) > 0;
  if (!own && !idmap) return undefined;
  if (!bind && mount.type !== 'bind') {
    throw unsupported(from, 'id-mapped mounts are only supported for bind-mounts');
  }
  if (isRootless(draft.facts)) {
    throw unsupported(from, 'id-mapped mounts are not supported for rootless containers');
  }
  const recursive = idmap?.recursive ?? false;
  const maps = (ids: Pick<MountIds, 'namespace' | 'uid' | 'gid'>): MountIds => {
    if (ids.namespace === '' && (ids.uid.length === 0 || ids.gid.length === 0)) {
      throw invalid(from, 'id-mapped mounts must have both uid and gid mappings specified');
    }
    return { recursive, ...ids };
  };
  if (own) {
    return maps({ namespace: '', uid: toIds(mount.uidMappings), gid: toIds(mount.gidMappings) });
  }
  if (idmap?.maps) return maps(parseIdmapWords(from, idmap.maps, linux));
  const namespace = linux.namespaces?.find(({ type }) => type === 'user')?.path ?? '';
  if (namespace !== '') return maps({ namespace, uid: [], gid: [] });
  return maps({ namespace, uid: toIds(linux.uidMappings), gid: toIds(linux.gidMappings) });
}

function toIds(maps: readonly LinuxIDMapping[] | undefined): IdMap[] {
  return (maps ?? []).map(({ containerID, hostID, size }) => ({
    container: containerID,
    host: hostID,
    size,
  }));
}

/** `uids=0-1-10#10-11-10;gids=@0-100-10`: see crun(1), "idmap mount options". */
function parseIdmapWords(
  from: string,
  text: string,
  { uidMappings, gidMappings }: Linux,
): Pick<MountIds, 'namespace' | 'uid' | 'gid'> {
  const found: { uid: IdMap[]; gid: IdMap[] } = { uid: [], gid: [] };
  for (const part of text.split(';').filter((word) => word !== '')) {
    const [name, triplets = ''] = part.split('=');
    const parse = (outer: readonly LinuxIDMapping[] | undefined) =>
      triplets
        .split('#')
        .filter((word) => word !== '')
        .map((word) => parseTriplet(from, word, outer ?? []));
    if (name === 'uids') found.uid.push(...parse(uidMappings));
    else if (name === 'gids') found.gid.push(...parse(gidMappings));
    else throw invalid(`${from}/options`, `invalid option ${quote(part)} of idmap`);
  }
  return { namespace: '', ...found };
}

/** On the file system, on the host, how many; with `@` the second is an id of the container. */
function parseTriplet(from: string, word: string, outer: readonly LinuxIDMapping[]): IdMap {
  const match = /^(@?)(\d{1,10})-(\d{1,10})-(\d{1,10})$/.exec(word);
  const [container = 0, host = 0, size = 0] = match?.slice(2).map(Number) ?? [];
  if (!match || container + size > 0xffff_ffff || host + size > 0xffff_ffff || size === 0) {
    throw invalid(`${from}/options`, `invalid mapping specified ${quote(word)}`);
  }
  if (match[1] === '') return { container, host, size };
  const around = outer.find((map) => host >= map.containerID && host < map.containerID + map.size);
  if (!around) {
    const why = `no user namespace mapping for the relative mapping ${quote(word)}`;
    throw invalid(`${from}/options`, why);
  }
  return { container, host: host + around.hostID - around.containerID, size };
}
