import type { HostFacts, Int, LaunchPlan } from '../host/generated/plan.ts';
import type { Hook, LinuxCapabilities, Process, Spec } from '../spec/generated/config.ts';
import { ociVersion } from '../spec/spec-version.ts';
import { cgroupPathsOf } from './cgroup-paths.ts';
import { cgroupToLibcontainer, devicesToLibcontainer } from './libcontainer-cgroup.ts';
import { idMaps, mountToLibcontainer, propagationFlag } from './libcontainer-mounts.ts';
import { seccompToLibcontainer } from './libcontainer-seccomp.ts';
import { listToWords, memoryFlagBits, memoryModes } from './memory-policy.ts';
import { namespaceFiles, namespaceNames } from './namespace-names.ts';
import {
  type HookKind,
  hookKinds,
  type LibcontainerCapabilities,
  type LibcontainerConfig,
  type LibcontainerHook,
  type StateRecord,
} from './state-record.ts';

/** What the record needs to know beside the config. */
export interface RecordInput {
  id: string;
  spec: Spec;
  /** Absolute, real. */
  bundle: string;
  /** Absolute. */
  rootfs: string;
  plan: LaunchPlan;
  facts: HostFacts;
  /** `--rootless`. */
  rootless?: boolean;
  noPivot?: boolean;
  noNewKeyring?: boolean;
  /** Absolute; where it is not the bundle's config.json. */
  configFile?: string;
}

function isRootlessCgroups({ rootless, facts }: RecordInput): boolean {
  return rootless ?? (facts.euid !== 0 || facts.inUserNamespace);
}

function usesSystemd({ plan }: RecordInput): boolean {
  return plan.cgroup?.systemd !== undefined;
}

/** The journal: what a clean-up needs and no more, written before there is a process. */
export function journalRecord(input: RecordInput): StateRecord {
  const config = journalConfig(input);
  return {
    id: input.id,
    init_process_pid: 0,
    init_process_start: 0,
    created: now(),
    config,
    rootless: config.rootless_euid === true,
    cgroup_paths: cgroupPathsOf(input.plan.cgroup, input.facts),
    namespace_paths: {},
    external_descriptors: ['/dev/null', '/dev/null', '/dev/null'],
    intel_rdt_path: '',
    ...(input.configFile !== undefined && { config_file: input.configFile }),
  };
}

/** Without the groups that could not be made. */
export function withoutGroups(journal: StateRecord, leftOut: readonly string[]): StateRecord {
  if (leftOut.length === 0) return journal;
  const paths = Object.entries(journal.cgroup_paths ?? {});
  const kept = paths.filter(([, path]) => !leftOut.includes(path));
  return { ...journal, cgroup_paths: Object.fromEntries(kept) };
}

/** The journal with the whole config, as long as there is still no process. */
export function wholeRecord(journal: StateRecord, input: RecordInput): StateRecord {
  return { ...journal, config: toLibcontainer(input) };
}

/** The record with its process. */
export function liveRecord(
  journal: StateRecord,
  process: { pid: number; startTime: Int },
): StateRecord {
  const { pid, startTime } = process;
  return {
    ...journal,
    init_process_pid: pid,
    init_process_start: startTime,
    created: now(),
    namespace_paths: namespacePaths(journal.config, pid),
  };
}

/** RFC 3339 as Go writes it: no zeros at the end of the fraction. */
function now(): string {
  return new Date().toISOString().replace(/\.?0+Z$/, 'Z');
}

/** Where each kind of namespace is found: the joined path, else the process's own. */
function namespacePaths(config: LibcontainerConfig, pid: number): Record<string, string> {
  const joined = new Map(config.namespaces?.map((one) => [one.type, one.path]));
  return Object.fromEntries(
    Object.entries(namespaceFiles).map(([type, file]) => [
      type,
      joined.get(type) || `/proc/${pid}/ns/${file}`,
    ]),
  );
}

/** What removing a container needs of its config: namespaces, hooks, labels. */
function journalConfig(input: RecordInput): LibcontainerConfig {
  const { id, spec, bundle, facts } = input;
  const rootless = isRootlessCgroups(input);
  const { cgroupsPath } = spec.linux ?? {};
  const place = { ...spec, linux: cgroupsPath === undefined ? {} : { cgroupsPath } };
  return {
    rootfs: input.rootfs,
    namespaces: (spec.linux?.namespaces ?? []).map(({ type, path }) => ({
      type: namespaceNames[type],
      path: path ?? '',
    })),
    cgroups: cgroupToLibcontainer(id, place, rootless, usesSystemd(input)),
    Hooks: hooksPart(spec),
    version: ociVersion,
    labels: [
      ...Object.entries(spec.annotations ?? {}).map(([key, value]) => `${key}=${value}`),
      `bundle=${bundle}`,
    ],
    ...(facts.euid !== 0 && { rootless_euid: true }),
    ...(rootless && { rootless_cgroups: true }),
  };
}

