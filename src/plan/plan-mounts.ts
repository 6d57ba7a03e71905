import { quote } from '../errors/quote.ts';
import type { MountIds } from '../host/generated/plan.ts';
import { hostPath } from '../spec/clean-path.ts';
import type { Mount, Spec } from '../spec/generated/config.ts';
import { addStep, type Draft, openSource } from './draft.ts';
import { attr, ms, propagationFlags } from './mount-flags.ts';
import { type MountOptions, parseMountOptions } from './mount-options.ts';
import { mountTarget } from './mount-target.ts';
import { hasNamespace, type NamespaceSet } from './namespace-set.ts';
import { planCgroupMount } from './plan-cgroup-mount.ts';
import { planCgroupReady } from './plan-cgroup-ready.ts';
import { invalid, unsupported } from './plan-error.ts';
import { planMountIds } from './plan-mount-ids.ts';

/** One entry of `mounts`, read. */
export interface MountRequest {
  from: string;
  /** `bind` for a bind, whatever config.json calls it. */
  fstype: string;
  source: string;
  target: string;
  options: MountOptions;
  /** Its owners are mapped. */
  ids?: MountIds;
}

/** All of `mounts`, in the order of config.json. */
export function planMounts(draft: Draft, spec: Spec, namespaces: NamespaceSet): MountRequest[] {
  const rootfs = spec.root ? hostPath(draft.options.bundle, spec.root.path) : undefined;
  const requests = (spec.mounts ?? []).map((mount, index) =>
    readMount(draft, `/mounts/${index}`, mount, spec),
  );
  for (const request of requests) {
    if (request.options.remount) planRemount(draft, request);
    else if (request.fstype === 'bind')
      planBind(draft, request, rootfs, spec.linux?.rootfsPropagation);
    else if (isCgroupMount(draft, request)) {
      // the mount shows the container's own groups only from inside the new cgroup namespace
      planCgroupReady(draft, namespaces);
      planCgroupMount(draft, request, spec.linux?.cgroupsPath, namespaces);
    } else planFilesystem(draft, request, namespaces, spec.linux?.mountLabel);
  }
  return requests;
}

/** What was left writable so that mounts below it could be made; after pivot_root. */
export function planReadonlyMounts(draft: Draft, requests: readonly MountRequest[]): void {
  for (const request of requests) {
    if (!isReadonlyLater(request) || !(request.options.set & attr.readonly)) continue;
    const change = {
      set: attr.readonly,
      clear: 0,
      superFlags: 0,
      recursiveSet: 0,
      recursiveClear: 0,
    };
    addStep(draft, request.from, {
      remount: { target: request.target, ...change, data: [], propagation: [] },
    });
  }
}

/** Whether the container's /dev is the host's, which must stay as it is. */
export function bindsDev(requests: readonly MountRequest[]): boolean {
  return requests.some(({ fstype, target }) => fstype === 'bind' && target === '/dev');
}

function readMount(draft: Draft, from: string, mount: Mount, spec: Spec): MountRequest {
  const options = parseMountOptions(mount.options);
  const ids = planMountIds(draft, from, mount, options, spec.linux ?? {});
  if (options.copySymlink && (options.srcNofollow || options.destNofollow)) {
    const words = '"copy-symlink" is mutually exclusive with "src-nofollow" and "dest-nofollow"';
    throw invalid(`${from}/options`, words);
  }
  const bind = isBind(mount, options);
  const fstype = bind ? 'bind' : (mount.type ?? '');
  const source = bind ? hostPath(draft.options.bundle, mount.source ?? '') : (mount.source ?? '');
  if (fstype === '' && !options.remount) {
    throw invalid(
      from,
      `mount at ${quote(mount.destination)} has neither a type nor the option bind`,
    );
  }
  if (bind && !mount.source && !options.remount) {
    throw invalid(`${from}/source`, `bind mount at ${quote(mount.destination)} has no source`);
  }
  const target = mountTarget(from, insideOf(mount.destination, draft, spec), fstype);
  return { from, fstype, source, options, target, ...(ids && { ids }) };
}

/** As runc: a destination that begins with the rootfs's own path counts from there. */
function insideOf(destination: string, { options }: Draft, { root }: Spec): string {
  const rootfs = root ? hostPath(options.bundle, root.path) : '/';
  if (rootfs === '/' || !destination.startsWith(`${rootfs}/`)) return destination;
  return destination.slice(rootfs.length);
}

/** Some write type `bind` and leave the option out. */
function isBind(mount: Mount, options: MountOptions): boolean {
  return options.bind || mount.type === 'bind';
}

