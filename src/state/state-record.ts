import type { Int } from '../host/generated/plan.ts';
import type { LinuxIOPriority, LinuxTimeOffset, Scheduler } from '../spec/generated/config.ts';
import type { CgroupPathMap } from './cgroup-paths.ts';

/**
 * state.json in runc's own format (libcontainer's State with its configs.Config), so that runc can
 * list, kill, enter and delete our containers and we its. Optional fields are those that the newest
 * runc leaves out when empty; a null stands where Go writes a nil list.
 */
export interface StateRecord {
  id: string;
  /** 0: journal of a create that has not yet a process. */
  init_process_pid: number;
  /** Field 22 of /proc/PID/stat. */
  init_process_start: Int;
  /** RFC 3339. */
  created: string;
  config: LibcontainerConfig;
  rootless?: boolean;
  cgroup_paths?: CgroupPathMap | null;
  /** NEWPID → /proc/PID/ns/pid. */
  namespace_paths?: Record<string, string> | null;
  external_descriptors?: string[] | null;
  /** Ours: the config where it is not the bundle's config.json. */
  config_file?: string;
  intel_rdt_path?: string;
  intel_rdt_mon_path?: string;
}

/** libcontainer's configs.Config, as far as anyone reads it back. */
export interface LibcontainerConfig {
  rootfs: string;
  no_pivot_root?: boolean;
  umask?: number | null;
  readonlyfs?: boolean;
  rootPropagation?: number;
  mounts?: LibcontainerMount[] | null;
  devices?: LibcontainerDevice[] | null;
  netDevices?: Record<string, { name?: string }> | null;
  mount_label?: string;
  hostname?: string;
  domainname?: string;
  namespaces: LibcontainerNamespace[] | null;
  capabilities?: LibcontainerCapabilities | null;
  networks?: { type: string }[] | null;
  cgroups: LibcontainerCgroup;
  apparmor_profile?: string;
  process_label?: string;
  rlimits?: { type: number; hard: Int; soft: Int }[] | null;
  oom_score_adj?: number | null;
  uid_mappings?: LibcontainerIdMap[] | null;
  gid_mappings?: LibcontainerIdMap[] | null;
  mask_paths?: string[] | null;
  readonly_paths?: string[] | null;
  sysctl?: Record<string, string> | null;
  seccomp?: LibcontainerSeccomp | null;
  no_new_privileges?: boolean;
  Hooks?: Partial<Record<HookKind, LibcontainerHook[] | null>> | null;
  /** Version of the runtime-spec. */
  version: string;
  /** `key=value`: the annotations, and `bundle=PATH`. */
  labels: string[] | null;
  no_new_keyring?: boolean;
  intel_rdt?: Record<string, unknown> | null;
  memory_policy?: { mode?: number; flags?: number; nodes?: Int[] } | null;
  rootless_euid?: boolean;
  rootless_cgroups?: boolean;
  time_offsets?: Record<string, LinuxTimeOffset> | null;
  scheduler?: Scheduler | null;
  personality?: { domain: number } | null;
  io_priority?: LinuxIOPriority | null;
  exec_cpu_affinity?: { Initial?: Int[] | null; Final?: Int[] | null } | null;
}

export interface LibcontainerMount {
  source: string;
  destination: string;
  device: string;
  /** MS_*. */
  flags?: number;
  cleared_flags?: number;
  propagation_flags?: number[] | null;
  data?: string;
  rec_attr?: { Attr_set: number; Attr_clr: number; Propagation: number; Userns_fd: number } | null;
  extensions?: number;
  id_mapping?: {
    recursive?: boolean;
    userns_path?: string;
    uid_mappings?: LibcontainerIdMap[];
    gid_mappings?: LibcontainerIdMap[];
  } | null;
}

/** Of a cgroup rule; type is the letter's code, -1 a wildcard. */
export interface LibcontainerRule {
  type: number;
  major: Int;
  minor: Int;
  permissions: string;
  allow: boolean;
}

export interface LibcontainerDevice extends LibcontainerRule {
  path: string;
  file_mode: number;
  uid: number;
  gid: number;
}

export interface LibcontainerNamespace {
  /** NEWPID, NEWNET … */
  type: string;
  path: string;
}

export interface LibcontainerCapabilities {
  Bounding?: string[] | null;
  Effective?: string[] | null;
  Inheritable?: string[] | null;
  Permitted?: string[] | null;
  Ambient?: string[] | null;
}

/** libcontainer's Cgroup with its Resources embedded; only what is set stands there. */
export interface LibcontainerCgroup {
  name?: string;
  parent?: string;
  path?: string;
  scope_prefix?: string;
  /** Must be there: a runc without any resource key finds a nil pointer. */
  devices: LibcontainerRule[] | null;
  Systemd?: boolean;
  Rootless?: boolean;
  [resource: string]: unknown;
}

export interface LibcontainerIdMap {
  container_id: number;
  host_id: number;
  size: number;
}

export interface LibcontainerSeccomp {
  default_action: number;
  architectures?: string[] | null;
  flags?: string[] | null;
  syscalls?: LibcontainerSyscall[] | null;
  default_errno_ret?: number | null;
  listener_path?: string;
  listener_metadata?: string;
}

export interface LibcontainerSyscall {
  name: string;
  action: number;
  errnoRet?: number | null;
  args?: { index: number; value: Int; value_two?: Int; op: number }[] | null;
}

/** In the order of a container's life. */
export const hookKinds = [
  'prestart',
  'createRuntime',
  'createContainer',
  'startContainer',
  'poststart',
  'poststop',
] as const;

export type HookKind = (typeof hookKinds)[number];

export interface LibcontainerHook {
  path: string;
  args?: string[] | null;
  env?: string[] | null;
  dir?: string;
  /** Nanoseconds. */
  timeout?: Int | null;
}

/** Bundle and annotations out of the labels. */
export function splitLabels(labels: readonly string[] | null): {
  bundle: string;
  annotations: Record<string, string>;
} {
  let bundle = '';
  const annotations: [string, string][] = [];
  for (const label of labels ?? []) {
    const equals = label.indexOf('=');
    if (equals === -1) continue;
    const key = label.slice(0, equals);
    const value = label.slice(equals + 1);
    if (key === 'bundle') bundle = value;
    else annotations.push([key, value]);
  }
  return { bundle, annotations: Object.fromEntries(annotations) };
}

/** A namespace of the container's own, and not one joined or shared with the runtime. */
export function isPrivate(config: LibcontainerConfig, type: string): boolean {
  return config.namespaces?.some((one) => one.type === type && !one.path) ?? false;
}
