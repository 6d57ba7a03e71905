import { RundletError } from '../errors/rundlet-error.ts';
import type { Host } from '../host/host.ts';
import { defaultRoot } from '../runtime/default-root.ts';
import { absolutePath } from './paths.ts';

/** The state root: `--root`, or the default of this user. */
export async function stateRoot(host: Host, given: string | undefined): Promise<string> {
  if (!given) return defaultRoot(host);
  const root = absolutePath(host, given);
  if (root !== '/') return root;
  throw new RundletError('ERR_RUNDLET_USAGE', 'Option --root argument should not be set to /');
}
