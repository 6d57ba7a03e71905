import { systemError } from '../errors/system-error.ts';
import type { ProcessRef } from '../host/generated/plan.ts';
import type { Host } from '../host/host.ts';
import { pathExists } from '../host/path-exists.ts';
import type { Spec } from '../spec/generated/config.ts';

const inside = '/run/notify';
const socketName = 'notify.sock';

/** The directory that the container sees as /run/notify. */
function notifyDirectory(dir: string): string {
  return `${dir}/notify`;
}

/** A service's program finds a NOTIFY_SOCKET of its own (sd_notify(3)), where runc has it too. */
export function withNotifySocket(spec: Spec, dir: string): Spec {
  const mount = {
    destination: inside,
    source: notifyDirectory(dir),
    options: ['bind', 'nosuid', 'noexec', 'nodev', 'ro'],
  };
  const env = `NOTIFY_SOCKET=${inside}/${socketName}`;
  return {
    ...spec,
    mounts: [...(spec.mounts ?? []), mount],
    ...(spec.process && { process: { ...spec.process, env: [...(spec.process.env ?? []), env] } }),
  };
}

/** Makes what `withNotifySocket` has mounted; the socket itself comes with the start. */
export async function makeNotifyDirectory(host: Host, dir: string): Promise<void> {
  try {
    const path = notifyDirectory(dir);
    await host.call('makeDirectory', { path, mode: 0o755, parents: false });
  } catch (error) {
    throw systemError(error);
  }
}

/**
 * The socket, listening before the program begins; `manager` is who started us as a service. None for a
 * container that was created without.
 */
export async function openNotifySocket(
  host: Host,
  dir: string,
  manager: string | undefined,
): Promise<number | undefined> {
  if (!manager || !(await pathExists(host, notifyDirectory(dir)))) return undefined;
  const path = `${notifyDirectory(dir)}/${socketName}`;
  try {
    return (await host.call('notifyOpen', { path, manager })).handle;
  } catch (error) {
    throw systemError(error);
  }
}

/**
 * Tells the manager that the program is ready, when it says so or, not `background`, before this returns.
 * `mainPid` is the service's main process from then on.
 */
export async function forwardReadiness(
  host: Host,
  handle: number,
  process: ProcessRef,
  { mainPid = process.pid, background = false } = {},
): Promise<void> {
  try {
    await host.call('notifyForward', { handle, process, mainPid, background });
  } catch (error) {
    throw systemError(error);
  }
}
