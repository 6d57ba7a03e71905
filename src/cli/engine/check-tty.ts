import { RundletError } from '../../errors/rundlet-error.ts';
import type { Host } from '../../host/host.ts';

/** Docker's refusal of a terminal inside where there is none outside. */
export async function checkTty(
  host: Host,
  { stdin, tty }: { stdin: boolean; tty: boolean },
  exitCode = 1,
): Promise<void> {
  if (!stdin || !tty || (await isTerminal(host, 0))) return;
  throw new RundletError('ERR_RUNDLET_USAGE', 'the input device is not a TTY', { exitCode });
}

/** By where the descriptor leads: a terminal's node. */
async function isTerminal(host: Host, fd: number): Promise<boolean> {
  try {
    const path = await host.call('realPath', { path: `/proc/self/fd/${fd}` });
    return /^\/dev\/(pts\/\d+|tty\w*|console|hvc\d+)$/.test(path);
  } catch {
    return false;
  }
}
