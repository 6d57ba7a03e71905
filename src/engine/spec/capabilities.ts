import { capabilityNames, capabilityNumber } from '../../spec/capability-names.ts';
import { invalidParameter } from '../engine-error.ts';

/** What Docker leaves to a container's root, in its order. */
export const defaultCapabilities: readonly string[] = [
  'CAP_CHOWN',
  'CAP_DAC_OVERRIDE',
  'CAP_FSETID',
  'CAP_FOWNER',
  'CAP_MKNOD',
  'CAP_NET_RAW',
  'CAP_SETGID',
  'CAP_SETUID',
  'CAP_SETFCAP',
  'CAP_SETPCAP',
  'CAP_NET_BIND_SERVICE',
  'CAP_SYS_CHROOT',
  'CAP_KILL',
  'CAP_AUDIT_WRITE',
];

/** `sys_admin`, `CAP_SYS_ADMIN` → `CAP_SYS_ADMIN`; `ALL` stays. Throws Docker's `unknown capability`. */
export function normalCapability(given: string): string {
  const upper = given.toUpperCase();
  if (upper === 'ALL') return upper;
  const name = upper.startsWith('CAP_') ? upper : `CAP_${upper}`;
  if (capabilityNumber(name) !== undefined) return name;
  throw invalidParameter(`invalid CapAdd: unknown capability: "${given}"`);
}

export interface CapabilityWish {
  add: readonly string[];
  drop: readonly string[];
  privileged: boolean;
}

/**
 * Docker's arithmetic: privileged takes all; `--cap-add ALL` all but the dropped; `--cap-drop ALL` only the
 * added; else the default ones without the dropped and with the added.
 * @param possible those that this kernel, and the engine's own bounding set, have.
 */
export function grantedCapabilities(
  { add, drop, privileged }: CapabilityWish,
  possible: readonly string[],
): string[] {
  if (privileged) return [...possible];
  const added = add.map(normalCapability);
  const dropped = drop.map(normalCapability);
  if (added.includes('ALL')) return possible.filter((name) => !dropped.includes(name));
  if (dropped.includes('ALL')) return [...new Set(added)];
  const kept = defaultCapabilities.filter((name) => !dropped.includes(name));
  return [...new Set([...kept, ...added])];
}

/** The `Cap…` masks of /proc/<pid>/status, 16 hexadecimal digits, as names. */
export function maskedCapabilities(mask: string): string[] {
  const bits = BigInt(`0x${mask}`);
  return capabilityNames().filter((_, number) => (bits >> BigInt(number)) & 1n);
}
