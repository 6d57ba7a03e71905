import type { ErrorCode } from '../../errors/codes.ts';
import { RundletError } from '../../errors/rundlet-error.ts';

/** What dockerd answers itself; other errors are of this process. */
const answers: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'ERR_RUNDLET_INVALID_PARAMETER',
  'ERR_RUNDLET_NO_SUCH_OBJECT',
  'ERR_RUNDLET_CONFLICT',
  'ERR_RUNDLET_WRONG_STATUS',
  'ERR_RUNDLET_LAUNCH',
  'ERR_RUNDLET_REGISTRY',
]);

/** `Error response from daemon: …`, in which docker's command line wraps what its daemon refuses. */
export function daemonError(error: unknown): unknown {
  if (!(error instanceof RundletError) || !answers.has(error.code)) return error;
  const { code, message, cause, name: _, stack: __, ...details } = error;
  return new RundletError(code, `Error response from daemon: ${message}`, { ...details, cause });
}

/** The work, whose refusals are the daemon's. */
export async function fromDaemon<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw daemonError(error);
  }
}
