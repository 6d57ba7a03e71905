import { RundletError } from '../errors/rundlet-error.ts';

/** Throws when the caller gave up; called between operations, where undoing is possible. */
export function throwIfAborted({ signal }: { signal?: AbortSignal | undefined }): void {
  if (signal?.aborted) throw abortError(signal);
}

/** What whoever gave up is told. */
export function abortError({ reason: cause }: AbortSignal): RundletError {
  return new RundletError('ERR_RUNDLET_ABORTED', 'the operation was aborted', { cause });
}
