import { RundletError } from '../errors/rundlet-error.ts';
import { systemError } from '../errors/system-error.ts';
import { callAll } from '../host/call-all.ts';
import type { ContainerStatusFacts, ListedContainer } from '../host/generated/plan.ts';
import type { AnyCall, Host, OpArguments } from '../host/host.ts';
import { HostError, isHostError } from '../host/host-error.ts';
import { parseLossless } from '../spec/parse-lossless.ts';
import { stringifyJson } from '../spec/stringify-json.ts';
import { checkContainerId } from './container-id.ts';
import type { StateRecord } from './state-record.ts';

/** Largest state.json that is read: a large seccomp profile makes about 100 KiB. */
const maxStateBytes = 16 * 1024 * 1024;

/** `<root>/<id>`; refuses a wrong id first. */
export function containerDirectory(root: string, id: string): string {
  checkContainerId(id);
  return root.endsWith('/') ? root + id : `${root}/${id}`;
}

/**
 * What makes the container's directory. mkdir decides between two creates of the same id: exactly one wins,
 * and the loser gets an error before it has anything of its own to clean up.
 */
export function directoryCalls(host: Host, root: string, id: string) {
  return [
    ['makeDirectory', { path: root, mode: rootMode(host, root), parents: true }],
    // 0711 as runc's: a container with other ids passes through to its exec.fifo.
    ['makeDirectory', { path: containerDirectory(root, id), mode: 0o711, parents: false }],
  ] as const satisfies readonly AnyCall[];
}

/** The failure of one of directoryCalls. */
export function directoryError(error: unknown, root: string): unknown {
  if (isHostError(error, 'EEXIST')) {
    return new RundletError('ERR_RUNDLET_ID_IN_USE', 'container with given ID already exists');
  }
  const denied = isHostError(error, 'EACCES', 'EPERM', 'EROFS') && root === '/run/rundlet';
  const hint = 'an ordinary user needs $XDG_RUNTIME_DIR, or --root with a directory of his own';
  return systemError(error, '', 'ERR_RUNDLET_SYSTEM', denied ? { hint } : {});
}

/** Makes the container's directory, and returns its path. */
export async function makeContainerDirectory(
  host: Host,
  root: string,
  id: string,
): Promise<string> {
  try {
    await callAll(host, directoryCalls(host, root, id));
  } catch (error) {
    throw directoryError(error, root);
  }
  return containerDirectory(root, id);
}

/** What has the sticky bit in XDG_RUNTIME_DIR is not cleaned away as old, says its specification. */
function rootMode({ env }: Host, root: string): number {
  return env.XDG_RUNTIME_DIR && root === `${env.XDG_RUNTIME_DIR}/rundlet` ? 0o1700 : 0o700;
}

/** Reads a container's record. Unknown container: runc's words, on which callers match. */
export async function readState(host: Host, root: string, id: string): Promise<StateRecord> {
  const path = `${containerDirectory(root, id)}/state.json`;
  let text: string;
  try {
    text = await host.call('readText', { path, max: maxStateBytes });
  } catch (error) {
    throw readError(error, path);
  }
  return checkRecord(text, path);
}

/** The record, and what the status of its container is computed from. */
export async function readContainer(
  host: Host,
  root: string,
  id: string,
): Promise<{ record: StateRecord; facts: ContainerStatusFacts }> {
  const dir = containerDirectory(root, id);
  try {
    return parseContainer(await host.call('readContainer', { dir, max: maxStateBytes }), dir);
  } catch (error) {
    throw readError(error, `${dir}/state.json`);
  }
}

/** A lock that is held; once its call has been made with others, it is to be said so. */
export interface HeldLock {
  readonly unlock: readonly ['unlock', { handle: number }];
  given: boolean;
}

/** What was found under a lock: the container, or why it cannot be read. */
export type Found = { record: StateRecord; facts: ContainerStatusFacts } | { error: unknown };

/** As withLock, with the container read together with taking its lock. */
export async function withLockedContainer<T>(
  host: Host,
  root: string,
  id: string,
  work: (found: Found, lock: HeldLock) => Promise<T>,
): Promise<T> {
  const dir = containerDirectory(root, id);
  let handle: { handle: number };
  let found: Found;
  try {
    const read = ['readContainer', { dir, max: maxStateBytes }] as const;
    const [lock, answer] = await callAll(host, [['lock', { path: `${dir}/lock` }], read]);
    handle = lock;
    found = parseFound(answer, dir);
  } catch (error) {
    const lock = error instanceof HostError ? error.done[0] : undefined;
    if (lock === undefined) throw lockError(error);
    handle = lock as { handle: number };
    found = { error: readError(error, `${dir}/state.json`) };
  }
  const lock: HeldLock = { unlock: ['unlock', handle], given: false };
  try {
    return await work(found, lock);
  } finally {
    if (!lock.given) await host.call(...lock.unlock);
  }
}

function parseFound(answer: string, dir: string): Found {
  try {
    return parseContainer(answer, dir);
  } catch (error) {
    return { error };
  }
}

