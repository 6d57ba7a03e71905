import type { Mount } from '../spec/generated/config.ts';
import type { LibcontainerIdMap, LibcontainerMount } from './state-record.ts';

const msRec = 0x4000;

/** Option → MS_* flag; `set` adds it, `clear` takes it away. */
const flags: Record<string, { set?: number; clear?: number }> = {
  async: { clear: 0x10 },
  atime: { clear: 0x400 },
  bind: { set: 0x1000 },
  defaults: {},
  dev: { clear: 0x4 },
  diratime: { clear: 0x800 },
  dirsync: { set: 0x80 },
  exec: { clear: 0x8 },
  iversion: { set: 0x800000 },
  lazytime: { set: 0x2000000 },
  loud: { clear: 0x8000 },
  mand: { set: 0x40 },
  noatime: { set: 0x400 },
  nodev: { set: 0x4 },
  nodiratime: { set: 0x800 },
  noexec: { set: 0x8 },
  noiversion: { clear: 0x800000 },
  nolazytime: { clear: 0x2000000 },
  nomand: { clear: 0x40 },
  norelatime: { clear: 0x200000 },
  nostrictatime: { clear: 0x1000000 },
  nosuid: { set: 0x2 },
  nosymfollow: { set: 0x100 },
  rbind: { set: 0x1000 | msRec },
  relatime: { set: 0x200000 },
  remount: { set: 0x20 },
  ro: { set: 0x1 },
  rw: { clear: 0x1 },
  silent: { set: 0x8000 },
  strictatime: { set: 0x1000000 },
  suid: { clear: 0x2 },
  symfollow: { clear: 0x100 },
  sync: { set: 0x10 },
};

const propagation: Record<string, number> = {
  private: 0x40000,
  slave: 0x80000,
  shared: 0x100000,
  unbindable: 0x20000,
};

/** MOUNT_ATTR_* of the recursive options, by the name after the `r`. */
const recursive: Record<string, { set?: number; clear?: number }> = {
  ro: { set: 0x1 },
  rw: { clear: 0x1 },
  nosuid: { set: 0x2 },
  suid: { clear: 0x2 },
  nodev: { set: 0x4 },
  dev: { clear: 0x4 },
  noexec: { set: 0x8 },
  exec: { clear: 0x8 },
  nodiratime: { set: 0x80 },
  diratime: { clear: 0x80 },
  relatime: { set: 0 },
  norelatime: { clear: 0 },
  noatime: { set: 0x10 },
  atime: { clear: 0x10 },
  strictatime: { set: 0x20 },
  nostrictatime: { clear: 0x20 },
  nosymfollow: { set: 0x200000 },
  symfollow: { clear: 0x200000 },
};

/** `rootfsPropagation` and the propagation options: MS_* with MS_REC for the `r` form, 0 if it is none. */
export function propagationFlag(word: string | undefined): number {
  if (word === undefined) return 0;
  const flag = propagation[word];
  if (flag !== undefined) return flag;
  const recursiveFlag = word.startsWith('r') ? propagation[word.slice(1)] : undefined;
  return recursiveFlag === undefined ? 0 : recursiveFlag | msRec;
}

/** A mount of config.json in libcontainer's form; relative bind sources count from the bundle. */
export function mountToLibcontainer(mount: Mount, bundle: string): LibcontainerMount {
  const made = parseOptions(mount.options ?? []);
  const bind = ((made.flags ?? 0) & 0x1000) !== 0;
  const source = mount.source ?? '';
  const { uidMappings, gidMappings } = mount;
  if (uidMappings?.length || gidMappings?.length) {
    made.id_mapping = {
      ...made.id_mapping,
      uid_mappings: idMaps(uidMappings),
      gid_mappings: idMaps(gidMappings),
    };
  }
  return {
    ...made,
    source: bind && !source.startsWith('/') ? `${bundle}/${source}` : source,
    destination: mount.destination,
    device: bind ? 'bind' : (mount.type ?? ''),
  };
}

/** Id mappings of config.json in libcontainer's form. */
export function idMaps(
  maps: readonly { containerID: number; hostID: number; size: number }[] | undefined,
): LibcontainerIdMap[] {
  return (maps ?? []).map(({ containerID, hostID, size }) => ({
    container_id: containerID,
    host_id: hostID,
    size,
  }));
}

type Options = Omit<LibcontainerMount, 'source' | 'destination' | 'device'>;

function parseOptions(options: readonly string[]): Options {
  const made = { flags: 0, cleared_flags: 0 } as Options & { flags: number; cleared_flags: number };
  const data: string[] = [];
  const attr = { Attr_set: 0, Attr_clr: 0, Propagation: 0, Userns_fd: 0 };
  for (const option of options) {
    const flag = flags[option];
    const rec = option.startsWith('r') ? recursive[option.slice(1)] : undefined;
    if (flag) {
      made.flags = (made.flags & ~(flag.clear ?? 0)) | (flag.set ?? 0);
      made.cleared_flags = (made.cleared_flags & ~(flag.set ?? 0)) | (flag.clear ?? 0);
    } else if (propagationFlag(option)) {
      made.propagation_flags = [...(made.propagation_flags ?? []), propagationFlag(option)];
    } else if (rec) {
      attr.Attr_set = (attr.Attr_set & ~(rec.clear ?? 0)) | (rec.set ?? 0);
      attr.Attr_clr = (attr.Attr_clr & ~(rec.set ?? 0)) | (rec.clear ?? 0);
      made.rec_attr = attr;
    } else if (option === 'tmpcopyup') made.extensions = 1;
    else if (option === 'idmap' || option === 'ridmap')
      made.id_mapping = { recursive: option === 'ridmap' };
    else data.push(option);
  }
  return { ...made, data: data.join(',') };
}
