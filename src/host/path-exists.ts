import type { Host } from './host.ts';
import { isHostError } from './host-error.ts';

/** Whether something can be seen at `path`, a link too; why it cannot does not matter. */
export async function pathExists(host: Host, path: string): Promise<boolean> {
  try {
    await host.call('stat', { path, follow: false });
    return true;
  } catch (error) {
    if (isHostError(error)) return false;
    throw error;
  }
}
