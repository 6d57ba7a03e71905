import type {
  SeccompListener,
  SeccompProfile,
  SeccompRule,
  SeccompSource,
} from '../host/generated/plan.ts';
import type { LinuxSeccomp, LinuxSyscall } from '../spec/generated/config.ts';
import { ociVersion } from '../spec/spec-version.ts';
import { hookState } from './hook-state.ts';
import type { PlanOptions } from './plan-options.ts';

/** The filter to compile, undefined where config.json has none or an empty one. */
export function planSeccomp(seccomp: LinuxSeccomp | undefined): SeccompSource | undefined {
  if (!seccomp || (!seccomp.defaultAction && !seccomp.syscalls?.length)) return undefined;
  const profile: SeccompProfile = {
    defaultAction: seccomp.defaultAction,
    // absent is not empty: the filter shall not slow the program down by speculation controls
    flags: seccomp.flags ?? ['SECCOMP_FILTER_FLAG_SPEC_ALLOW'],
    syscalls: (seccomp.syscalls ?? []).map(toRule),
  };
  if (seccomp.defaultErrnoRet !== undefined) profile.defaultErrnoRet = seccomp.defaultErrnoRet;
  if (seccomp.architectures) profile.architectures = seccomp.architectures;
  return { profile, from: '/linux/seccomp' };
}

/**
 * Whom the notify descriptor goes to, with a ContainerProcessState cut where the process's pid belongs.
 * While a container is created its state has no pid (the spec lets it out then); an exec names init's.
 */
export function planSeccompListener(
  seccomp: LinuxSeccomp | undefined,
  options: PlanOptions,
  container: { annotations?: Readonly<Record<string, string>> | undefined; initPid?: number },
): SeccompListener | undefined {
  if (!seccomp?.listenerPath) return undefined;
  const status = container.initPid === undefined ? 'creating' : 'running';
  const [head, tail] = hookState(options, status, container.annotations);
  const pidKey = '"pid":';
  const state =
    container.initPid === undefined
      ? head.slice(0, -pidKey.length) + tail.slice(1)
      : `${head}${container.initPid}${tail}`;
  const metadata = JSON.stringify(seccomp.listenerMetadata ?? '');
  return {
    path: seccomp.listenerPath,
    state: [
      `{"ociVersion":"${ociVersion}","fds":["seccompFd"],"pid":`,
      `,"metadata":${metadata},"state":${state}}`,
    ],
  };
}

function toRule({ names, action, errnoRet, args }: LinuxSyscall): SeccompRule {
  const rule: SeccompRule = { names, action };
  if (errnoRet !== undefined) rule.errnoRet = errnoRet;
  if (args?.length) {
    rule.args = args.map(({ index, value, valueTwo, op }) => ({
      index,
      value,
      valueTwo: valueTwo ?? 0,
      op,
    }));
  }
  return rule;
}
