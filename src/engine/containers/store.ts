import { systemError } from '../../errors/system-error.ts';
import { isHostError } from '../../host/host-error.ts';
import { parseLossless } from '../../spec/parse-lossless.ts';
import type { Engine } from '../context.ts';
import { dockerJson } from '../docker-json.ts';
import {
  ambiguousPrefix,
  damagedRecord,
  invalidParameter,
  nameConflict,
  noSuchContainer,
} from '../engine-error.ts';
import { containerPaths } from '../engine-paths.ts';
import { isFullId } from '../full-id.ts';
import { pendingNames } from '../journal.ts';
import { orderedConfig } from './container-config.ts';
import { emptyHostConfig, orderedHostConfig } from './host-config.ts';
import { type Container, type ContainerFile, emptyContainer, type HostConfig } from './record.ts';

/** Labels and environments may be large; a record is some kilobytes. */
const maxRecordBytes = 16 * 1024 * 1024;

/** By name, full id, or the beginning of an id that only one has; in Docker's order and words. */
export async function readContainer(engine: Engine, nameOrId: string): Promise<Container> {
  const id = await findContainer(engine, nameOrId);
  const container = await readById(engine, id);
  if (container === undefined) throw noSuchContainer(nameOrId);
  return container;
}

/** @returns the full id. */
export async function findContainer(engine: Engine, nameOrId: string): Promise<string> {
  if (nameOrId === '') throw invalidParameter('invalid name or ID supplied: ""');
  if (isFullId(nameOrId) && (await exists(engine, nameOrId))) return nameOrId;
  const rows = await containerNames(engine);
  const name = `/${nameOrId.replace(/^\//, '')}`;
  const named = rows.find((row) => row.name === name);
  if (named) return named.id;
  const fitting = rows.filter(({ id }) => id.startsWith(nameOrId));
  if (fitting.length > 1) throw ambiguousPrefix(nameOrId);
  const [only] = fitting;
  if (only === undefined) throw await notThere(nameOrId, rows);
  return only.id;
}

