import { RundletError } from '../../errors/rundlet-error.ts';
import { newId } from '../containers/container-name.ts';
import type { Engine } from '../context.ts';
import { dockerJson } from '../docker-json.ts';
import { findText } from '../layers/store-text.ts';
import { chooseSubnet } from './choose-subnet.ts';
import { formatIpv4, parseSubnet } from './ipv4.ts';
import type { BridgeNetwork } from './netavark.ts';

const device = 'rundlet0';

/**
 * The engine's bridge network; made at its first use in a range that no route of the host has. The caller
 * holds the lock of the leases.
 */
export async function bridgeNetwork(engine: Engine): Promise<BridgeNetwork> {
  const { host, paths } = engine;
  const path = `${paths.own}/bridge.json`;
  const text = await findText(host, path);
  if (text !== undefined) return JSON.parse(text);
  const subnet = chooseSubnet((await findText(host, '/proc/net/route', 1 << 20)) ?? '');
  const base = parseSubnet(subnet ?? '')?.base;
  if (subnet === undefined || base === undefined) {
    throw new RundletError(
      'ERR_RUNDLET_CONFLICT',
      'could not find an available, non-overlapping IPv4 address pool among the defaults to assign to the network',
    );
  }
  const network: BridgeNetwork = {
    id: await newId(host),
    name: 'bridge',
    device,
    subnet,
    gateway: formatIpv4(base + 1),
    created: await engine.now(),
  };
  const record = { path, text: `${dockerJson(network)}\n`, mode: 0o600, durable: true };
  await host.call('writeRecord', record);
  return network;
}
