import { renderError } from '../errors/render-error.ts';
import { RundletError } from '../errors/rundlet-error.ts';
import type { RuntimeContext } from '../lifecycle/types.ts';
import { listIds } from '../state/store.ts';
import { printError } from './print.ts';
import { usage } from './scan-flags.ts';

/**
 * Does the same to every container whose id matches, as crun's `--regex`: what fails for one is told and
 * does not keep the others from it.
 */
export async function forMatchingIds(
  { host, root }: RuntimeContext,
  pattern: string,
  work: (id: string) => Promise<void>,
): Promise<void> {
  let expression: RegExp;
  try {
    expression = new RegExp(pattern);
  } catch {
    throw usage(`invalid regular expression ${JSON.stringify(pattern)}`);
  }
  for (const id of (await listIds(host, root)) ?? []) {
    if (!expression.test(id)) continue;
    try {
      await work(id);
    } catch (error) {
      if (!(error instanceof RundletError)) throw error;
      await printError(host, `${id}: ${renderError(error)}\n`);
    }
  }
}
