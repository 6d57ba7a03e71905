import { parseIpv4 } from './ipv4.ts';

export function isIpAddress(text: string): boolean {
  return isIpv4(text) || isIpv6(text);
}

export function isIpv4(text: string): boolean {
  return parseIpv4(text) !== undefined;
}

/** RFC 4291 text, the last 32 bits also in dots; no zone. */
export function isIpv6(text: string): boolean {
  const halves = text.split('::');
  if (halves.length > 2) return false;
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')));
  const dotted = groups.at(-1)?.includes('.') ?? false;
  if (dotted && !isIpv4(groups.pop() ?? '')) return false;
  if (!groups.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return false;
  const count = groups.length + (dotted ? 2 : 0);
  return halves.length === 2 ? count < 8 : count === 8;
}
