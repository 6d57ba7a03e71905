import type { SeccompProfile, SeccompRule } from '../host/generated/plan.ts';
import type { LinuxSeccomp } from '../spec/generated/config.ts';
import type { LibcontainerSeccomp, LibcontainerSyscall } from './state-record.ts';

/** libcontainer counts its actions and operators from 1, in this order. */
const actions = [
  'SCMP_ACT_KILL',
  'SCMP_ACT_ERRNO',
  'SCMP_ACT_TRAP',
  'SCMP_ACT_ALLOW',
  'SCMP_ACT_TRACE',
  'SCMP_ACT_LOG',
  'SCMP_ACT_NOTIFY',
  'SCMP_ACT_KILL_THREAD',
  'SCMP_ACT_KILL_PROCESS',
];

const operators = [
  'SCMP_CMP_EQ',
  'SCMP_CMP_NE',
  'SCMP_CMP_GT',
  'SCMP_CMP_GE',
  'SCMP_CMP_LT',
  'SCMP_CMP_LE',
  'SCMP_CMP_MASKED_EQ',
];

/** Only these two differ from the lower-cased name. */
const archNames: Record<string, string> = {
  X86_64: 'amd64',
  AARCH64: 'arm64',
  LOONGARCH64: 'loong64',
};

/** config.json's profile in libcontainer's form: one entry per syscall name, numbers for words. */
export function seccompToLibcontainer(profile: LinuxSeccomp): LibcontainerSeccomp {
  const { architectures, defaultErrnoRet, flags, listenerPath, listenerMetadata } = profile;
  return {
    default_action: actions.indexOf(profile.defaultAction) + 1,
    architectures: architectures?.map(archToLibcontainer) ?? null,
    flags: flags ? [...flags] : null,
    syscalls: (profile.syscalls ?? []).flatMap((rule) =>
      rule.names.map((name) => entry(name, rule)),
    ),
    default_errno_ret: defaultErrnoRet ?? null,
    ...(listenerPath && { listener_path: listenerPath }),
    ...(listenerMetadata && { listener_metadata: listenerMetadata }),
  };
}

/** And back, to apply the container's filter to a further process. */
export function seccompFromLibcontainer(config: LibcontainerSeccomp): SeccompProfile {
  const { architectures, flags, default_errno_ret: errno } = config;
  return {
    defaultAction: word(actions, config.default_action),
    ...(typeof errno === 'number' && { defaultErrnoRet: errno }),
    ...(architectures && { architectures: architectures.map(archFromLibcontainer) }),
    ...(flags && { flags }),
    syscalls: (config.syscalls ?? []).map(ruleFrom),
  };
}

/** Short on purpose: a nil field that is left out saves a third of state.json. */
function entry(
  name: string,
  rule: NonNullable<LinuxSeccomp['syscalls']>[number],
): LibcontainerSyscall {
  const { action, errnoRet, args } = rule;
  const made: LibcontainerSyscall = { name, action: actions.indexOf(action) + 1 };
  if (errnoRet !== undefined) made.errnoRet = errnoRet;
  if (args?.length) {
    made.args = args.map(({ index, value, valueTwo, op }) => ({
      index,
      value,
      value_two: valueTwo ?? 0,
      op: operators.indexOf(op) + 1,
    }));
  }
  return made;
}

function ruleFrom({ name, action, errnoRet, args }: LibcontainerSyscall): SeccompRule {
  return {
    names: [name],
    action: word(actions, action),
    ...(typeof errnoRet === 'number' && { errnoRet }),
    ...(args?.length && {
      args: args.map((arg) => ({
        index: arg.index,
        value: arg.value,
        valueTwo: arg.value_two ?? 0,
        op: word(operators, arg.op),
      })),
    }),
  };
}

/** An unknown number becomes a word that the compiler refuses by name, never another action. */
function word(words: readonly string[], number: number): string {
  return words[number - 1] ?? `unknown (${number})`;
}

function archToLibcontainer(arch: string): string {
  const name = arch.replace('SCMP_ARCH_', '');
  return archNames[name] ?? name.toLowerCase();
}

function archFromLibcontainer(arch: string): string {
  const known = Object.entries(archNames).find(([, go]) => go === arch);
  return `SCMP_ARCH_${known?.[0] ?? arch.toUpperCase()}`;
}
