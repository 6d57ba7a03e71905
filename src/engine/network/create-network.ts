import { newId } from '../containers/container-name.ts';
import type { GoMap } from '../containers/record.ts';
import type { Engine } from '../context.ts';
import { prepareDataRoot } from '../create/prepare-data-root.ts';
import { conflict, invalidParameter } from '../engine-error.ts';
import { recordEvent } from '../events/record-event.ts';
import { findText } from '../layers/store-text.ts';
import { bridgeNetwork } from './bridge-network.ts';
import { chooseSubnet } from './choose-subnet.ts';
import { formatIpv4, overlaps, parseIpv4, parseSubnet } from './ipv4.ts';
import { contains6, formatIpv6, parseIpv6, parseSubnet6 } from './ipv6.ts';
import { isPredefined, type Network } from './network.ts';
import { networkHappening } from './network-event.ts';
import { userNetworks, withNetworks, writeNetwork } from './network-store.ts';
import { holdsAddress } from './subnet-holds.ts';

/** `network create`. */
export interface NetworkWish {
  name: string;
  driver: string;
  subnets: readonly string[];
  gateways: readonly string[];
  ranges: readonly string[];
  ipv6: boolean;
  internal: boolean;
  attachable: boolean;
  options: GoMap<string>;
  labels: GoMap<string>;
}

/** Makes a bridge network; its device comes with the first container. Throws Docker's texts. */
export async function createNetwork(engine: Engine, wish: NetworkWish): Promise<Network> {
  checkWish(wish);
  await prepareDataRoot(engine);
  return withNetworks(engine, async () => {
    const others = [...(await userNetworks(engine)), await bridgeNetwork(engine)];
    if (others.some(({ name }) => name === wish.name)) {
      throw conflict(`network with name ${wish.name} already exists`);
    }
    const id = await newId(engine.host);
    const network: Network = {
      id,
      name: wish.name,
      device: wish.options['com.docker.network.bridge.name'] || `br-${id.slice(0, 12)}`,
      created: await engine.now(),
      ...(await poolOf(engine, wish, others)),
      ...pool6Of(wish, others),
      internal: wish.internal,
      attachable: wish.attachable,
      options: wish.options,
      labels: wish.labels,
    };
    await writeNetwork(engine, network);
    await recordEvent(engine, networkHappening(network, 'create'));
    return network;
  });
}

function checkWish({ name, driver, subnets, gateways, ranges }: NetworkWish): void {
  if (name.trim() === '') throw invalidParameter('network name cannot be empty');
  if (!/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(name)) {
    throw invalidParameter(
      `invalid network name ${name}: only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed`,
    );
  }
  if (isPredefined(name) || name === 'default') {
    throw invalidParameter(`operation is not permitted on predefined ${name} network`);
  }
  if (!['', 'bridge'].includes(driver)) throw invalidParameter(`plugin "${driver}" not found`);
  for (const subnet of subnets) {
    if (!parseSubnet(subnet) && !parseSubnet6(subnet)) {
      throw invalidParameter(`invalid CIDR address: ${subnet}`);
    }
  }
  if (subnets.filter((subnet) => parseSubnet(subnet)).length > 1) {
    throw invalidParameter('bridge driver doesn’t support more than one IPv4 subnet');
  }
  if (subnets.filter((subnet) => parseSubnet6(subnet)).length > 1) {
    throw invalidParameter('bridge driver doesn’t support more than one IPv6 subnet');
  }
  for (const gateway of gateways) {
    if (!subnets.some((subnet) => holdsAddress(subnet, gateway))) {
      throw invalidParameter(`no matching subnet for gateway ${gateway}`);
    }
  }
  for (const range of ranges) {
    const [address = ''] = range.split('/');
    if (!subnets.some((subnet) => holdsAddress(subnet, address))) {
      throw invalidParameter(`no matching subnet for range ${range}`);
    }
  }
}

async function poolOf(
  engine: Engine,
  { subnets, gateways, ranges }: NetworkWish,
  others: readonly Network[],
): Promise<Pick<Network, 'subnet' | 'gateway' | 'range' | 'configured'>> {
  const wished = subnets.find((subnet) => parseSubnet(subnet));
  const routes = (await findText(engine.host, '/proc/net/route', 1 << 20)) ?? '';
  const taken = others.flatMap(({ subnet }) => parseSubnet(subnet) ?? []);
  const subnet = wished ?? chooseSubnet(routes, taken);
  const pool = parseSubnet(subnet ?? '');
  if (subnet === undefined || pool === undefined) {
    throw conflict(
      'could not find an available, non-overlapping IPv4 address pool among the defaults to assign to the network',
    );
  }
  if (taken.some((other) => overlaps(other, pool))) {
    throw invalidParameter('Pool overlaps with other one on this address space');
  }
  const range = ranges.find((one) => parseSubnet(one));
  return {
    subnet: `${formatIpv4(pool.base)}/${pool.prefix}`,
    gateway: gateways.find((one) => parseIpv4(one) !== undefined) ?? formatIpv4(pool.base + 1),
    ...(range !== undefined && { range }),
    ...(wished !== undefined && { configured: true }),
  };
}

function pool6Of(
  { ipv6, subnets, gateways, ranges }: NetworkWish,
  others: readonly Network[],
): Pick<Network, 'subnet6' | 'gateway6' | 'range6'> {
  if (!ipv6) return {};
  const subnet = subnets.find((one) => parseSubnet6(one));
  const pool = parseSubnet6(subnet ?? '');
  if (pool === undefined) {
    throw invalidParameter(
      'could not find an available, non-overlapping IPv6 address pool among the defaults to assign to the network',
    );
  }
  const taken = others.flatMap(({ subnet6 = '' }) => parseSubnet6(subnet6) ?? []);
  if (taken.some((other) => contains6(other, pool.base) || contains6(pool, other.base))) {
    throw invalidParameter('Pool overlaps with other one on this address space');
  }
  const range6 = ranges.find((one) => parseSubnet6(one));
  return {
    subnet6: `${formatIpv6(pool.base)}/${pool.prefix}`,
    gateway6: gateways.find((one) => parseIpv6(one) !== undefined) ?? formatIpv6(pool.base + 1n),
    ...(range6 !== undefined && { range6 }),
  };
}
