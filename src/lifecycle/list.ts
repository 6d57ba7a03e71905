import { RundletError } from '../errors/rundlet-error.ts';
import type { Host } from '../host/host.ts';
import { isHostError } from '../host/host-error.ts';
import { listIds } from '../state/store.ts';
import { loadContainer } from './load-container.ts';
import { describe } from './state.ts';
import type { ContainerState, RuntimeContext } from './types.ts';

export interface ListOptions {
  /** A root that does not exist is an error (it was given with --root), not an empty list. */
  strict?: boolean;
}

/** All containers under the root, by id. What is half made, or goes away meanwhile, is left out. */
export async function list(
  context: RuntimeContext,
  options: ListOptions = {},
): Promise<ContainerState[]> {
  const { host, root, warn } = context;
  const ids = await listIds(host, root);
  if (!ids && options.strict) {
    const message = `open ${root}: no such file or directory`;
    throw new RundletError('ERR_RUNDLET_SYSTEM', message, { errno: 'ENOENT' });
  }
  const owners = new Owners(host);
  const states: ContainerState[] = [];
  for (const id of ids ?? []) {
    try {
      const { record, status, dir } = await loadContainer(context, id);
      states.push(describe(record, status, await owners.of(dir)));
    } catch (error) {
      if (!(error instanceof RundletError || isHostError(error, 'ENOENT'))) throw error;
      // A stranger's file or a half-made container: of interest only to someone who looks for it.
      warn?.('debug', `load container ${id}: ${error.message}`);
    }
  }
  return states;
}

/** Names of the directories' owners; /etc/passwd is read only where someone else than root owns one. */
class Owners {
  #host: Host;
  #names: Map<number, string> | undefined;

  constructor(host: Host) {
    this.#host = host;
  }

  async of(dir: string): Promise<string> {
    const { uid } = await this.#host.call('stat', { path: dir, follow: false });
    if (uid === 0) return 'root';
    this.#names ??= await this.#read();
    return this.#names.get(uid) ?? `#${uid}`;
  }

  async #read(): Promise<Map<number, string>> {
    const names = new Map<number, string>();
    let text = '';
    try {
      text = await this.#host.call('readText', { path: '/etc/passwd', max: 16 * 1024 * 1024 });
    } catch {
      // No passwd file: numbers will do.
    }
    for (const line of text.split('\n')) {
      const [name, , uid] = line.split(':');
      if (name && uid && !names.has(Number(uid))) names.set(Number(uid), name);
    }
    return names;
  }
}
