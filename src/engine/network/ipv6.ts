import { isIpv6 } from './ip-address.ts';

/** An IPv6 address as the number it is; undefined for any other text. */
export function parseIpv6(text: string): bigint | undefined {
  if (!isIpv6(text)) return undefined;
  const groups = (half: string) => (half === '' ? [] : half.split(':').flatMap(dotted));
  const [front = '', back] = text.split('::');
  const first = groups(front);
  const last = back === undefined ? [] : groups(back);
  const zeros = Array.from({ length: 8 - first.length - last.length }, () => '0');
  return [...first, ...zeros, ...last].reduce(
    (sum, group) => (sum << 16n) | BigInt(`0x${group}`),
    0n,
  );
}

/** RFC 5952: lower case, the longest run of zeros as `::`. */
export function formatIpv6(address: bigint): string {
  const groups = Array.from({ length: 8 }, (_, place) =>
    ((address >> BigInt(112 - place * 16)) & 0xffffn).toString(16),
  );
  const run = longestZeros(groups);
  if (run.length < 2) return groups.join(':');
  const [front, back] = [groups.slice(0, run.start), groups.slice(run.start + run.length)];
  return `${front.join(':')}::${back.join(':')}`;
}

/** The first of the longest. */
function longestZeros(groups: readonly string[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  for (let start = 0; start < groups.length; start++) {
    const end = groups.findIndex((group, place) => place >= start && group !== '0');
    const length = (end === -1 ? groups.length : end) - start;
    if (length > best.length) best = { start, length };
  }
  return best;
}

function dotted(group: string): string[] {
  if (!group.includes('.')) return [group];
  const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number);
  return [(a * 256 + b).toString(16), (c * 256 + d).toString(16)];
}

export interface Subnet6 {
  base: bigint;
  prefix: number;
}

export function parseSubnet6(text: string): Subnet6 | undefined {
  const [address = '', length = ''] = text.split('/');
  const [ip, prefix] = [parseIpv6(address), Number(length)];
  if (ip === undefined || !/^\d+$/.test(length) || prefix > 128) return undefined;
  return { base: (ip >> BigInt(128 - prefix)) << BigInt(128 - prefix), prefix };
}

export function contains6({ base, prefix }: Subnet6, address: bigint): boolean {
  return address >> BigInt(128 - prefix) === base >> BigInt(128 - prefix);
}
