import { quote } from '../errors/quote.ts';
import type { Linux } from '../spec/generated/config.ts';
import { isIpcSysctl } from '../spec/ipc-sysctl.ts';
import { joinPointer } from '../spec/json-pointer.ts';
import { addStep, type Draft } from './draft.ts';
import { hasNamespace, makesNamespace, type NamespaceSet } from './namespace-set.ts';
import { invalid } from './plan-error.ts';

/** `linux.sysctl`: what belongs to a namespace of the container, and nothing of the host. */
export function planSysctl(draft: Draft, linux: Linux, namespaces: NamespaceSet): void {
  for (const [name, value] of Object.entries(linux.sysctl ?? {})) {
    const from = joinPointer('/linux/sysctl', name);
    const key = dotted(name);
    const refusal = isTraversal(key)
      ? `sysctl ${quote(name)} is not a valid name`
      : refuse(key, namespaces, isHostNetwork(draft, namespaces));
    if (refusal) throw invalid(from, refusal);
    addStep(draft, from, { sysctl: { key: key.includes('/') ? swapped(key) : key, value } });
  }
}

/** The joined network is the runtime's own, as the caller found or the path says. */
function isHostNetwork({ options }: Draft, { join }: NamespaceSet): boolean {
  const path = join.find(({ kind }) => kind === 'network')?.path ?? '';
  const own = ['/proc/self/ns/net', '/proc/thread-self/ns/net', '/proc/1/ns/net'];
  return options.joinsHostNetwork === true || own.includes(path);
}

/** sysctl(8) takes both separators; the first one in the name tells which it is. */
function dotted(name: string): string {
  const slash = name.indexOf('/');
  const dot = name.indexOf('.');
  return slash === -1 || (dot !== -1 && dot < slash) ? name : swapped(name);
}

function swapped(name: string): string {
  return Array.from(name, (c) => (c === '/' ? '.' : c === '.' ? '/' : c)).join('');
}

/** After normalising, `/` stands for a dot inside one name (`eno2/100`): a name may not be `.` or `..`. */
function isTraversal(key: string): boolean {
  return key
    .split('.')
    .some(
      (part) => part === '' || part.startsWith('/') || part.endsWith('/') || part.includes('//'),
    );
}

/** Why a key may not be written, undefined if it may. */
function refuse(key: string, namespaces: NamespaceSet, hostNetwork: boolean): string | undefined {
  if (isIpcSysctl(key)) {
    return hasNamespace(namespaces, 'ipc')
      ? undefined
      : `sysctl ${quote(key)} is not allowed in the hosts ipc namespace`;
  }
  if (key.startsWith('net.')) {
    const isolated =
      makesNamespace(namespaces, 'network') ||
      (hasNamespace(namespaces, 'network') && !hostNetwork);
    return isolated ? undefined : `sysctl ${quote(key)} not allowed in host network namespace`;
  }
  if (key === 'kernel.hostname') {
    return `sysctl ${quote(key)} is not allowed as it conflicts with the OCI "hostname" field`;
  }
  if (key === 'kernel.domainname' && hasNamespace(namespaces, 'uts')) return undefined;
  if (key.startsWith('user.')) {
    return hasNamespace(namespaces, 'user')
      ? undefined
      : `setting ucounts without a user namespace not allowed: ${key}`;
  }
  return `sysctl ${quote(key)} is not in a separate kernel namespace`;
}
