import { capabilityCalls, freeCalls, namespaceFlags, personalities } from './allowed-calls.ts';

/** `linux.seccomp` of an OCI config. */
export interface SpecSeccomp {
  defaultAction: string;
  defaultErrnoRet?: number;
  architectures?: string[];
  flags?: string[];
  listenerPath?: string;
  listenerMetadata?: string;
  syscalls?: SpecSyscall[];
}

export interface SpecSyscall {
  names: string[];
  action: string;
  errnoRet?: number;
  args?: SpecArgument[];
}

export interface SpecArgument {
  index: number;
  value: number | bigint;
  valueTwo?: number | bigint;
  op: string;
}

/** What the profile depends on. */
export interface SeccompSituation {
  /** Of the container's bounding set. */
  capabilities: readonly string[];
  /** As Go calls it: `amd64`, `arm64`. */
  arch: string;
  /** Linux release, `6.18.5`. */
  kernel: string;
}

/** A machine's own architecture first, then those whose calls its kernel also takes. */
export const architectures: Readonly<Record<string, readonly string[]>> = {
  amd64: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32'],
  arm64: ['SCMP_ARCH_AARCH64', 'SCMP_ARCH_ARM'],
};

const archCalls: Readonly<Record<string, readonly (readonly string[])[]>> = {
  amd64: [['arch_prctl'], ['modify_ldt']],
  arm64: [
    [
      'arm_fadvise64_64',
      'arm_sync_file_range',
      'sync_file_range2',
      'breakpoint',
      'cacheflush',
      'set_tls',
    ],
  ],
};

/** ENOSYS: a C library then goes on with clone, whose flags can be judged. */
const enosys = 38;

/** The profile of a container that asks for none; verdicts are Docker's. */
export function defaultProfile({ capabilities, arch, kernel }: SeccompSituation): SpecSeccomp {
  const has = (capability: string) => capabilities.includes(capability);
  const allow = (names: readonly string[], args?: SpecArgument[]): SpecSyscall => ({
    names: [...names],
    action: 'SCMP_ACT_ALLOW',
    ...(args && { args }),
  });
  const [ownArch] = architectures[arch] ?? [];
  return {
    defaultAction: 'SCMP_ACT_ERRNO',
    ...(ownArch && { architectures: [...(architectures[arch] ?? [])] }),
    syscalls: [
      allow(freeCalls),
      // Since 4.8 ptrace cannot be used to get around a filter.
      ...(kernelAtLeast(kernel, 4, 8) ? [allow(['ptrace'])] : []),
      ...personalities.map((value) =>
        allow(['personality'], [{ index: 0, value, op: 'SCMP_CMP_EQ' }]),
      ),
      ...(archCalls[arch] ?? []).map((names) => allow(names)),
      ...(has('CAP_SYS_ADMIN')
        ? []
        : [
            allow(['clone'], [{ index: 0, value: namespaceFlags, op: 'SCMP_CMP_MASKED_EQ' }]),
            // Its flags lie in memory, where a filter cannot look.
            { names: ['clone3'], action: 'SCMP_ACT_ERRNO', errnoRet: enosys },
          ]),
      ...Object.entries(capabilityCalls)
        .filter(([capability]) => has(capability))
        .map(([, names]) => allow(names)),
    ],
  };
}

export function kernelAtLeast(release: string, major: number, minor: number): boolean {
  const [, first = '0', second = '0'] = /^(\d+)\.(\d+)/.exec(release) ?? [];
  return Number(first) > major || (Number(first) === major && Number(second) >= minor);
}
