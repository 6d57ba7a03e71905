import type { Host } from '../host/host.ts';

/**
 * Socket activation (sd_listen_fds(3)): descriptors that were handed to us go on to the container,
 * before those of `--preserve-fds`. Variables for the program, and how many descriptors in all.
 */
export function listenFds(host: Host, preserve = 0): { env: string[]; preserveFds: number } {
  const { LISTEN_PID: pid, LISTEN_FDS: count } = host.env;
  const sockets = pid === String(host.pid) && /^\d{1,4}$/.test(count ?? '') ? Number(count) : 0;
  if (sockets === 0) return { env: [], preserveFds: preserve };
  return { env: [`LISTEN_FDS=${sockets}`, 'LISTEN_PID=1'], preserveFds: preserve + sockets };
}
