import { RundletError } from '../errors/rundlet-error.ts';
import type { RuntimeContext } from './types.ts';

/** Throws when the caller gave up; called between operations, where undoing is possible. */
export function throwIfAborted({ signal }: RuntimeContext): void {
  if (!signal?.aborted) return;
  throw new RundletError('ERR_RUNDLET_ABORTED', 'the operation was aborted', {
    cause: signal.reason,
  });
}
