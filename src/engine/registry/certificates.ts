import type { Host } from '../../host/host.ts';
import { isHostError } from '../../host/host-error.ts';
import { registryError } from './registry-error.ts';

/** Files of a registry that are not the system's: paths. */
export interface RegistryCertificates {
  authorities: string[];
  /** Our own certificate and its key; empty for none. */
  certificate: string;
  key: string;
}

/** Where docker has them, for each `host[:port]` a directory. */
const home = '/etc/docker/certs.d';

/** `*.crt` are authorities, `*.cert` with `*.key` is what we show ourselves; as docker reads them. */
export async function findCertificates(host: Host, domain: string): Promise<RegistryCertificates> {
  const directory = `${home}/${domain}`;
  const found: RegistryCertificates = { authorities: [], certificate: '', key: '' };
  for (const name of await namesIn(host, directory)) {
    if (name.endsWith('.crt')) found.authorities.push(`${directory}/${name}`);
    if (!name.endsWith('.cert') || found.certificate !== '') continue;
    found.certificate = `${directory}/${name}`;
    found.key = `${directory}/${name.slice(0, -'.cert'.length)}.key`;
  }
  if (found.certificate === '' || (await namesIn(host, directory)).includes(baseOf(found.key))) {
    return found;
  }
  throw registryError(
    `missing key ${baseOf(found.key)} for client certificate ${baseOf(found.certificate)}. CA certificates must use the extension .crt`,
  );
}

function baseOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

async function namesIn(host: Host, path: string): Promise<string[]> {
  try {
    return (await host.call('listDirectory', { path })).names;
  } catch (error) {
    if (isHostError(error, 'ENOENT', 'ENOTDIR')) return [];
    throw error;
  }
}
