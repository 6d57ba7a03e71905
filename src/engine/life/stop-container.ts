import { SIGKILL } from '../../spec/signals.ts';
import type { Container } from '../containers/record.ts';
import { stopped } from '../containers/run-state.ts';
import { writeContainer } from '../containers/store.ts';
import type { Engine } from '../context.ts';
import { isEngineError } from '../engine-error.ts';
import { containerHappening, recordEvent } from '../events/record-event.ts';
import { processOf } from './first-process.ts';
import { sendSignal, stopSignal } from './kill-container.ts';
import { forgetRestart, readRestart } from './restart-plan.ts';
import { awaitSettled, withSettled } from './with-settled.ts';

export interface StopOptions {
  /** In place of the container's own. */
  signal?: number;
  /** Seconds until KILL; below 0 for never. Without it the container's own, else ten. */
  timeout?: number;
  /** False: the engine stops, and its next start may start the container again. */
  byHand?: boolean;
}

const defaultTimeout = 10;

/** Stops a container; one that does not run is no error. When this returns nothing of its run is left. */
export async function stopContainer(
  engine: Engine,
  id: string,
  { signal, timeout, byHand = true }: StopOptions = {},
): Promise<void> {
  let before = false;
  const stopping = await withSettled(engine, id, async (container) => {
    const { config } = container;
    before = config.HasBeenManuallyStopped;
    if (!config.State.Running) return undefined;
    if (config.State.Restarting) {
      await cancelRestart(engine, container);
      return undefined;
    }
    const process = await processOf(engine, config.State.Pid);
    config.HasBeenManuallyStopped = true;
    await writeContainer(engine, container);
    await sendSignal(engine, container, signal ?? stopSignal(container));
    return { container, process };
  });
  if (stopping === undefined) {
    if (!byHand) await rememberStop(engine, id, before);
    return;
  }
  const { container, process } = stopping;
  const seconds = timeout ?? container.config.Config.StopTimeout ?? defaultTimeout;
  if (process) {
    const limit = seconds < 0 ? {} : { timeout: Math.min(seconds * 1000, 2 ** 31) };
    const { host, cancel } = engine;
    const { ended } = await host.call('awaitEnd', {
      process,
      ...limit,
      ...(cancel !== undefined && { cancel }),
    });
    if (!ended) await kill(engine, container);
  }
  await awaitSettled(engine, id);
  if (!byHand) await rememberStop(engine, id, before);
  await recordEvent(engine, containerHappening(container, 'stop'));
}

/** Meanwhile it counted as stopped by hand, so that its policy did not start it again. */
async function rememberStop(engine: Engine, id: string, before: boolean): Promise<void> {
  try {
    await withSettled(engine, id, async (container) => {
      if (container.config.State.Running) return;
      container.config.HasBeenManuallyStopped = before;
      await writeContainer(engine, container);
    });
  } catch (error) {
    // With `--rm` it is gone.
    if (!isEngineError(error, 'ERR_RUNDLET_NO_SUCH_OBJECT')) throw error;
  }
}

async function kill(engine: Engine, { id }: Container): Promise<void> {
  await withSettled(engine, id, async (container) => {
    if (container.config.State.Running) await sendSignal(engine, container, SIGKILL);
  });
}

/** Between two runs: the waiter finds that there is nothing more to wait for. */
async function cancelRestart(engine: Engine, container: Container): Promise<void> {
  const { id, config } = container;
  const plan = await readRestart(engine, id);
  await forgetRestart(engine, id);
  const { ExitCode: exitCode, OOMKilled: oomKilled, FinishedAt: exitedAt } = config.State;
  config.State = stopped(config.State, { exitCode, oomKilled, exitedAt });
  config.HasBeenManuallyStopped = true;
  await writeContainer(engine, container);
  if (plan?.waiter) {
    await Promise.resolve(
      engine.host.call('signal', { process: plan.waiter, signal: SIGKILL }),
    ).catch(() => undefined);
  }
  await recordEvent(engine, containerHappening(container, 'stop'));
}