/** config.json as libcontainer's configs.Config. */
export function toLibcontainer(input: RecordInput): LibcontainerConfig {
  const { id, spec, bundle } = input;
  const rootless = isRootlessCgroups(input);
  return {
    ...journalConfig(input),
    no_pivot_root: input.noPivot ?? false,
    readonlyfs: spec.root?.readonly ?? false,
    mounts: (spec.mounts ?? []).map((mount) => mountToLibcontainer(mount, bundle)),
    devices: devicesToLibcontainer(spec),
    ...(spec.hostname && { hostname: spec.hostname }),
    ...(spec.domainname && { domainname: spec.domainname }),
    cgroups: cgroupToLibcontainer(id, spec, rootless, usesSystemd(input)),
    ...linuxPart(spec),
    ...(spec.process && processPart(spec.process)),
    no_new_keyring: input.noNewKeyring ?? false,
  };
}

function linuxPart({ linux }: Spec): Partial<LibcontainerConfig> {
  if (!linux) return {};
  const loopback = linux.namespaces?.some((one) => one.type === 'network' && !one.path);
  return {
    rootPropagation: propagationFlag(linux.rootfsPropagation),
    mount_label: linux.mountLabel ?? '',
    networks: loopback ? [{ type: 'loopback' }] : null,
    uid_mappings: linux.uidMappings ? idMaps(linux.uidMappings) : null,
    gid_mappings: linux.gidMappings ? idMaps(linux.gidMappings) : null,
    mask_paths: linux.maskedPaths ?? null,
    readonly_paths: linux.readonlyPaths ?? null,
    sysctl: linux.sysctl ?? null,
    ...(linux.netDevices && { netDevices: linux.netDevices }),
    ...(linux.seccomp && { seccomp: seccompToLibcontainer(linux.seccomp) }),
    ...(linux.timeOffsets && { time_offsets: linux.timeOffsets }),
    ...(linux.personality && {
      personality: { domain: linux.personality.domain === 'LINUX32' ? 8 : 0 },
    }),
    ...intelRdtPart(linux.intelRdt),
    ...memoryPolicyPart(linux.memoryPolicy),
  };
}

function intelRdtPart(rdt: NonNullable<Spec['linux']>['intelRdt']): Partial<LibcontainerConfig> {
  if (!rdt) return {};
  const { closID, schemata, l3CacheSchema, memBwSchema, enableMonitoring } = rdt;
  return {
    intel_rdt: { closID, schemata, l3_cache_schema: l3CacheSchema, memBwSchema, enableMonitoring },
  };
}

function memoryPolicyPart(
  policy: NonNullable<Spec['linux']>['memoryPolicy'],
): Partial<LibcontainerConfig> {
  if (!policy) return {};
  return {
    memory_policy: {
      mode: memoryModes.indexOf(policy.mode ?? ''),
      flags: memoryFlagBits(policy.flags),
      nodes: listToWords(policy.nodes ?? ''),
    },
  };
}

function processPart(process: Process): Partial<LibcontainerConfig> {
  const affinity = process.execCPUAffinity;
  return {
    ...(process.user?.umask !== undefined && { umask: process.user.umask }),
    ...(process.capabilities && { capabilities: capabilitySets(process.capabilities) }),
    ...(process.apparmorProfile && { apparmor_profile: process.apparmorProfile }),
    ...(process.selinuxLabel && { process_label: process.selinuxLabel }),
    ...(process.oomScoreAdj !== undefined && { oom_score_adj: process.oomScoreAdj }),
    no_new_privileges: process.noNewPrivileges ?? false,
    ...(process.scheduler && { scheduler: process.scheduler }),
    ...(process.ioPriority && { io_priority: process.ioPriority }),
    ...(affinity && {
      exec_cpu_affinity: {
        Initial: affinity.initial ? listToWords(affinity.initial) : null,
        Final: affinity.final ? listToWords(affinity.final) : null,
      },
    }),
  };
}

function capabilitySets(sets: LinuxCapabilities): LibcontainerCapabilities {
  return {
    Bounding: sets.bounding ?? null,
    Effective: sets.effective ?? null,
    Inheritable: sets.inheritable ?? null,
    Permitted: sets.permitted ?? null,
    Ambient: sets.ambient ?? null,
  };
}

function hooksPart({ hooks }: Spec): Record<HookKind, LibcontainerHook[] | null> {
  const entries = hookKinds.map((kind) => [kind, hooks?.[kind]?.map(hookPart) ?? null]);
  return Object.fromEntries(entries);
}

function hookPart({ path, args, env, timeout }: Hook): LibcontainerHook {
  return {
    path,
    args: args ?? null,
    env: env ?? null,
    dir: '',
    timeout: timeout === undefined ? null : nanoseconds(timeout),
  };
}

function nanoseconds(seconds: Int): Int {
  const exact = BigInt(seconds) * 1_000_000_000n;
  return exact > BigInt(Number.MAX_SAFE_INTEGER) ? exact : Number(exact);
}
