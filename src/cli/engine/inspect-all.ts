import { isEngineError } from '../../engine/engine-error.ts';
import { formatObjects } from '../../engine/format/format-objects.ts';
import { parseTemplate } from '../../engine/format/parse-template.ts';
import { renderError } from '../../errors/render-error.ts';
import { RundletError } from '../../errors/rundlet-error.ts';
import type { Host } from '../../host/host.ts';
import { print, printError } from '../print.ts';

/**
 * Prints what there is of the named objects, then an error for each that there is not; the result is the exit
 * code.
 */
export async function inspectAll(
  host: Host,
  names: readonly string[],
  format: string | undefined,
  inspect: (name: string) => Promise<object>,
): Promise<number> {
  if (format) checkTemplate(format);
  const found: object[] = [];
  const faults: string[] = [];
  for (const name of names) {
    try {
      found.push(await inspect(name));
    } catch (error) {
      if (!isEngineError(error, 'ERR_RUNDLET_NO_SUCH_OBJECT')) throw error;
      faults.push(renderError(error));
    }
  }
  await print(host, formatObjects(found, format));
  for (const fault of faults) await printError(host, `Error: ${fault}\n`);
  return faults.length > 0 ? 1 : 0;
}

/** Docker's exit code for a template that cannot be read. */
function checkTemplate(format: string): void {
  try {
    parseTemplate(format);
  } catch (error) {
    throw new RundletError('ERR_RUNDLET_INVALID_PARAMETER', (error as Error).message, {
      exitCode: 64,
      cause: error,
    });
  }
}
