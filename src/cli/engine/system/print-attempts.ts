import type { Attempt } from '../../../engine/system/for-each-container.ts';
import { renderError } from '../../../errors/render-error.ts';
import { RundletError } from '../../../errors/rundlet-error.ts';
import type { Host } from '../../../host/host.ts';
import { print, printError } from '../../print.ts';

/** Names of those that went well, the errors of the others. The result is the exit code. */
export async function printAttempts(host: Host, attempts: readonly Attempt[]): Promise<number> {
  let code = 0;
  for (const { name, error } of attempts) {
    if (error === undefined) await print(host, `${name}\n`);
    else if (error instanceof RundletError) {
      await printError(host, `Error: ${name}: ${renderError(error)}\n`);
      code = 1;
    } else throw error;
  }
  return code;
}