function lockError(error: unknown): unknown {
  return missingError(error) ?? systemError(error);
}

/** The answer of `readContainer`: three digits in a line of their own, then the record. */
function parseContainer(
  answer: string,
  dir: string,
): { record: StateRecord; facts: ContainerStatusFacts } {
  const [alive, fifo, frozen] = [0, 1, 2].map((place) => answer[place] === '1');
  const record = checkRecord(answer.slice(answer.indexOf('\n') + 1), `${dir}/state.json`);
  return { record, facts: { alive: alive === true, fifo: fifo === true, frozen: frozen === true } };
}

function readError(error: unknown, path: string): unknown {
  const damage = isHostError(error, 'EISDIR', 'EFBIG', 'EILSEQ');
  return missingError(error) ?? (damage ? damaged(path) : systemError(error));
}

/** Unknown container: runc's words, on which callers match. */
function missingError(error: unknown): RundletError | undefined {
  if (!isHostError(error, 'ENOENT', 'ENOTDIR')) return undefined;
  return new RundletError('ERR_RUNDLET_NOT_FOUND', 'container does not exist', { cause: error });
}

/** The large part of a record as text, which does not change with its process. */
export function configText(record: StateRecord): string {
  return stringifyJson(record.config);
}

/**
 * Writes the record: whole or not at all, mode 0600 whatever the umask. `config` is its config as
 * text, where the caller has had time to make it.
 */
export async function writeState(
  host: Host,
  dir: string,
  record: StateRecord,
  config = configText(record),
): Promise<void> {
  try {
    await host.call(...recordCall(dir, record, config));
  } catch (error) {
    throw recordError(error);
  }
}

/** What writes a record. */
export function recordCall(
  dir: string,
  record: StateRecord,
  config = configText(record),
): readonly ['writeRecord', OpArguments<'writeRecord'>] {
  const { config: _, ...rest } = record;
  const text = `${stringifyJson(rest).slice(0, -1)},"config":${config}}`;
  // Not durable: no process of it survives a boot, and fsync on a disk costs more than the launch.
  return ['writeRecord', { path: `${dir}/state.json`, text, mode: 0o600, durable: false }];
}

/** The failure of recordCall. */
export function recordError(error: unknown): unknown {
  return systemError(error, 'unable to store container state');
}

/** Reads, changes and writes the record under the container's lock. */
export function updateState(
  host: Host,
  root: string,
  id: string,
  change: (record: StateRecord) => StateRecord | Promise<StateRecord>,
): Promise<StateRecord> {
  return withLock(host, root, id, async () => {
    const record = await change(await readState(host, root, id));
    await writeState(host, containerDirectory(root, id), record);
    return record;
  });
}

/** Runs `work` alone among the processes that use this container. */
export async function withLock<T>(
  host: Host,
  root: string,
  id: string,
  work: () => Promise<T>,
): Promise<T> {
  let lock: { handle: number };
  try {
    lock = await host.call('lock', { path: `${containerDirectory(root, id)}/lock` });
  } catch (error) {
    throw lockError(error);
  }
  try {
    return await work();
  } finally {
    await host.call('unlock', lock);
  }
}

/** Ids under the root, in the order of their bytes; undefined when there is no root. */
export async function listIds(host: Host, root: string): Promise<string[] | undefined> {
  try {
    const { names } = await host.call('listDirectory', { path: root });
    return names;
  } catch (error) {
    if (isHostError(error, 'ENOENT')) return undefined;
    throw systemError(error);
  }
}

/** Directories under the root, by the bytes of their names; undefined when there is no root. */
export async function listContainers(
  host: Host,
  root: string,
): Promise<ListedContainer[] | undefined> {
  try {
    return (await host.call('listContainers', { root, max: maxStateBytes })).containers;
  } catch (error) {
    if (isHostError(error, 'ENOENT')) return undefined;
    throw systemError(error);
  }
}

/** Removes the container's directory with all in it. */
export async function removeContainerDirectory(host: Host, dir: string): Promise<void> {
  try {
    await host.call('removeTree', { path: dir });
  } catch (error) {
    throw systemError(error, 'unable to remove container state dir');
  }
}

function checkRecord(text: string, path: string): StateRecord {
  let record: Partial<StateRecord> | null;
  try {
    record = parseLossless(text) as unknown as Partial<StateRecord> | null;
  } catch (error) {
    throw new RundletError('ERR_RUNDLET_STATE_CORRUPT', `cannot read ${path}`, { cause: error });
  }
  const { id, init_process_pid: pid, init_process_start: start, config } = record ?? {};
  const fits =
    typeof id === 'string' &&
    Number.isInteger(pid) &&
    (typeof start === 'number' || typeof start === 'bigint') &&
    typeof config?.rootfs === 'string';
  if (!fits) throw damaged(path);
  return record as StateRecord;
}

function damaged(path: string): RundletError {
  return new RundletError('ERR_RUNDLET_STATE_CORRUPT', `${path} is no state of a container`, {
    hint: '`delete --force` removes a container whose record is damaged',
  });
}
