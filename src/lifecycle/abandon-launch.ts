import type { Host } from '../host/host.ts';
import { isHostError } from '../host/host-error.ts';

/** Kills a launched process that cannot be waited for; the error that led here is the one to tell. */
export async function abandonLaunch(host: Host, handle: number): Promise<void> {
  try {
    await host.call('launchAbort', { handle });
  } catch (error) {
    if (!isHostError(error)) throw error;
  }
}
