import { RundletError } from '../errors/rundlet-error.ts';
import type { Host } from '../host/host.ts';
import { absolutePath } from './paths.ts';

export const defaultRoot = '/run/rundlet';

/** The state root: `--root`, or the default of this user. */
export async function stateRoot(host: Host, given: string | undefined): Promise<string> {
  if (given === undefined || given === '') return ordinaryDefault(host);
  const root = absolutePath(host, given);
  if (root === '/') {
    throw new RundletError('ERR_RUNDLET_USAGE', 'Option --root argument should not be set to /');
  }
  return root;
}

/** Engines set XDG_RUNTIME_DIR for root too, or empty: it counts for ordinary users only. */
async function ordinaryDefault(host: Host): Promise<string> {
  const directory = host.env.XDG_RUNTIME_DIR;
  if (!directory) return defaultRoot;
  // The owner of /proc/self is our effective user; `facts` would read much more.
  const { uid } = await host.call('stat', { path: '/proc/self', follow: true });
  return uid === 0 ? defaultRoot : `${directory}/rundlet`;
}