async function notThere(nameOrId: string, rows: readonly { name: string }[]): Promise<Error> {
  const { nearNameHint } = await import('../../spec/near-name.ts');
  const names = rows.map(({ name }) => name.slice(1));
  const hint = nearNameHint(nameOrId.replace(/^\//, ''), names);
  return noSuchContainer(nameOrId, { ...(hint && { hint }) });
}

/** Every container that can be read, in no order; the others are warned of. */
export async function listContainers(engine: Engine): Promise<Container[]> {
  const containers: Container[] = [];
  for (const id of await containerIds(engine)) {
    try {
      const container = await readById(engine, id);
      if (container) containers.push(container);
    } catch (error) {
      engine.warn((error as Error).message);
    }
  }
  return containers;
}

/** Ids of all containers, ascending. */
export async function containerIds({ host, paths }: Engine): Promise<string[]> {
  try {
    const { names } = await host.call('listDirectory', { path: paths.containers });
    return names.filter(isFullId);
  } catch (error) {
    if (isHostError(error, 'ENOENT')) return [];
    throw systemError(error);
  }
}

/** undefined when there is none of this full id (any more). */
export async function readById(engine: Engine, id: string): Promise<Container | undefined> {
  const places = containerPaths(engine.paths, id);
  const config = await readRecord<ContainerFile>(engine, places.config);
  if (config === undefined) return undefined;
  // Docker makes the defaults of a host config that is missing.
  const hostConfig = (await readRecord<HostConfig>(engine, places.hostConfig)) ?? {};
  return {
    id,
    config: completed(id, config),
    hostConfig: orderedHostConfig({ ...emptyHostConfig(), ...hostConfig }),
  };
}

/** Writes both records, each whole or not at all. The caller holds the container's lock. */
export async function writeContainer(engine: Engine, container: Container): Promise<void> {
  const { config, hostConfig } = containerPaths(engine.paths, container.id);
  await writeRecords(engine, container, config, hostConfig);
}

/** No fsync: a rename over an older file is ordered by the file systems; a new container has no state yet. */
export async function writeRecords(
  { host }: Engine,
  { config, hostConfig }: Container,
  configPath: string,
  hostConfigPath: string,
): Promise<void> {
  const files = [
    { path: configPath, text: `${dockerJson(config)}\n`, mode: 0o600, durable: false },
    { path: hostConfigPath, text: `${dockerJson(hostConfig)}\n`, mode: 0o644, durable: false },
  ];
  try {
    for (const file of files) await host.call('writeRecord', file);
  } catch (error) {
    throw systemError(error, 'unable to store the container');
  }
}

/**
 * Runs `work` alone among the commands that use this container. The lock is on its directory, so that no
 * file is added to Docker's layout. @throws `No such container` when it is not there, or was removed meanwhile.
 */
export async function lockContainer<T>(
  { host, paths }: Engine,
  id: string,
  work: () => Promise<T>,
): Promise<T> {
  let lock: { handle: number };
  try {
    lock = await host.call('lockDirectory', { path: containerPaths(paths, id).directory });
  } catch (error) {
    if (isHostError(error, 'ENOENT', 'ENOTDIR')) throw noSuchContainer(id);
    throw systemError(error);
  }
  try {
    return await work();
  } finally {
    await host.call('unlock', lock);
  }
}

/**
 * Runs `claim` while no other command can take a name: it must make the name visible, by writing the
 * record or the journal. @param name without slash. @throws nameConflict when another than `id` has it.
 */
export async function claimName<T>(
  engine: Engine,
  name: string,
  id: string,
  claim: () => Promise<T>,
): Promise<T> {
  const { host, paths } = engine;
  const lock = await host.call('lockDirectory', { path: paths.containers });
  try {
    const holder =
      (await containerNames(engine)).find((row) => row.name === `/${name}`)?.id ??
      (await pendingNames(engine)).get(name);
    if (holder !== undefined && holder !== id) throw nameConflict(name, holder);
    return await claim();
  } catch (error) {
    throw systemError(error);
  } finally {
    await host.call('unlock', lock);
  }
}

export async function containerNames({
  host,
  paths,
}: Engine): Promise<{ id: string; name: string }[]> {
  try {
    return (await host.call('containerNames', { path: paths.containers })).containers;
  } catch (error) {
    if (isHostError(error, 'ENOENT')) return [];
    throw systemError(error);
  }
}

async function exists({ host, paths }: Engine, id: string): Promise<boolean> {
  try {
    await host.call('stat', { path: containerPaths(paths, id).config, follow: false });
    return true;
  } catch (error) {
    if (isHostError(error, 'ENOENT', 'ENOTDIR')) return false;
    throw systemError(error);
  }
}

async function readRecord<T>({ host }: Engine, path: string): Promise<Partial<T> | undefined> {
  let text: string;
  try {
    text = await host.call('readText', { path, max: maxRecordBytes });
  } catch (error) {
    if (isHostError(error, 'ENOENT', 'ENOTDIR')) return undefined;
    if (isHostError(error, 'EISDIR', 'EFBIG', 'EILSEQ')) throw damagedRecord(path, error);
    throw systemError(error);
  }
  let value: unknown;
  try {
    value = parseLossless(text);
  } catch (error) {
    throw damagedRecord(path, error);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw damagedRecord(path);
  }
  return value as Partial<T>;
}

/** Missing keys get Docker's defaults, keys that are not known stay. */
function completed(id: string, file: Partial<ContainerFile>): ContainerFile {
  const empty = emptyContainer(id);
  return {
    ...empty,
    ...file,
    ID: id,
    State: { ...empty.State, ...file.State },
    Config: orderedConfig({ ...empty.Config, ...file.Config }),
    NetworkSettings: { ...empty.NetworkSettings, ...file.NetworkSettings },
    Args: file.Args ?? [],
    MountPoints: file.MountPoints ?? {},
  };
}
