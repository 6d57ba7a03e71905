import type { Engine } from '../context.ts';
import { dockerJson } from '../docker-json.ts';
import { damagedRecord } from '../engine-error.ts';
import { isFullId } from '../full-id.ts';
import { findText } from '../layers/store-text.ts';
import { namesIn } from '../layers/used-layers.ts';
import { removeIfThere } from '../remove-if-there.ts';
import type { Network } from './network.ts';

/** Runs `work` while no other command adds or removes networks. */
export async function withNetworks<T>(engine: Engine, work: () => Promise<T>): Promise<T> {
  const { host } = engine;
  await host.call('makeDirectory', { path: directory(engine), mode: 0o700, parents: true });
  const lock = await host.call('lock', { path: `${engine.paths.own}/networks.lock` });
  try {
    return await work();
  } finally {
    await host.call('unlock', lock);
  }
}

/** Those that users made, by name. */
export async function userNetworks(engine: Engine): Promise<Network[]> {
  const found: Network[] = [];
  for (const name of await namesIn(engine, directory(engine))) {
    const network = await readNetwork(engine, name.replace(/\.json$/, ''));
    if (network) found.push(network);
  }
  return found.sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** By full id, exactly. */
export async function readNetwork(engine: Engine, id: string): Promise<Network | undefined> {
  if (!isFullId(id)) return undefined;
  const path = recordPath(engine, id);
  const text = await findText(engine.host, path, 1 << 20);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw damagedRecord(path, error);
  }
}

export async function writeNetwork(engine: Engine, network: Network): Promise<void> {
  const path = recordPath(engine, network.id);
  const text = `${dockerJson(network)}\n`;
  await engine.host.call('writeRecord', { path, text, mode: 0o600, durable: true });
}

export async function removeNetworkRecord(engine: Engine, id: string): Promise<void> {
  await removeIfThere(engine.host, recordPath(engine, id));
}

function directory({ paths }: Engine): string {
  return `${paths.own}/networks`;
}

function recordPath(engine: Engine, id: string): string {
  return `${directory(engine)}/${id}.json`;
}
