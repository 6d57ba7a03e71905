import { RundletError } from '../../errors/rundlet-error.ts';
import { newId } from '../containers/container-name.ts';
import type { Engine } from '../context.ts';
import { dockerJson } from '../docker-json.ts';
import { defaultDataRoot } from '../engine-paths.ts';
import { findText } from '../layers/store-text.ts';
import { chooseSubnet } from './choose-subnet.ts';
import { formatIpv4, parseSubnet } from './ipv4.ts';
import type { Network } from './network.ts';
import { userNetworks } from './network-store.ts';

/**
 * The engine's bridge network; made at its first use in a range that no route of the host has.
 */
export async function bridgeNetwork(engine: Engine): Promise<Network> {
  const { host, paths } = engine;
  const path = `${paths.own}/bridge.json`;
  const text = await findText(host, path);
  if (text !== undefined) return JSON.parse(text);
  await host.call('makeDirectory', { path: paths.own, mode: 0o700, parents: true });
  const lock = await host.call('lock', { path: `${paths.own}/bridge.lock` });
  try {
    const other = await findText(host, path);
    return other === undefined ? await makeBridge(engine, path) : JSON.parse(other);
  } finally {
    await host.call('unlock', lock);
  }
}

async function makeBridge(engine: Engine, path: string): Promise<Network> {
  const { host } = engine;
  const others = await userNetworks(engine);
  const subnet = chooseSubnet(
    (await findText(host, '/proc/net/route', 1 << 20)) ?? '',
    others.flatMap(({ subnet }) => parseSubnet(subnet) ?? []),
  );
  const base = parseSubnet(subnet ?? '')?.base;
  if (subnet === undefined || base === undefined) {
    throw new RundletError(
      'ERR_RUNDLET_CONFLICT',
      'could not find an available, non-overlapping IPv4 address pool among the defaults to assign to the network',
    );
  }
  const network: Network = {
    id: await newId(host),
    name: 'bridge',
    device: await deviceName(engine),
    subnet,
    gateway: formatIpv4(base + 1),
    created: await engine.now(),
  };
  const record = { path, text: `${dockerJson(network)}\n`, mode: 0o600, durable: true };
  await host.call('writeRecord', record);
  return network;
}

/** Two data roots have two bridges: `rundlet0` is that of the usual one. */
async function deviceName({ host, paths }: Engine): Promise<string> {
  if (paths.dataRoot === defaultDataRoot) return 'rundlet0';
  return `rundlet-${(await host.call('sha256', { text: paths.dataRoot })).slice(0, 7)}`;
}
