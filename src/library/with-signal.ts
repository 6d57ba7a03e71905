import type { Engine } from '../engine/context.ts';
import { RundletError } from '../errors/rundlet-error.ts';
import { isHostError } from '../host/host-error.ts';
import { abortError, throwIfAborted } from '../lifecycle/abort.ts';

/**
 * Work of the engine that ends early when the signal fires: what waits in it is woken, what was done stays
 * done. @throws ERR_RUNDLET_ABORTED
 */
export async function withSignal<T>(
  engine: Engine,
  signal: AbortSignal | undefined,
  work: (engine: Engine) => Promise<T>,
): Promise<T> {
  if (signal === undefined) return work(engine);
  await using cancel = await openCancel(engine, signal);
  try {
    return await work(cancel.engine);
  } catch (error) {
    throw cancel.translated(error);
  }
}

/** The same for what comes one by one. */
export async function* iterateWithSignal<T>(
  engine: Engine,
  signal: AbortSignal | undefined,
  work: (engine: Engine) => AsyncIterable<T>,
): AsyncGenerator<T, void, undefined> {
  if (signal === undefined) {
    yield* work(engine);
    return;
  }
  await using cancel = await openCancel(engine, signal);
  try {
    for await (const item of work(cancel.engine)) {
      throwIfAborted({ signal });
      yield item;
    }
  } catch (error) {
    throw cancel.translated(error);
  }
}

interface Cancel extends AsyncDisposable {
  engine: Engine;
  translated(error: unknown): unknown;
}

async function openCancel(engine: Engine, signal: AbortSignal): Promise<Cancel> {
  throwIfAborted({ signal });
  const { host } = engine;
  const { handle } = await host.call('cancelOpen', null);
  // After the end the handle is closed: there is nothing to cancel any more.
  const fire = () => void Promise.resolve(host.call('cancel', { handle })).catch(() => undefined);
  signal.addEventListener('abort', fire, { once: true });
  if (signal.aborted) fire();
  return {
    engine: { ...engine, cancel: handle },
    translated: (error) => (signal.aborted && isCancelled(error) ? abortError(signal) : error),
    async [Symbol.asyncDispose]() {
      signal.removeEventListener('abort', fire);
      await host.call('cancelClose', { handle });
    },
  };
}

function isCancelled(error: unknown): boolean {
  if (isHostError(error, 'ECANCELED')) return true;
  return error instanceof RundletError && error.errno === 'ECANCELED';
}
