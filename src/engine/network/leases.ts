import { RundletError } from '../../errors/rundlet-error.ts';
import { formatIpv4, parseSubnet, subnetSize } from './ipv4.ts';
import { formatIpv6, parseIpv6, parseSubnet6 } from './ipv6.ts';
import type { PublishedPort } from './ports.ts';

/** `<exec>/rundlet/network/leases.json`: what running containers hold. */
export interface Leases {
  /** Address → container id. */
  addresses: Record<string, string>;
  /** `tcp/0.0.0.0/8080` → container id. */
  ports: Record<string, string>;
}

export const noLeases: Leases = { addresses: {}, ports: {} };

/** Leases with one more address: `wanted`, or the lowest free one of the range above the gateway. */
export function leaseAddress(
  leases: Leases,
  owner: string,
  network: Pool,
  wanted?: string,
): { leases: Leases; address: string } {
  const address = wanted || firstFree(leases, network);
  return { leases: withAddress(leases, owner, network.gateway, address), address };
}

/** The same of IPv6. */
export function leaseAddress6(
  leases: Leases,
  owner: string,
  network: Pool,
  wanted?: string,
): { leases: Leases; address: string } {
  const given = parseIpv6(wanted ?? '');
  const address = given === undefined ? firstFree6(leases, network) : formatIpv6(given);
  return { leases: withAddress(leases, owner, network.gateway, address), address };
}

/** Where addresses come from. */
export interface Pool {
  subnet: string;
  gateway: string;
  range?: string;
}

function withAddress(leases: Leases, owner: string, gateway: string, address: string): Leases {
  const holder = address === gateway ? 'gateway' : leases.addresses[address];
  if (holder !== undefined && holder !== owner) throw networkError('Address already in use');
  return { ...leases, addresses: { ...leases.addresses, [address]: owner } };
}

/** Never the subnet's own, nor its broadcast address. */
function firstFree({ addresses }: Leases, { subnet, gateway, range }: Pool): string {
  const whole = parseSubnet(subnet);
  const pool = parseSubnet(range ?? subnet);
  if (!whole || !pool) throw networkError(`invalid subnet ${subnet}`);
  const broadcast = whole.base + subnetSize(whole) - 1;
  for (let ip = pool.base; ip < pool.base + subnetSize(pool); ip += 1) {
    const text = formatIpv4(ip);
    const reserved = ip === whole.base || ip === broadcast || text === gateway;
    if (!reserved && !Object.hasOwn(addresses, text)) return text;
  }
  throw networkError(`no available IPv4 addresses on this network's address pools: ${subnet}`);
}

function firstFree6({ addresses }: Leases, { subnet, gateway, range }: Pool): string {
  const pool = parseSubnet6(range ?? subnet);
  if (!pool) throw networkError(`invalid subnet ${subnet}`);
  const end = pool.base + (1n << BigInt(128 - pool.prefix));
  for (let ip = pool.base + 1n; ip < end; ip += 1n) {
    const text = formatIpv6(ip);
    if (text !== gateway && !Object.hasOwn(addresses, text)) return text;
  }
  throw networkError(`no available IPv6 addresses on this network's address pools: ${subnet}`);
}

const ephemeral = { first: 32_768, last: 60_999 };

/**
 * Leases with these ports, where those without a host port get a free one. `busy` tells of ports that other
 * programs of the host listen on. Throws Docker's `port is already allocated`.
 */
export function leasePorts(
  leases: Leases,
  owner: string,
  wanted: readonly PublishedPort[],
  busy: (protocol: string, port: number) => boolean,
): { leases: Leases; ports: PublishedPort[] } {
  const ports: Record<string, string> = { ...leases.ports };
  const free = (protocol: string, ip: string, port: number) =>
    !busy(protocol, port) && !taken(ports, protocol, ip, port);
  const given = wanted.map((port) => {
    const hostPort =
      port.hostPort || firstPort((number) => free(port.protocol, port.hostIp, number));
    if (!free(port.protocol, port.hostIp, hostPort)) {
      const place = `${port.hostIp || '0.0.0.0'}:${hostPort}`;
      throw networkError(`Bind for ${place} failed: port is already allocated`);
    }
    ports[portKey(port.protocol, port.hostIp, hostPort)] = owner;
    return { ...port, hostPort };
  });
  return { leases: { ...leases, ports }, ports: given };
}

function firstPort(free: (port: number) => boolean): number {
  for (let port = ephemeral.first; port <= ephemeral.last; port += 1) if (free(port)) return port;
  throw networkError('all ports are allocated');
}

function portKey(protocol: string, ip: string, port: number): string {
  return `${protocol}/${ip || '0.0.0.0'}/${port}`;
}

/** A port of all addresses and one of a single address exclude each other. */
function taken(held: Record<string, string>, protocol: string, ip: string, port: number): boolean {
  const every = !ip || ip === '0.0.0.0';
  if (Object.hasOwn(held, portKey(protocol, '', port))) return true;
  if (!every) return Object.hasOwn(held, portKey(protocol, ip, port));
  return Object.keys(held).some(
    (key) => key.startsWith(`${protocol}/`) && key.endsWith(`/${port}`),
  );
}

/** Leases without all that `owner` held. */
export function giveBack(leases: Leases, owner: string): Leases {
  const without = (held: Record<string, string>) =>
    Object.fromEntries(Object.entries(held).filter(([, holder]) => holder !== owner));
  return { addresses: without(leases.addresses), ports: without(leases.ports) };
}

/** Leases without these addresses. */
export function giveBackAddresses(leases: Leases, given: readonly string[]): Leases {
  const addresses = Object.fromEntries(
    Object.entries(leases.addresses).filter(([address]) => !given.includes(address)),
  );
  return { ...leases, addresses };
}

function networkError(message: string): RundletError {
  return new RundletError('ERR_RUNDLET_CONFLICT', message);
}
