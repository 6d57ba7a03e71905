import { formatIpv4, overlaps, type Subnet } from './ipv4.ts';

/** Docker's pools for local networks: 172.17.0.0/16 … 172.31.0.0/16, then twenties of 192.168.0.0/16. */
const candidates: readonly Subnet[] = [
  ...Array.from({ length: 15 }, (_, place) => ({
    base: (172 * 256 + 17 + place) * 65_536,
    prefix: 16,
  })),
  ...Array.from({ length: 16 }, (_, place) => ({
    base: (192 * 256 + 168) * 65_536 + place * 4096,
    prefix: 20,
  })),
];

/**
 * The first pool that no route of the host overlaps, nor any in `besides`; `routes` is the text of
 * /proc/net/route.
 */
export function chooseSubnet(routes: string, besides: readonly Subnet[] = []): string | undefined {
  const taken = [...hostRoutes(routes), ...besides];
  const free = candidates.find((pool) => !taken.some((route) => overlaps(pool, route)));
  return free && `${formatIpv4(free.base)}/${free.prefix}`;
}

/** Destinations of all but the default route. */
function hostRoutes(text: string): Subnet[] {
  return text
    .split('\n')
    .slice(1)
    .map((line) => line.split('\t'))
    .filter((fields) => fields.length >= 8)
    .map((fields) => ({
      base: littleEndian(fields[1] ?? ''),
      prefix: littleEndian(fields[7] ?? '')
        .toString(2)
        .replaceAll('0', '').length,
    }))
    .filter(({ prefix }) => prefix > 0);
}

/** The kernel prints the address's bytes as a number of this (little-endian) machine. */
function littleEndian(hex: string): number {
  const bytes = hex.match(/../g) ?? [];
  return bytes.reverse().reduce((sum, byte) => sum * 256 + Number.parseInt(byte, 16), 0);
}
