import { containerIds } from '../containers/store.ts';
import type { Engine } from '../context.ts';
import { conflict } from '../engine-error.ts';
import { recordEvent } from '../events/record-event.ts';
import { findNetwork } from './find-network.ts';
import { findEndpoint } from './lease-store.ts';
import { isPredefined, type Network } from './network.ts';
import { networkHappening } from './network-event.ts';
import { removeNetworkRecord, userNetworks, withNetworks } from './network-store.ts';

/** `network rm`. Throws Docker's refusals. */
export async function removeNetwork(engine: Engine, nameOrId: string): Promise<void> {
  refusePredefined(nameOrId);
  await withNetworks(engine, async () => {
    const network = await findNetwork(engine, nameOrId);
    refusePredefined(network.name);
    if ((await activeNetworks(engine)).has(network.id)) {
      throw conflict(
        `error while removing network: network ${network.name} id ${network.id} has active endpoints`,
      );
    }
    await remove(engine, network);
  });
}

/** Removes those that no container has, running or not, and that fit. @returns their names. */
export async function pruneNetworks(
  engine: Engine,
  fits: (network: Network) => boolean,
  used: ReadonlySet<string>,
): Promise<string[]> {
  return withNetworks(engine, async () => {
    const active = await activeNetworks(engine);
    const names: string[] = [];
    for (const network of await userNetworks(engine)) {
      if (active.has(network.id) || used.has(network.name) || !fits(network)) continue;
      await remove(engine, network);
      names.push(network.name);
    }
    return names;
  });
}

/** Ids of the networks in which running containers are. */
export async function activeNetworks(engine: Engine): Promise<Set<string>> {
  const active = new Set<string>();
  for (const id of await containerIds(engine)) {
    for (const { network } of (await findEndpoint(engine, id))?.attachments ?? []) {
      active.add(network.id);
    }
  }
  return active;
}

async function remove(engine: Engine, network: Network): Promise<void> {
  await removeNetworkRecord(engine, network.id);
  await recordEvent(engine, networkHappening(network, 'destroy'));
}

function refusePredefined(name: string): void {
  if (!isPredefined(name)) return;
  throw conflict(`${name} is a pre-defined network and cannot be removed`);
}
