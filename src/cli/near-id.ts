import { type RundletError, withHint } from '../errors/rundlet-error.ts';
import type { Host } from '../host/host.ts';
import { nearNameHint } from '../spec/near-name.ts';

/** The error of a container that is not there, with the id that was probably meant. */
export async function withNearId(
  error: RundletError,
  host: Host,
  root: string,
  id: string | undefined,
): Promise<RundletError> {
  try {
    const { names } = await host.call('listDirectory', { path: root });
    return withHint(error, id === undefined ? undefined : nearNameHint(id, names));
  } catch {
    // Only a hint.
    return error;
  }
}
