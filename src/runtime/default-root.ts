import type { Host } from '../host/host.ts';
import { isHostError } from '../host/host-error.ts';

/**
 * The state root of this user. Engines set XDG_RUNTIME_DIR for root too, or empty, so it counts only
 * for ordinary users and for the root of a user namespace, and when it says something.
 */
export async function defaultRoot(host: Host): Promise<string> {
  const directory = host.env.XDG_RUNTIME_DIR;
  if (!directory) return '/run/rundlet';
  // The owner of /proc/self is our effective user; `facts` would read much more.
  const { uid } = await host.call('stat', { path: '/proc/self', follow: true });
  const system = uid === 0 && (host.env.USER === 'root' || !(await inUserNamespace(host)));
  return system ? '/run/rundlet' : `${directory}/rundlet`;
}

async function inUserNamespace(host: Host): Promise<boolean> {
  try {
    const map = await host.call('readText', { path: '/proc/self/uid_map', max: 65536 });
    return !/^\s*0\s+0\s+4294967295\s*$/.test(map);
  } catch (error) {
    // a kernel without user namespaces
    if (isHostError(error, 'ENOENT')) return false;
    throw error;
  }
}
