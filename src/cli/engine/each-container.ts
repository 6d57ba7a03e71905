import { findContainer } from '../../engine/containers/store.ts';
import type { Engine } from '../../engine/context.ts';
import { isEngineError } from '../../engine/engine-error.ts';
import { renderError } from '../../errors/render-error.ts';
import { RundletError } from '../../errors/rundlet-error.ts';
import { print, printError } from '../print.ts';

export interface EachOptions {
  /** What docker's daemon puts in front of an error of the container: `Cannot kill container: box: `. */
  prefix?: (name: string) => string;
  /** That an object is not there is said without the prefix. */
  plainWhenMissing?: boolean;
  /** Nothing is printed of those that went well. */
  silent?: boolean;
  /** Names of those that failed, after all is done. */
  failed?: (names: readonly string[]) => Promise<void>;
}

/**
 * Does the same to each named container, one after the other, printing what `work` gives (its name unless
 * said otherwise); goes on after errors and prints them as docker does. The result is the exit code.
 */
export async function eachContainer(
  engine: Engine,
  names: readonly string[],
  work: (id: string, name: string) => Promise<unknown>,
  { prefix = () => '', plainWhenMissing = false, silent = false, failed }: EachOptions = {},
): Promise<number> {
  const { host } = engine;
  const faults: string[] = [];
  for (const name of names) {
    try {
      const said = await work(await findContainer(engine, name), name);
      if (!silent) await print(host, `${typeof said === 'string' ? said : name}\n`);
    } catch (error) {
      if (!(error instanceof RundletError)) throw error;
      const bare =
        isEngineError(error, 'ERR_RUNDLET_INVALID_PARAMETER') ||
        (plainWhenMissing && isEngineError(error, 'ERR_RUNDLET_NO_SUCH_OBJECT'));
      const front = bare ? '' : prefix(name);
      await printError(host, `Error response from daemon: ${front}${renderError(error)}\n`);
      faults.push(name);
    }
  }
  if (faults.length === 0) return 0;
  await failed?.(faults);
  return 1;
}
