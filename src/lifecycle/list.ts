import { RundletError } from '../errors/rundlet-error.ts';
import type { ListedContainer } from '../host/generated/plan.ts';
import type { Host } from '../host/host.ts';
import { isHostError } from '../host/host-error.ts';
import { checkContainerId } from '../state/container-id.ts';
import { statusOf } from '../state/status.ts';
import { listContainers } from '../state/store.ts';
import { loadContainer } from './load-container.ts';
import { describe, type ShownRecord } from './state.ts';
import type { ContainerState, ContainerStatus, RuntimeContext } from './types.ts';

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
  const listed = await listContainers(host, root);
  if (!listed && options.strict) {
    const message = `open ${root}: no such file or directory`;
    throw new RundletError('ERR_RUNDLET_SYSTEM', message, { errno: 'ENOENT' });
  }
  const owners = new Owners(host);
  const states: ContainerState[] = [];
  for (const one of listed ?? []) {
    try {
      const shown = await shownOf(context, one);
      states.push(describe(shown.record, shown.status, await owners.of(one.uid)));
    } catch (error) {
      if (!(error instanceof RundletError || isHostError(error, 'ENOENT'))) throw error;
      // A stranger's file or a half-made container: of interest only to someone who looks for it.
      warn?.('debug', `load container ${one.name}: ${error.message}`);
    }
  }
  return states;
}

/** A record that the operation did not understand is read once more, to say what it lacks. */
async function shownOf(
  context: RuntimeContext,
  { name, record }: ListedContainer,
): Promise<{ record: ShownRecord; status: ContainerStatus }> {
  if (!record) return loadContainer(context, name);
  checkContainerId(name);
  const { id, pid, created, version, rootfs, labels, facts } = record;
  const config = { version, rootfs, labels };
  return { record: { id, init_process_pid: pid, created, config }, status: statusOf(facts) };
}

/** Names of the directories' owners; /etc/passwd is read only where someone else than root owns one. */
class Owners {
  #host: Host;
  #names: Map<number, string> | undefined;

  constructor(host: Host) {
    this.#host = host;
  }

  async of(uid: number): Promise<string> {
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
