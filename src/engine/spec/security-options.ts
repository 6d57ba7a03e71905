import { invalidParameter } from '../engine-error.ts';

/** `SecurityOpt` of the host config, read. */
export interface SecurityOptions {
  noNewPrivileges: boolean;
  /** `unconfined`, or the profile's text; undefined: the default one. */
  seccomp?: string;
  /** `unconfined`, or a profile's name. */
  apparmor?: string;
  labels: string[];
}

/** Docker's rules and words: `name=value`, older `name:value`, and `no-new-privileges` alone. */
export function securityOptions(given: readonly string[]): SecurityOptions {
  const options: SecurityOptions = { noNewPrivileges: false, labels: [] };
  for (const option of given) {
    if (option === 'no-new-privileges') {
      options.noNewPrivileges = true;
      continue;
    }
    if (option === 'disable') {
      options.labels.push('disable');
      continue;
    }
    const [name, value] = parts(option);
    if (name === 'label') options.labels.push(value);
    else if (name === 'apparmor') options.apparmor = value;
    else if (name === 'seccomp') options.seccomp = value;
    else if (name === 'no-new-privileges') options.noNewPrivileges = boolean(value, option);
    else throw invalidParameter(`invalid --security-opt 2: "${option}"`);
  }
  return options;
}

function parts(option: string): [name: string, value: string] {
  const separator = option.includes('=') ? '=' : ':';
  const at = option.indexOf(separator);
  if (at === -1) throw invalidParameter(`invalid --security-opt 1: "${option}"`);
  return [option.slice(0, at), option.slice(at + 1)];
}

function boolean(value: string, option: string): boolean {
  if (['1', 't', 'T', 'true', 'TRUE', 'True'].includes(value)) return true;
  if (['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(value)) return false;
  throw invalidParameter(`invalid --security-opt 2: "${option}"`);
}
