import type { Engine } from '../context.ts';
import { noSuchNetwork } from '../engine-error.ts';
import { bridgeNetwork } from './bridge-network.ts';
import type { Network } from './network.ts';
import { readNetwork, userNetworks } from './network-store.ts';

/** By id, name, or the beginning of an id that only one has; of bridge networks. @throws `No such network`. */
export async function findNetwork(engine: Engine, nameOrId: string): Promise<Network> {
  const all = [...(await userNetworks(engine)), await bridgeNetwork(engine)];
  const exact = all.find(({ id }) => id === nameOrId) ?? all.find(({ name }) => name === nameOrId);
  if (exact) return exact;
  const fitting = nameOrId === '' ? [] : all.filter(({ id }) => id.startsWith(nameOrId));
  const [only] = fitting;
  if (only === undefined || fitting.length > 1) throw noSuchNetwork(nameOrId);
  return only;
}

/**
 * The network of a container's record: by its id once that is known, by name before. The engine's own bridge
 * goes by name alone: another engine's has another id.
 */
export async function networkOf(engine: Engine, name: string, networkId: string): Promise<Network> {
  if (name === 'bridge') return bridgeNetwork(engine);
  if (networkId === '') return findNetwork(engine, name).catch(() => missing(name));
  return (await readNetwork(engine, networkId)) ?? missing(networkId);
}

function missing(name: string): never {
  throw noSuchNetwork(name, `network ${name} not found`);
}
