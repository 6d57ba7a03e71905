import { parseIpv4, parseSubnet, subnetSize } from './ipv4.ts';
import { contains6, parseIpv6, parseSubnet6 } from './ipv6.ts';

/** Whether an address, IPv4 or IPv6, is one of the subnet's. */
export function holdsAddress(subnet: string, address: string): boolean {
  const four = parseSubnet(subnet);
  const ip = parseIpv4(address);
  if (four && ip !== undefined) return ip >= four.base && ip < four.base + subnetSize(four);
  const six = parseSubnet6(subnet);
  const ip6 = parseIpv6(address);
  return six !== undefined && ip6 !== undefined && contains6(six, ip6);
}
