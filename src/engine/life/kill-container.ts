import { isHostError } from '../../host/host-error.ts';
import { parseSignal, SIGKILL } from '../../spec/signals.ts';
import type { Container } from '../containers/record.ts';
import { writeContainer } from '../containers/store.ts';
import type { Engine } from '../context.ts';
import { invalidParameter, notRunning } from '../engine-error.ts';
import { containerHappening, recordEvent } from '../events/record-event.ts';
import { processOf } from './first-process.ts';
import { setFrozen } from './frozen.ts';
import { awaitSettled, withSettled } from './with-settled.ts';

/** Docker's words for a signal that there is not. */
export function readSignal(text: string): number {
  let signal = 0;
  try {
    signal = parseSignal(text);
  } catch {
    // Said below.
  }
  if (signal < 1 || signal > 64) throw invalidParameter(`Invalid signal: ${text}`);
  return signal;
}

/** Sends a signal to the container's first process; after KILL it has ended when this returns. */
export async function killContainer(engine: Engine, id: string, signal: number): Promise<void> {
  await withSettled(engine, id, async (container) => {
    if (!container.config.State.Running) throw notRunning(id);
    await sendSignal(engine, container, signal);
  });
  if (signal === SIGKILL) await awaitSettled(engine, id);
}

/**
 * The signal alone; the caller holds the container's lock. One that ends the container tells the restart
 * policy that this was wished. A container that is frozen is let run for it.
 */
export async function sendSignal(
  engine: Engine,
  container: Container,
  signal: number,
): Promise<void> {
  const { config } = container;
  const { State } = config;
  const ends = signal === SIGKILL || signal === stopSignal(container);
  if (ends && !config.HasBeenManuallyStopped) {
    config.HasBeenManuallyStopped = true;
    await writeContainer(engine, container);
  }
  const process = await processOf(engine, State.Pid);
  if (process) {
    try {
      await engine.host.call('signal', { process, signal });
    } catch (error) {
      // It has ended meanwhile: what was wanted.
      if (!isHostError(error, 'ESRCH')) throw error;
    }
  }
  if (State.Paused && ends) {
    await setFrozen(engine, container, false);
    State.Paused = false;
    await writeContainer(engine, container);
  }
  const attributes = { signal: String(signal) };
  await recordEvent(engine, containerHappening(container, 'kill', attributes));
}

/** What `stop` sends: the image's or the caller's signal, else TERM. */
export function stopSignal({ config }: Container): number {
  return readSignal(config.Config.StopSignal || 'SIGTERM');
}
