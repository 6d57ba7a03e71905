import { RundletError } from '../../errors/rundlet-error.ts';
import { failureText, type HostError, isHostError } from '../../host/host-error.ts';
import { findContainer } from '../containers/store.ts';
import type { Engine } from '../context.ts';
import { isEngineError, noSuchContainer } from '../engine-error.ts';
import { withContainerRoot } from './container-root.ts';

/** A place in a container. */
export interface ContainerPlace {
  /** Name or id. */
  container: string;
  path: string;
}

export interface CopyOptions {
  /** Also the last link of the source is followed. */
  follow: boolean;
  /** Files that come out keep their owners' numbers; else they are the caller's. */
  archive: boolean;
}

/** @param to absolute; empty for tar on standard output. */
export async function copyFromContainer(
  engine: Engine,
  from: ContainerPlace,
  to: string,
  { follow, archive }: CopyOptions,
): Promise<void> {
  const copy = async () => {
    const id = await findContainer(engine, from.container);
    await withContainerRoot(engine, id, async (root) => {
      await engine.host.call('copyOut', {
        root,
        path: from.path,
        follow,
        destination: to,
        keepOwner: archive,
      });
    });
  };
  await copying(from, copy, 'out');
}

/** @param from absolute; empty for tar on standard input, which then goes into a directory. */
export async function copyToContainer(
  engine: Engine,
  from: string,
  to: ContainerPlace,
  { follow }: CopyOptions,
): Promise<void> {
  const copy = async () => {
    const id = await findContainer(engine, to.container);
    await withContainerRoot(engine, id, async (root) => {
      await engine.host.call('copyIn', { root, source: from, follow, path: to.path });
    });
  };
  await copying(to, copy, from === '' ? 'stream in' : 'in');
}

/** docker's texts for what goes wrong on either side. */
async function copying(
  place: ContainerPlace,
  work: () => Promise<void>,
  direction: 'out' | 'in' | 'stream in',
): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (isEngineError(error, 'ERR_RUNDLET_NO_SUCH_OBJECT')) {
      if (error.message !== noSuchContainer(place.container).message) throw error;
      const message = `Error response from daemon: ${error.message}`;
      throw new RundletError('ERR_RUNDLET_NO_SUCH_OBJECT', message, { cause: error });
    }
    if (!isHostError(error)) throw error;
    throw inContainer(error, place, direction) ?? onHost(error);
  }
}

function inContainer(
  error: HostError,
  place: ContainerPlace,
  direction: 'out' | 'in' | 'stream in',
): RundletError | undefined {
  if (error.failure.from !== 'container') return undefined;
  if (direction === 'stream in' && isHostError(error, 'ENOENT', 'ENOTDIR')) {
    const name = `${place.container}:${place.path}`;
    return refusal(`destination "${name}" must be a directory`, error);
  }
  if (!isHostError(error, 'ENOENT')) return undefined;
  return missing(place, direction === 'out' ? place.path : parentOf(error.failure.subject), error);
}

function onHost(error: HostError): RundletError {
  const { errno, errnoName, detail, from, syscall, subject } = error.failure;
  if (errno === 0) return refusal(subject ? `${subject}: ${detail}` : detail, error);
  if (errnoName === 'EROFS') return refusal('mounted volume is marked read-only', error);
  if (from === 'host' && syscall === 'stat' && errnoName === 'ENOENT') {
    const directory = JSON.stringify(parentOf(subject));
    return refusal(`invalid output path: directory ${directory} does not exist`, error);
  }
  const details = { errno: errnoName, syscall, cause: error };
  return new RundletError('ERR_RUNDLET_SYSTEM', failureText(error.failure), details);
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf('/'), 1));
}

function missing({ container }: ContainerPlace, path: string, cause: unknown): RundletError {
  const message = `Error response from daemon: Could not find the file ${path} in container ${container}`;
  return new RundletError('ERR_RUNDLET_NO_SUCH_OBJECT', message, { cause });
}

function refusal(message: string, cause: unknown): RundletError {
  return new RundletError('ERR_RUNDLET_INVALID_PARAMETER', message, { cause });
}
