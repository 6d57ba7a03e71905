import type { ErrorCode } from '../errors/codes.ts';
import { type ErrorDetails, RundletError } from '../errors/rundlet-error.ts';

/** Docker's exit codes where they are not the process's own. */
export const engineExit = {
  /** The engine itself failed: flags, and all errors of `container run`. */
  engine: 125,
  /** The program cannot be invoked. */
  notExecutable: 126,
  /** The program does not exist. */
  notFound: 127,
} as const;

/** Whether it is an error of ours with one of these codes. */
export function isEngineError(error: unknown, ...codes: ErrorCode[]): error is RundletError {
  return error instanceof RundletError && codes.includes(error.code);
}

function fault(code: ErrorCode, message: string, details: ErrorDetails = {}): RundletError {
  return new RundletError(code, message, details);
}

/** A value that the engine refuses; Docker's text first, as its callers match on it. */
export function invalidParameter(message: string, details?: ErrorDetails): RundletError {
  return fault('ERR_RUNDLET_INVALID_PARAMETER', message, details);
}

export function noSuchContainer(name: string, details?: ErrorDetails): RundletError {
  return fault('ERR_RUNDLET_NO_SUCH_OBJECT', `No such container: ${name}`, details);
}

/** Docker's words for a short id that fits several containers. */
export function ambiguousPrefix(prefix: string): RundletError {
  return fault('ERR_RUNDLET_NO_SUCH_OBJECT', `Multiple IDs found with provided prefix: ${prefix}`);
}

/** Neither a container nor an image, nor anything else. */
export function noSuchObject(name: string): RundletError {
  return fault('ERR_RUNDLET_NO_SUCH_OBJECT', `No such object: ${name}`);
}

export function noSuchImage(reference: string, details?: ErrorDetails): RundletError {
  return fault('ERR_RUNDLET_NO_SUCH_OBJECT', `No such image: ${reference}`, details);
}

export function noSuchVolume(name: string): RundletError {
  return fault('ERR_RUNDLET_NO_SUCH_OBJECT', `get ${name}: no such volume`);
}

/** @param message where Docker has other words. */
export function noSuchNetwork(name: string, message = `No such network: ${name}`): RundletError {
  return fault('ERR_RUNDLET_NO_SUCH_OBJECT', message);
}

export function volumeInUse(name: string, users: readonly string[]): RundletError {
  return fault('ERR_RUNDLET_CONFLICT', `remove ${name}: volume is in use - [${users.join(', ')}]`);
}

/** @param name without the leading slash. */
export function nameConflict(name: string, id: string): RundletError {
  return fault(
    'ERR_RUNDLET_CONFLICT',
    `Conflict. The container name "/${name}" is already in use by container "${id}". You have to remove (or rename) that container to be able to reuse that name.`,
  );
}

/** An object that is in use, or in a state that forbids what is asked. */
export function conflict(message: string): RundletError {
  return fault('ERR_RUNDLET_CONFLICT', message);
}

/** A container that is not in a state for what is asked. */
export function wrongState(message: string, cause?: unknown): RundletError {
  return fault('ERR_RUNDLET_WRONG_STATUS', message, { cause });
}

export function notRunning(id: string): RundletError {
  return wrongState(`Container ${id} is not running`);
}

/** A file of the data root that is not what it should be. */
export function damagedRecord(path: string, cause?: unknown): RundletError {
  return fault('ERR_RUNDLET_STORE_DAMAGED', `cannot read ${path}`, { cause });
}

/** A wrong command line of the engine's: 125 as of Docker's. */
export function engineUsage(message: string, command: string, meant?: string): RundletError {
  const hint = meant ?? `see 'rundlet ${command} --help'`;
  return fault('ERR_RUNDLET_USAGE', message, { exitCode: engineExit.engine, hint });
}
