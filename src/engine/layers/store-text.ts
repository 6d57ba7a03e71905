import type { Host } from '../../host/host.ts';
import { isHostError } from '../../host/host-error.ts';

/** The longest of the small files: `lower` of 128 layers. */
const maxBytes = 8192;

/** What is in a small file of the store; undefined if it is missing. */
export async function findText(
  host: Host,
  path: string,
  max: number = maxBytes,
): Promise<string | undefined> {
  try {
    return await host.call('readText', { path, max });
  } catch (error) {
    if (isHostError(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}
