import type { Container } from '../containers/record.ts';
import { runningPid } from '../containers/running-pid.ts';
import { readContainer } from '../containers/store.ts';
import type { Engine } from '../context.ts';
import { invalidParameter, isEngineError, wrongState } from '../engine-error.ts';
import { containerPaths } from '../engine-paths.ts';
import type { JoinedNamespaces } from '../spec/container-spec.ts';

/** What of other containers this one lives in. */
export interface Joined {
  namespaces: JoinedNamespaces;
  /** Whose hostname, hosts and resolv.conf it shares. */
  network?: Container;
  /** Host directory of a /dev/shm that is shared. */
  shm?: string;
}

/** Finds the containers that are named by `--network`, `--pid` and `--ipc`; they have to run. */
export async function joinedNamespaces(
  engine: Engine,
  { id, hostConfig }: Container,
): Promise<Joined> {
  const joined: Joined = { namespaces: {} };
  const network = await other(engine, hostConfig.NetworkMode, id);
  if (network) {
    joined.network = network;
    joined.namespaces.network = `/proc/${runningPid(network)}/ns/net`;
  }
  const pid = await other(engine, hostConfig.PidMode, id);
  if (pid) joined.namespaces.pid = `/proc/${runningPid(pid)}/ns/pid`;
  const ipc = await other(engine, hostConfig.IpcMode, id);
  if (ipc) {
    if (
      ipc.hostConfig.IpcMode !== 'shareable' &&
      !ipc.hostConfig.IpcMode.startsWith('container:')
    ) {
      throw invalidParameter(
        `container ${ipc.id}: non-shareable IPC (hint: use IpcMode:shareable for the donor container)`,
      );
    }
    joined.namespaces.ipc = `/proc/${runningPid(ipc)}/ns/ipc`;
    joined.shm = ipc.config.ShmPath || `${containerPaths(engine.paths, ipc.id).mounts}/shm`;
  }
  if (hostConfig.IpcMode === 'host') joined.shm = '/dev/shm';
  return joined;
}

async function other(engine: Engine, mode: string, id: string): Promise<Container | undefined> {
  if (!mode.startsWith('container:')) return undefined;
  const name = mode.slice('container:'.length);
  let found: Container;
  try {
    found = await readContainer(engine, name);
  } catch (error) {
    if (isEngineError(error, 'ERR_RUNDLET_NO_SUCH_OBJECT')) {
      throw wrongState(`cannot join network of a non running container: ${name}`, error);
    }
    throw error;
  }
  if (found.id === id) throw invalidParameter(`cannot join own network namespace`);
  if (!found.config.State.Running) {
    throw wrongState(`cannot join network of a non running container: ${found.id}`);
  }
  return found;
}
