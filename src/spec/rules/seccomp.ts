import type { LinuxSeccomp } from '../generated/config.ts';
import { type ConfigRule, quote, type RuleReport } from './rule.ts';

/** Largest value that goes with an action: errnos end at MAX_ERRNO, a tracer gets 16 bits. */
const largestReturn: Record<string, number> = { SCMP_ACT_ERRNO: 4095, SCMP_ACT_TRACE: 65535 };

/** Return values go with their actions, and a notification with somebody who listens. */
export const seccomp: ConfigRule = ({ linux }, report) => {
  const profile = linux?.seccomp;
  if (!profile) return;
  const at = '/linux/seccomp';
  checkReturn(profile.defaultAction, profile.defaultErrnoRet, `${at}/defaultErrnoRet`, report);
  profile.syscalls?.forEach(({ action, errnoRet }, i) => {
    checkReturn(action, errnoRet, `${at}/syscalls/${i}/errnoRet`, report);
  });
  checkListener(profile, at, report);
};

function checkReturn(
  action: string,
  value: number | undefined,
  pointer: string,
  report: RuleReport,
): void {
  if (value === undefined) return;
  const largest = largestReturn[action];
  if (largest === undefined) report.fail(pointer, `${action} does not return an errno`);
  else if (value > largest) report.fail(pointer, `${value} is more than ${largest}`);
}

function checkListener(profile: LinuxSeccomp, at: string, report: RuleReport): void {
  const { defaultAction, listenerPath, listenerMetadata, syscalls = [] } = profile;
  if (listenerMetadata && !listenerPath) {
    report.fail(`${at}/listenerMetadata`, 'must not be set without listenerPath');
  }
  if (defaultAction === 'SCMP_ACT_NOTIFY') {
    report.fail(`${at}/defaultAction`, 'SCMP_ACT_NOTIFY cannot be used as default action');
  }
  syscalls.forEach(({ action, names }, i) => {
    if (action !== 'SCMP_ACT_NOTIFY') return;
    const rule = `${at}/syscalls/${i}`;
    if (!listenerPath) report.fail(`${rule}/action`, `${action} needs ${quote('listenerPath')}`);
    // The descriptor itself is handed over with write: a filter that stops it stops the launch.
    const write = names.indexOf('write');
    if (write < 0) return;
    report.fail(`${rule}/names/${write}`, `${action} cannot be used for the write syscall`);
  });
}
