import { RundletError } from '../../errors/rundlet-error.ts';
import { formatIpv4, parseIpv4, parseSubnet, subnetSize } from './ipv4.ts';
import type { PublishedPort } from './ports.ts';

/** `<exec>/rundlet/network/leases.json`: what running containers hold. */
export interface Leases {
  /** Address → container id. */
  addresses: Record<string, string>;
  /** `tcp/0.0.0.0/8080` → container id. */
  ports: Record<string, string>;
}

export const noLeases: Leases = { addresses: {}, ports: {} };

/** Leases with one more address: `wanted`, or the lowest free one above the gateway. */
export function leaseAddress(
  leases: Leases,
  owner: string,
  network: { subnet: string; gateway: string },
  wanted?: string,
): { leases: Leases; address: string } {
  const address = wanted || firstFree(leases, network);
  const holder = address === network.gateway ? 'gateway' : leases.addresses[address];
  if (holder !== undefined && holder !== owner) throw networkError('Address already in use');
  return { leases: { ...leases, addresses: { ...leases.addresses, [address]: owner } }, address };
}

function firstFree({ addresses }: Leases, network: { subnet: string; gateway: string }): string {
  const subnet = parseSubnet(network.subnet);
  if (!subnet) throw networkError(`invalid subnet ${network.subnet}`);
  const last = subnet.base + subnetSize(subnet) - 1;
  const gateway = parseIpv4(network.gateway);
  for (let ip = subnet.base + 1; ip < last; ip += 1) {
    const text = formatIpv4(ip);
    if (ip !== gateway && !Object.hasOwn(addresses, text)) return text;
  }
  throw networkError(`no available IPv4 addresses on this network's address pools: bridge`);
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

function networkError(message: string): RundletError {
  return new RundletError('ERR_RUNDLET_CONFLICT', message);
}
