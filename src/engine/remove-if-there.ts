import { systemError } from '../errors/system-error.ts';
import type { Host } from '../host/host.ts';
import { isHostError } from '../host/host-error.ts';

/** Removes a file; one that is gone already is no error. */
export async function removeIfThere(host: Host, path: string): Promise<void> {
  try {
    await host.call('removeFile', { path });
  } catch (error) {
    if (!isHostError(error, 'ENOENT')) throw systemError(error);
  }
}
