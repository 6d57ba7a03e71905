import type { ExecContainer } from '../plan/plan-options.ts';
import type { LinuxMemoryPolicy, LinuxSeccomp, Process } from '../spec/generated/config.ts';
import { seccompFromLibcontainer } from './libcontainer-seccomp.ts';
import { memoryFlagWords, memoryModes, wordsToList } from './memory-policy.ts';
import { type LibcontainerConfig, type StateRecord, splitLabels } from './state-record.ts';

/** A container, ours or runc's, as planExec wants it: all that binds a further process too. */
export function execContainer(record: StateRecord): ExecContainer {
  const { config } = record;
  const { annotations } = splitLabels(config.labels);
  const policy = memoryPolicy(config.memory_policy);
  return {
    process: { pid: record.init_process_pid, startTime: record.init_process_start },
    userNamespace: config.namespaces?.some((one) => one.type === 'NEWUSER') ?? false,
    denySetgroups: denySetgroups(config),
    cgroupPaths: record.cgroup_paths ?? {},
    noNewPrivileges: config.no_new_privileges ?? false,
    ...(config.seccomp && { seccomp: seccompProfile(config.seccomp) }),
    ...(config.personality && {
      personality: { domain: config.personality.domain === 8 ? 'LINUX32' : 'LINUX' },
    }),
    ...(policy && { memoryPolicy: policy }),
    annotations,
  };
}

/**
 * The process with what it does not say itself taken from the container: an exec must not get more
 * than the container's own program has.
 */
export function withContainerDefaults(process: Process, config: LibcontainerConfig): Process {
  const filled: Process = { ...process };
  const { capabilities, apparmor_profile, process_label, oom_score_adj, scheduler } = config;
  filled.noNewPrivileges ??= config.no_new_privileges ?? false;
  if (!filled.capabilities && capabilities) {
    filled.capabilities = {
      bounding: capabilities.Bounding ?? [],
      effective: capabilities.Effective ?? [],
      inheritable: capabilities.Inheritable ?? [],
      permitted: capabilities.Permitted ?? [],
      ambient: capabilities.Ambient ?? [],
    };
  }
  if (!filled.apparmorProfile && apparmor_profile) filled.apparmorProfile = apparmor_profile;
  if (!filled.selinuxLabel && process_label) filled.selinuxLabel = process_label;
  if (typeof oom_score_adj === 'number') filled.oomScoreAdj ??= oom_score_adj;
  if (scheduler) filled.scheduler ??= scheduler;
  if (config.io_priority) filled.ioPriority ??= config.io_priority;
  return filled;
}

function seccompProfile(config: NonNullable<LibcontainerConfig['seccomp']>): LinuxSeccomp {
  const { listener_path: listenerPath, listener_metadata: listenerMetadata } = config;
  return {
    // The words of the two types are the same; the compiler checks them anyway.
    ...(seccompFromLibcontainer(config) as unknown as LinuxSeccomp),
    ...(listenerPath && { listenerPath }),
    ...(listenerMetadata && { listenerMetadata }),
  };
}

function memoryPolicy(policy: LibcontainerConfig['memory_policy']): LinuxMemoryPolicy | undefined {
  const mode = policy && memoryModes[policy.mode ?? 0];
  if (!policy || !mode) return undefined;
  return {
    mode,
    nodes: wordsToList(policy.nodes ?? []),
    flags: memoryFlagWords(policy.flags ?? 0),
  };
}

/** An ordinary user's map of the one own group had to give setgroups up (CVE-2014-8989). */
function denySetgroups({ rootless_euid, gid_mappings }: LibcontainerConfig): boolean {
  return rootless_euid === true && gid_mappings?.length === 1 && gid_mappings[0]?.size === 1;
}
