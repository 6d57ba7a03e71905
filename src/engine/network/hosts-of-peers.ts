import { isHostError } from '../../host/host-error.ts';
import { containerIds, readById } from '../containers/store.ts';
import type { Engine } from '../context.ts';
import { containerPaths } from '../engine-paths.ts';
import { findText } from '../layers/store-text.ts';
import type { HostsEntry } from '../start/hosts-file.ts';
import { type EndpointRecord, findEndpoint } from './lease-store.ts';
import type { Attachment } from './netavark.ts';
import { findAardvark } from './network-programs.ts';

const begin = '# names of the networks';
const maxHosts = 1 << 20;

/**
 * Where no aardvark-dns is installed names are resolved by the hosts files: when a container comes to users'
 * networks or leaves them, those of all that run there are written anew, in place.
 */
export async function tellPeers(
  engine: Engine,
  attachments: readonly Attachment[],
  besides: string,
): Promise<void> {
  const names = attachments.map(({ network }) => network.name).filter((name) => name !== 'bridge');
  if (names.length === 0 || (await findAardvark(engine)) !== undefined) return;
  const records = new Map<string, EndpointRecord>();
  for (const id of await containerIds(engine)) {
    const record = await findEndpoint(engine, id);
    if (record) records.set(id, record);
  }
  for (const [id, record] of records) {
    const near = record.attachments.some(({ network }) => names.includes(network.name));
    if (near || id === besides) await writePeers(engine, id, record, records);
  }
}

async function writePeers(
  engine: Engine,
  id: string,
  own: EndpointRecord,
  records: ReadonlyMap<string, EndpointRecord>,
): Promise<void> {
  const path =
    (await readById(engine, id))?.config.HostsPath || containerPaths(engine.paths, id).hosts;
  const text = await findText(engine.host, path, maxHosts);
  if (text === undefined) return;
  try {
    await engine.host.call('rewriteText', { path, text: withPeers(text, peers(own, records)) });
  } catch (error) {
    // It has gone meanwhile.
    if (!isHostError(error, 'ENOENT')) throw error;
  }
}

/** All in the same networks, itself too. Pure. */
export function peers(
  own: EndpointRecord,
  records: ReadonlyMap<string, EndpointRecord>,
): HostsEntry[] {
  const networks = own.attachments.map(({ network }) => network.id);
  return [...records.values()].flatMap(({ name, attachments }) =>
    attachments
      .filter(({ network }) => network.name !== 'bridge' && networks.includes(network.id))
      .flatMap(({ address, address6, aliases }) => {
        const names = [name, ...aliases].join(' ');
        return [address, ...(address6 === undefined ? [] : [address6])].map((one) => ({
          address: one,
          names,
        }));
      }),
  );
}

/** A hosts file whose last part is these lines. Pure. */
export function withPeers(text: string, entries: readonly HostsEntry[]): string {
  const at = text.indexOf(`${begin}\n`);
  const own = at === -1 ? text : text.slice(0, at);
  if (entries.length === 0) return own;
  const lines = entries.map(({ address, names }) => `${address}\t${names}\n`);
  return [own, `${begin}\n`, ...lines].join('');
}
