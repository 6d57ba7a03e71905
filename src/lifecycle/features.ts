import type { HostFacts } from '../host/generated/plan.ts';
import type { Features } from '../spec/generated/features.ts';
import { ociVersion } from '../spec/spec-version.ts';
import { memoryFlags, memoryModes } from '../state/memory-policy.ts';
import { namespaceNames } from '../state/namespace-names.ts';
import { hookKinds } from '../state/state-record.ts';
import type { RuntimeContext } from './types.ts';

/** What this build implements, as the features document of the runtime-spec; engines enable by it. */
export async function features({ host }: RuntimeContext): Promise<Features> {
  const facts = await host.call('facts', null);
  const [{ knownMountOptions }, { capabilityNames }] = await Promise.all([
    import('../plan/mount-options.ts'),
    import('../spec/capability-names.ts'),
  ]);
  return {
    ociVersionMin: '1.0.0',
    ociVersionMax: ociVersion,
    hooks: [...hookKinds],
    mountOptions: knownMountOptions(),
    linux: {
      namespaces: Object.keys(namespaceNames).sort(),
      capabilities: capabilityNames(),
      cgroup: { v1: true, v2: true, systemd: true, systemdUser: true, rdma: true },
      seccomp: seccompFeatures(facts),
      apparmor: { enabled: true },
      selinux: { enabled: true },
      intelRdt: { enabled: false, schemata: false, monitoring: false },
      memoryPolicy: { modes: [...memoryModes].sort(), flags: [...memoryFlags].sort() },
      mountExtensions: { idmap: { enabled: true } },
      netDevices: { enabled: true },
    },
    annotations: { 'org.opencontainers.runc.checkpoint.enabled': 'false' },
    potentiallyUnsafeConfigAnnotations: ['bundle', 'org.systemd.property.'],
  };
}

/** The words of crates/seccomp (KNOWN_ACTIONS and the like), sorted as runc's. */
function seccompFeatures({
  kernel,
}: HostFacts): NonNullable<NonNullable<Features['linux']>['seccomp']> {
  const prefixed = (prefix: string, names: string) => names.split(' ').map((name) => prefix + name);
  const flags = prefixed('SECCOMP_FILTER_FLAG_', 'TSYNC SPEC_ALLOW LOG WAIT_KILLABLE_RECV');
  const killable = atLeast(kernel, 5, 19);
  return {
    enabled: true,
    actions: prefixed(
      'SCMP_ACT_',
      'ALLOW ERRNO KILL KILL_PROCESS KILL_THREAD LOG NOTIFY TRACE TRAP',
    ),
    operators: prefixed('SCMP_CMP_', 'EQ GE GT LE LT MASKED_EQ NE'),
    archs: prefixed(
      'SCMP_ARCH_',
      'AARCH64 ARM LOONGARCH64 MIPS MIPS64 MIPS64N32 MIPSEL MIPSEL64 MIPSEL64N32 PARISC PARISC64 ' +
        'PPC PPC64 PPC64LE RISCV64 S390 S390X X32 X86 X86_64',
    ),
    knownFlags: flags,
    supportedFlags: flags.filter((flag) => killable || !flag.endsWith('WAIT_KILLABLE_RECV')),
  };
}

function atLeast(kernel: string, major: number, minor: number): boolean {
  const [first = 0, second = 0] = kernel.split('.').map(Number);
  return first > major || (first === major && second >= minor);
}
