import type { Engine } from '../context.ts';
import { dockerJson } from '../docker-json.ts';
import { findText } from '../layers/store-text.ts';
import { removeIfThere } from '../remove-if-there.ts';
import { type Leases, noLeases } from './leases.ts';
import type { Attachment } from './netavark.ts';
import type { PublishedPort } from './ports.ts';

/** What a container that runs, or that is being started, has of networks: how to take it back. */
export interface EndpointRecord {
  name: string;
  attachments: Attachment[];
  ports: PublishedPort[];
  /** File that the namespace is bound to. */
  netns: string;
}

const maxLeases = 16 << 20;

/** Runs `work` while nobody else changes bridges and firewall: netavark is not made for several at once. */
export async function withFirewall<T>(engine: Engine, work: () => Promise<T>): Promise<T> {
  const { host } = engine;
  const directory = networkDirectory(engine);
  await host.call('makeDirectory', { path: directory, mode: 0o700, parents: true });
  const lock = await host.call('lock', { path: `${directory}/firewall.lock` });
  try {
    return await work();
  } finally {
    await host.call('unlock', lock);
  }
}

/** Runs `work` alone among those that take and give back addresses and ports. */
export async function withLeases<T>(
  engine: Engine,
  work: (leases: Leases) => Promise<{ leases: Leases; result: T }>,
): Promise<T> {
  const { host } = engine;
  const directory = networkDirectory(engine);
  await host.call('makeDirectory', { path: directory, mode: 0o700, parents: true });
  const lock = await host.call('lock', { path: `${directory}/leases.lock` });
  try {
    const path = `${directory}/leases.json`;
    const text = await findText(host, path, maxLeases);
    const { leases, result } = await work(text === undefined ? noLeases : JSON.parse(text));
    await writeJson(engine, path, leases);
    return result;
  } finally {
    await host.call('unlock', lock);
  }
}

export function writeEndpoint(engine: Engine, id: string, record: EndpointRecord): Promise<void> {
  return writeJson(engine, endpointPath(engine, id), record);
}

/** undefined for a container without a network of the engine's. */
export async function findEndpoint(
  engine: Engine,
  id: string,
): Promise<EndpointRecord | undefined> {
  const text = await findText(engine.host, endpointPath(engine, id), maxLeases);
  return text === undefined ? undefined : JSON.parse(text);
}

export async function forgetEndpoint(engine: Engine, id: string): Promise<void> {
  await removeIfThere(engine.host, endpointPath(engine, id));
}

/** Below the exec root: after the machine's next boot nobody holds anything. */
export function networkDirectory({ paths }: Engine): string {
  return `${paths.execRoot}/rundlet/network`;
}

function endpointPath(engine: Engine, id: string): string {
  return `${networkDirectory(engine)}/${id}.json`;
}

async function writeJson({ host }: Engine, path: string, value: object): Promise<void> {
  const text = `${dockerJson(value)}\n`;
  await host.call('writeRecord', { path, text, mode: 0o600, durable: false });
}
