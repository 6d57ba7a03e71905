import type { Host } from '../host/host.ts';

/**
 * The state root of this user. Engines set XDG_RUNTIME_DIR for root too, or empty, so it counts only
 * for ordinary users and when it says something.
 */
export async function defaultRoot(host: Host): Promise<string> {
  const directory = host.env.XDG_RUNTIME_DIR;
  if (!directory) return '/run/rundlet';
  // The owner of /proc/self is our effective user; `facts` would read much more.
  const { uid } = await host.call('stat', { path: '/proc/self', follow: true });
  return uid === 0 ? '/run/rundlet' : `${directory}/rundlet`;
}
