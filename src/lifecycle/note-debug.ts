import type { LaunchPlan } from '../host/generated/plan.ts';
import { parseCpuList } from '../plan/cpu-list.ts';
import type { RuntimeContext } from './types.ts';

/** seccomp(2); TSYNC is not asked for where there is one thread. */
const flagBits: Record<string, number> = {
  SECCOMP_FILTER_FLAG_LOG: 2,
  SECCOMP_FILTER_FLAG_SPEC_ALLOW: 4,
  SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV: 32,
};
const newListener = 8;

/** runc's debug line about the filter. */
export function noteSeccomp({ warn }: RuntimeContext, { seccomp }: LaunchPlan): void {
  for (const { profile } of warn ? seccomp : []) {
    const notifies =
      profile.defaultAction === 'SCMP_ACT_NOTIFY' ||
      profile.syscalls?.some(({ action }) => action === 'SCMP_ACT_NOTIFY');
    const bits = (profile.flags ?? []).reduce(
      (sum, flag) => sum | (flagBits[flag] ?? 0),
      notifies ? newListener : 0,
    );
    warn?.('debug', `seccomp filter flags: ${bits}`);
  }
}

/** And the one about `execCPUAffinity.initial`; nsexec is what runc calls its first stage. */
export function noteAffinity({ warn }: RuntimeContext, initial: string | undefined): void {
  if (!warn || !initial) return;
  const mask = parseCpuList(initial, '').reduce((bits, cpu) => bits | (1n << BigInt(cpu)), 0n);
  warn('debug', `nsexec: affinity: 0x${mask.toString(16)}`);
}
