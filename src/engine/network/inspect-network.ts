import { emptyEndpoint } from '../containers/record.ts';
import { listContainers } from '../containers/store.ts';
import type { Engine } from '../context.ts';
import { goMap } from '../docker-json.ts';
import { bridgeNetwork } from './bridge-network.ts';
import { findNetwork } from './find-network.ts';
import { isPredefined, type Network } from './network.ts';
import { userNetworks } from './network-store.ts';

/** A network as lists show it; `host` and `none` too. */
export interface ListedNetwork {
  id: string;
  name: string;
  driver: 'bridge' | 'host' | 'null';
  created: string;
  /** undefined for host and none. */
  bridge?: Network;
}

/** All networks, by name. */
export async function listNetworks(engine: Engine): Promise<ListedNetwork[]> {
  const bridges = [...(await userNetworks(engine)), await bridgeNetwork(engine)];
  const listed = [
    ...bridges.map(listedBridge),
    await own(engine, 'host'),
    await own(engine, 'none'),
  ];
  return listed.sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** @throws `No such network`. */
export async function lookUpNetwork(engine: Engine, nameOrId: string): Promise<ListedNetwork> {
  for (const name of ['host', 'none'] as const) {
    const network = await own(engine, name);
    const { id } = network;
    if (nameOrId === name || (nameOrId.length >= 12 && id.startsWith(nameOrId))) return network;
  }
  return listedBridge(await findNetwork(engine, nameOrId));
}

function listedBridge(bridge: Network): ListedNetwork {
  const { id, name, created } = bridge;
  return { id, name, driver: 'bridge', created, bridge };
}

/** The two that are no bridges are as old as the bridge, and their ids follow from its. */
async function own(engine: Engine, name: 'host' | 'none'): Promise<ListedNetwork> {
  const { id: bridge, created } = await bridgeNetwork(engine);
  const id = await engine.host.call('sha256', { text: `${bridge} ${name}` });
  return { id, name, driver: name === 'host' ? 'host' : 'null', created };
}

/** What `network inspect` prints; Docker's keys in its order. */
export async function inspectNetwork(
  engine: Engine,
  { id, name, driver, created, bridge }: ListedNetwork,
): Promise<object> {
  return {
    Name: name,
    Id: id,
    Created: created,
    Scope: 'local',
    Driver: driver,
    EnableIPv6: bridge?.subnet6 !== undefined,
    IPAM: {
      Driver: 'default',
      Options: bridge && !isPredefined(name) ? {} : null,
      Config: bridge ? pools(bridge) : [],
    },
    Internal: bridge?.internal ?? false,
    Attachable: bridge?.attachable ?? false,
    Ingress: false,
    ConfigFrom: { Network: '' },
    ConfigOnly: false,
    Containers: await members(engine, name, id),
    Options: goMap(Object.entries(bridge?.options ?? {})),
    Labels: goMap(Object.entries(bridge?.labels ?? {})),
  };
}

function pools({ subnet, gateway, range, subnet6, gateway6, range6 }: Network): object[] {
  const pool = (Subnet: string, Gateway: string, IPRange: string | undefined) => ({
    Subnet,
    ...(IPRange !== undefined && { IPRange }),
    Gateway,
  });
  return [
    pool(subnet, gateway, range),
    ...(subnet6 === undefined ? [] : [pool(subnet6, gateway6 ?? '', range6)]),
  ];
}

/** Running containers in it. */
async function members(engine: Engine, name: string, id: string): Promise<object> {
  const found: [string, object][] = [];
  for (const container of await listContainers(engine)) {
    const { State, NetworkSettings, Name } = container.config;
    const endpoint = NetworkSettings.Networks?.[name];
    if (!State.Running || !endpoint) continue;
    const settings = { ...emptyEndpoint(), ...endpoint };
    // An id that is known is matched exactly: the name may be a younger network's.
    if (settings.NetworkID !== '' && settings.NetworkID !== id) continue;
    const { EndpointID, MacAddress, IPAddress, IPPrefixLen } = settings;
    const { GlobalIPv6Address: address6, GlobalIPv6PrefixLen: prefix6 } = settings;
    found.push([
      container.id,
      {
        Name: Name.slice(1),
        EndpointID,
        MacAddress,
        IPv4Address: IPAddress && `${IPAddress}/${IPPrefixLen}`,
        IPv6Address: address6 && `${address6}/${prefix6}`,
      },
    ]);
  }
  return goMap(found);
}
