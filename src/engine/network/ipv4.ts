/** An IPv4 address as the number it is. */
export function parseIpv4(text: string): number | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256))
    return undefined;
  return parts.reduce((sum, part) => sum * 256 + Number(part), 0);
}

export function formatIpv4(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
}

export interface Subnet {
  /** First address of the subnet. */
  base: number;
  prefix: number;
}

export function parseSubnet(text: string): Subnet | undefined {
  const [address = '', length = ''] = text.split('/');
  const [ip, prefix] = [parseIpv4(address), Number(length)];
  if (ip === undefined || !/^\d+$/.test(length) || prefix > 32) return undefined;
  return { base: ip - (ip % subnetSize({ base: 0, prefix })), prefix };
}

/** How many addresses it has. */
export function subnetSize({ prefix }: Subnet): number {
  return 2 ** (32 - prefix);
}

export function overlaps(one: Subnet, other: Subnet): boolean {
  return one.base < other.base + subnetSize(other) && other.base < one.base + subnetSize(one);
}

/** `02:42` and the address's four bytes: the MAC address that Docker gives an endpoint. */
export function macOf(address: string): string {
  const bytes = address.split('.').map((part) => Number(part).toString(16).padStart(2, '0'));
  return ['02', '42', ...bytes].join(':');
}