function isCgroupMount(draft: Draft, request: MountRequest): boolean {
  if (request.fstype === 'cgroup') return true;
  return request.fstype === 'cgroup2' && draft.facts.cgroup.version === 'v2';
}

/** A read-only tmpfs or /dev could not get mountpoints, nodes and links any more. */
function isReadonlyLater({ fstype, target, options }: MountRequest): boolean {
  return !options.remount && (fstype === 'tmpfs' || target === '/dev');
}

function planRemount(draft: Draft, { from, target, fstype, options }: MountRequest): void {
  const { set, clear, data, propagation, recursiveSet, recursiveClear } = options;
  // with `bind` only this mount changes, not the filesystem
  const superFlags = fstype === 'bind' ? 0 : options.superFlags;
  addStep(draft, from, {
    remount: { target, set, clear, superFlags, data, propagation, recursiveSet, recursiveClear },
  });
}

function planBind(
  draft: Draft,
  request: MountRequest,
  rootfs: string | undefined,
  rootfsPropagation: string | undefined,
): void {
  const { from, source, target, options, ids } = request;
  if (options.data.length > 0) {
    const words = options.data.map((word) => quote(word)).join(', ');
    throw invalid(
      `${from}/options`,
      `bind mounts cannot have any filesystem-specific options applied (${words})`,
    );
  }
  const { recursive, propagation, clear, recursiveSet, recursiveClear } = options;
  const slot = openSource(draft, from, {
    path: source,
    recursive,
    nofollow: options.srcNofollow,
    copySymlink: options.copySymlink,
    ...(ids && { idmap: ids }),
    // then it may be what an earlier mount of this container brings
    inside: rootfs !== undefined && isBelow(source, rootfs),
  });
  const set = isReadonlyLater(request) ? options.set & ~attr.readonly : options.set;
  const flags = { set, clear, recursiveSet, recursiveClear, propagation };
  const detach = detachFlags(rootfsPropagation);
  addStep(draft, from, {
    bind: { slot, target, source, ...flags, detach, nofollow: options.destNofollow },
  });
}

function isBelow(path: string, directory: string): boolean {
  return path === directory || path.startsWith(directory === '/' ? '/' : `${directory}/`);
}

/**
 * The tree is cloned outside, before the container's `/` got its propagation; it must end up in no
 * other peer group than if it had been cloned inside. With a shared root it stays the host's peer.
 */
function detachFlags(rootfsPropagation: string | undefined): number {
  const flags = propagationFlags(rootfsPropagation ?? 'rslave') ?? ms.slave;
  if (flags & ms.shared) return 0;
  return (flags & ms.slave ? ms.slave : ms.private) | ms.recursive;
}

function planFilesystem(
  draft: Draft,
  request: MountRequest,
  namespaces: NamespaceSet,
  label: string | undefined,
): void {
  const { from, fstype, source, target, options } = request;
  if (options.destNofollow || options.srcNofollow || options.copySymlink) {
    const words = 'src-nofollow, dest-nofollow and copy-symlink are for bind mounts only';
    throw unsupported(`${from}/options`, words);
  }
  const later = isReadonlyLater(request);
  const { propagation, recursiveSet, recursiveClear } = options;
  addStep(draft, from, {
    mount: {
      target,
      fstype,
      source,
      attr: later ? options.set & ~attr.readonly : options.set,
      superFlags: later ? options.superFlags & ~ms.readonly : options.superFlags,
      data: labelled(draft, fstype, options.data, label),
      propagation,
      tmpcopyup: options.tmpcopyup && fstype === 'tmpfs',
      recursiveSet,
      recursiveClear,
      ...(mayBeCallers(draft, request, namespaces) && { orCallers: '/sys' }),
    },
  });
}

/** sysfs belongs to a network namespace; with somebody else's the kernel refuses a user namespace. */
function mayBeCallers(
  { facts }: Draft,
  { fstype, options }: MountRequest,
  namespaces: NamespaceSet,
): boolean {
  if (fstype !== 'sysfs' || !(options.set & attr.readonly)) return false;
  return facts.inUserNamespace || hasNamespace(namespaces, 'user');
}

/** Filesystems of the kernel's own take no label. */
function labelled(
  draft: Draft,
  fstype: string,
  data: string[],
  label: string | undefined,
): string[] {
  const own = fstype === 'proc' || fstype === 'sysfs' || fstype === 'mqueue';
  if (!label || !draft.facts.selinux || own) return data;
  return [...data, `context="${label}"`];
}
