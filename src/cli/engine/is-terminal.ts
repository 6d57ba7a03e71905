import type { Host } from '../../host/host.ts';

/** Whether a descriptor of this process is a terminal, by where it leads. */
export async function isTerminal(host: Host, fd: number): Promise<boolean> {
  try {
    const path = await host.call('realPath', { path: `/proc/self/fd/${fd}` });
    return /^\/dev\/(pts\/\d+|tty\w*|console|hvc\d+)$/.test(path);
  } catch {
    return false;
  }
}
