import { isIpcSysctl } from '../ipc-sysctl.ts';
import { joinPointer } from '../json-pointer.ts';
import { type ConfigRule, hasNamespace, quote } from './rule.ts';

/**
 * File names below /proc/sys of a key. As in sysctl(8), the separator is the first of `.` and
 * `/` in the key, and the other one is a dot in a name: `net/ipv4/conf/eth0.1/forwarding`.
 */
export function sysctlPath(key: string): string[] {
  const slashed = /^[^./]*\//.test(key);
  if (slashed) return key.split('/');
  return key.split('.').map((name) => name.replaceAll('/', '.'));
}

/**
 * Only what belongs to a namespace of the container, never the host's. Whether a joined network
 * namespace is the host's own can only be told on the host.
 */
export const sysctl: ConfigRule = (spec, report) => {
  for (const [key, value] of Object.entries(spec.linux?.sysctl ?? {})) {
    const path = sysctlPath(key);
    const fault = path.some((name) => name === '' || name === '.' || name === '..')
      ? `${quote(key)} is not the name of a sysctl`
      : (namespaceFault(path.join('.'), (type) => hasNamespace(spec, type)) ??
        domainFault(path.join('.'), value, spec.domainname));
    if (fault) report.fail(joinPointer('/linux/sysctl', key), fault);
  }
};

function namespaceFault(name: string, has: (type: string) => boolean): string | undefined {
  const subject = `sysctl ${quote(name)}`;
  if (isIpcSysctl(name)) {
    return has('ipc') ? undefined : `${subject} is not allowed in the hosts ipc namespace`;
  }
  if (name.startsWith('net.')) {
    return has('network') ? undefined : `${subject} not allowed in host network namespace`;
  }
  if (name.startsWith('user.')) {
    return has('user')
      ? undefined
      : `setting ucounts without a user namespace not allowed: ${name}`;
  }
  if (name === 'kernel.domainname' && has('uts')) return undefined;
  if (name === 'kernel.hostname' && has('uts')) {
    return `${subject} is not allowed as it conflicts with the OCI "hostname" field`;
  }
  return `${subject} is not in a separate kernel namespace`;
}

/** One name given twice is none too many, as for crun. */
function domainFault(name: string, value: string, domainname?: string): string | undefined {
  if (name !== 'kernel.domainname' || !domainname || domainname === value) return undefined;
  return `sysctl ${quote(name)} conflicts with the OCI "domainname" field ${quote(domainname)}`;
}
