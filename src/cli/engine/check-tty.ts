import { RundletError } from '../../errors/rundlet-error.ts';
import type { Host } from '../../host/host.ts';
import { isTerminal } from './is-terminal.ts';

/** Docker's refusal of a terminal inside where there is none outside. */
export async function checkTty(
  host: Host,
  { stdin, tty }: { stdin: boolean; tty: boolean },
  exitCode = 1,
): Promise<void> {
  if (!stdin || !tty || (await isTerminal(host, 0))) return;
  throw new RundletError('ERR_RUNDLET_USAGE', 'the input device is not a TTY', { exitCode });
}
