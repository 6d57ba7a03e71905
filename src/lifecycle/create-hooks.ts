import type { Bundle } from '../bundle/load-bundle.ts';
import { RundletError } from '../errors/rundlet-error.ts';
import type { StateRecord } from '../state/state-record.ts';
import { runHooks } from './hooks.ts';
import type { RuntimeContext } from './types.ts';

/** The hooks of create in the runtime's namespaces: prestart (deprecated, but used), createRuntime. */
export async function runCreateHooks(
  context: RuntimeContext,
  record: StateRecord,
  { text, file }: Bundle,
): Promise<void> {
  try {
    await runHooks(context, 'prestart', record, 'creating');
    await runHooks(context, 'createRuntime', record, 'creating');
  } catch (error) {
    if (!(error instanceof RundletError)) throw error;
    const { pointer = '', code, message } = error;
    const [{ startText }, { locateError }] = await Promise.all([
      import('../errors/launch-error.ts'),
      import('../errors/locate-error.ts'),
    ]);
    const told = new RundletError(code, startText(message), { pointer, cause: error });
    throw await locateError(told, { text, file });
  }
}
